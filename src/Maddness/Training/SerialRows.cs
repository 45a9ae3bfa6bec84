using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// Whether rows are a series, windows or frames of a signal one after another: then neighbours are alike, and the nearer the more so. A row that is held out among neighbours that are learned from tells how well these are remembered, so runs of rows are held
/// out. Rows sorted by their class or cluster are none: a row's neighbour but one is as near to it as its neighbour.
/// </summary>
internal static class SerialRows
{
    /// <summary>
    /// How much farther, by squares, the neighbour but one is than the neighbour, in the median. Of independent rows it is as far, and where chance says more that does no harm: runs of these are as good as any. Steps of a random walk: 2; a correlation of neighbours of .8: 1.8; a smooth signal: up to 4.
    /// </summary>
    private const double LeastGrowth = 1.25;

    [MethodImpl(Compiled.Once)]
    internal static bool AreSerial(TrainingRows rows)
    {
        int pairs = rows.Rows - 2;
        if (pairs < 1)
        {
            return false;
        }

        double[] next = new double[pairs], nextButOne = new double[pairs];
        for (int row = 0; row < pairs; row++)
        {
            next[row] = SquaredDistance(rows.Row(row), rows.Row(row + 1));
            nextButOne[row] = SquaredDistance(rows.Row(row), rows.Row(row + 2));
        }

        Array.Sort(next);
        Array.Sort(nextButOne);
        return nextButOne[pairs / 2] > LeastGrowth * next[pairs / 2];
    }

    [MethodImpl(Compiled.Once)]
    private static double SquaredDistance(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double difference = (double)x[i] - y[i];
            sum += difference * difference;
        }

        return sum;
    }
}
