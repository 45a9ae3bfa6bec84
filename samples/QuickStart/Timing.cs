using System.Diagnostics;

namespace QuickStart;

/// <summary>Compares two actions fairly: in turn, by the medians, each once untimed before it is timed, so that its inputs and tables are where they are in steady use.</summary>
internal static class Timing
{
    private const int Runs = 15;

    /// <summary>Median milliseconds of each.</summary>
    internal static (double First, double Second) Compare(Action first, Action second)
    {
        double[] firstTimes = new double[Runs], secondTimes = new double[Runs];
        for (int run = 0; run < Runs; run++)
        {
            firstTimes[run] = Milliseconds(first);
            secondTimes[run] = Milliseconds(second);
        }

        Array.Sort(firstTimes);
        Array.Sort(secondTimes);
        return (firstTimes[Runs / 2], secondTimes[Runs / 2]);
    }

    private static double Milliseconds(Action action)
    {
        action();
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
