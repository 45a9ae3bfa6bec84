using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>Which rows stand for all of them where some will do.</summary>
internal static class RowSample
{
    /// <summary>Standard errors by which means may differ: by so many they do so by chance in none of thousands of columns.</summary>
    private const double Tolerance = 6;

    /// <summary>Rows below which a sample tells too little of its columns to be compared.</summary>
    private const int MinCompared = 256;

    /// <summary>
    /// One of each <paramref name="step"/> consecutive rows, evenly spaced; but where the order of rows has a period, these may be all of one kind (the first rows of sequences, one of several sensors). So their means are compared with those of
    /// <see cref="ScatteredPlaces"/>, and these are taken where any column differs beyond chance.
    /// </summary>
    /// <param name="values">Row-major.</param>
    /// <param name="columns">Values of a row.</param>
    /// <param name="step">Rows of which one is taken.</param>
    /// <returns>Places of rows, ascending.</returns>
    internal static int[] Of(ReadOnlySpan<float> values, int columns, int step)
    {
        int rows = values.Length / columns;
        int[] even = [.. Enumerable.Range(0, (int)(((long)rows + step - 1) / step)).Select(i => i * step)];
        if (step == 1 || even.Length < MinCompared)
        {
            return even;
        }

        int[] scattered = ScatteredPlaces.Of(rows, step);
        return AreAlike(values, columns, even, scattered) ? even : scattered;
    }

    [MethodImpl(Compiled.Once)]
    private static bool AreAlike(ReadOnlySpan<float> values, int columns, int[] sample, int[] other)
    {
        (double[] means, double[] variances) = Moments(values, columns, sample);
        (double[] otherMeans, double[] otherVariances) = Moments(values, columns, other);
        for (int j = 0; j < columns; j++)
        {
            double difference = means[j] - otherMeans[j];
            if (difference * difference > Tolerance * Tolerance * (variances[j] + otherVariances[j]) / sample.Length)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Mean and variance of each column over some rows.</summary>
    [MethodImpl(Compiled.Once)]
    private static (double[] Means, double[] Variances) Moments(ReadOnlySpan<float> values, int columns, int[] places)
    {
        double[] means = new double[columns], variances = new double[columns];
        foreach (int n in places)
        {
            ReadOnlySpan<float> row = values.Slice(n * columns, columns);
            for (int j = 0; j < row.Length; j++)
            {
                means[j] += row[j];
                variances[j] += (double)row[j] * row[j];
            }
        }

        for (int j = 0; j < columns; j++)
        {
            means[j] /= places.Length;
            variances[j] = Math.Max(0, (variances[j] / places.Length) - (means[j] * means[j]));
        }

        return (means, variances);
    }
}
