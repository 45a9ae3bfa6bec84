using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// Whether rows are a series, windows or frames of a signal one after another: neighbours are alike, and the nearer the more so. A row that is held out among neighbours that are learned from tells how well these are remembered, so runs of rows are held
/// out. Not rows sorted by their class, whose neighbour but one is as near as their neighbour, nor these with copies beside them; and nothing that leaves where it was for good (clips one after another, a random walk, rows sorted by a value): runs of that are like none of the others, and would judge by what is not to come.
/// </summary>
internal static class SerialRows
{
    /// <summary>
    /// How much farther, by squares, the neighbour but one is than the neighbour, in the median. Of independent rows it is as far, and where chance says more that does no harm: runs of these are as good as any. Steps of a random walk: 2; a correlation of neighbours of .8: 1.8; a smooth signal: up to 4.
    /// </summary>
    private const double LeastGrowth = 1.25;

    /// <summary>The same of the fourth neighbour beside the second: pairs of near copies end growing there.</summary>
    private const double LeastLaterGrowth = 1.4;

    /// <summary>The part of the variance that lies between the means of the runs that would be held out, above which rows do not come back: seasons .08 to .50; clips, walks and sorted rows .65 to .90.</summary>
    private const double MostBetweenParts = 0.6;

    [MethodImpl(Compiled.Once)]
    internal static bool AreSerial(TrainingRows rows)
    {
        if (rows.Rows <= HeldOutTurns.Parts)
        {
            return false;
        }

        double second = Distance(rows, 2);
        return second > LeastGrowth * Distance(rows, 1) && Distance(rows, 4) > LeastLaterGrowth * second && Between(rows) < MostBetweenParts;
    }

    /// <summary>The median squared distance of rows so many places apart.</summary>
    [MethodImpl(Compiled.Once)]
    private static double Distance(TrainingRows rows, int apart)
    {
        double[] distances = new double[rows.Rows - apart];
        for (int row = 0; row < distances.Length; row++)
        {
            ReadOnlySpan<float> x = rows.Row(row), y = rows.Row(row + apart);
            for (int d = 0; d < x.Length; d++)
            {
                double difference = (double)x[d] - y[d];
                distances[row] += difference * difference;
            }
        }

        Array.Sort(distances);
        return distances[distances.Length / 2];
    }

    /// <summary>The part of the rows' variance that lies between the means of the runs.</summary>
    [MethodImpl(Compiled.Once)]
    private static double Between(TrainingRows rows)
    {
        double between = 0, within = 0;
        for (int d = 0; d < rows.Columns; d++)
        {
            double mean = Mean(rows, d, 0, rows.Rows);
            for (int part = 0; part < HeldOutTurns.Parts; part++)
            {
                (int start, int count) = HeldOutTurns.Run(rows.Rows, part);
                double own = Mean(rows, d, start, count);
                between += count * (own - mean) * (own - mean);
                for (int row = start; row < start + count; row++)
                {
                    double difference = rows.Row(row)[d] - own;
                    within += difference * difference;
                }
            }
        }

        return between / (between + within);
    }

    [MethodImpl(Compiled.Once)]
    private static double Mean(TrainingRows rows, int column, int start, int count)
    {
        double sum = 0;
        for (int row = start; row < start + count; row++)
        {
            sum += rows.Row(row)[column];
        }

        return sum / count;
    }
}
