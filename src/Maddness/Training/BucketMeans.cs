using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>The mean of the rows of each leaf in some columns.</summary>
internal static class BucketMeans
{
    /// <param name="data">The training rows.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="codes">The leaf of each row.</param>
    /// <param name="counts">Receives the rows of each of K leaves.</param>
    /// <param name="means">Receives [k][column]; a leaf without rows gets the mean of its nearest ancestor that has some.</param>
    [MethodImpl(Compiled.Once)]
    internal static void Compute(TrainingRows data, int[] columns, ReadOnlySpan<byte> codes, Span<int> counts, Span<double> means)
    {
        int width = columns.Length;
        counts.Clear();
        means.Clear();
        for (int n = 0; n < codes.Length; n++)
        {
            counts[codes[n]]++;
            Span<double> sum = means.Slice(codes[n] * width, width);
            ReadOnlySpan<float> row = data.Row(n);
            for (int j = 0; j < columns.Length; j++)
            {
                sum[j] += row[columns[j]];
            }
        }

        for (int k = 0; k < counts.Length; k++)
        {
            Span<double> mean = means.Slice(k * width, width);
            for (int j = 0; counts[k] > 0 && j < mean.Length; j++)
            {
                mean[j] /= counts[k];
            }
        }

        FillEmptyLeaves(counts, means, width);
    }

    /// <summary>
    /// Gives every leaf without rows the mean, weighted by rows, of the leaves under its nearest ancestor that has rows. It lies between their values in every
    /// column and under every linear map, so it never widens the range of a table.
    /// </summary>
    /// <param name="counts">Rows of the K leaves.</param>
    /// <param name="values">[k][column].</param>
    /// <param name="width">Columns.</param>
    [MethodImpl(Compiled.Once)]
    internal static void FillEmptyLeaves(ReadOnlySpan<int> counts, Span<double> values, int width)
    {
        for (int k = 0; k < counts.Length; k++)
        {
            if (counts[k] > 0)
            {
                continue;
            }

            int span = 1;
            int first = k;
            int rows = 0;
            while (rows == 0)
            {
                span *= 2;
                first = k / span * span;
                foreach (int count in counts.Slice(first, span))
                {
                    rows += count;
                }
            }

            for (int j = 0; j < width; j++)
            {
                values[(k * width) + j] = WeightedMean(counts.Slice(first, span), values[((first * width) + j)..], width, rows);
            }
        }
    }

    [MethodImpl(Compiled.Once)]
    private static double WeightedMean(ReadOnlySpan<int> counts, ReadOnlySpan<double> values, int stride, int rows)
    {
        double sum = 0;
        double lowest = double.PositiveInfinity;
        double highest = double.NegativeInfinity;
        for (int i = 0; i < counts.Length; i++)
        {
            if (counts[i] > 0)
            {
                double value = values[i * stride];
                sum += counts[i] * value;
                lowest = Math.Min(lowest, value);
                highest = Math.Max(highest, value);
            }
        }

        // Rounding must not carry the mean of equal values past them.
        return Math.Clamp(sum / rows, lowest, highest);
    }
}
