using System.Diagnostics;

namespace Maddness.Comparison.Core;

/// <summary>
/// Times many actions in turn (A B C A B C …), so that what the machine does besides hits all of them alike, and takes medians.
/// In its turn a short action runs once untimed first: the one before it has emptied the caches of its tables, which in use stay there.
/// </summary>
internal static class Timing
{
    private const double ShortMilliseconds = 5;

    /// <summary>Median milliseconds of each action.</summary>
    /// <param name="actions">What is timed.</param>
    /// <param name="runs">Runs of each, fewer for those that take long.</param>
    /// <param name="budgetMilliseconds">After three runs, an action that has used this much is not run again.</param>
    internal static double[] Medians(IReadOnlyList<Action> actions, int runs, double budgetMilliseconds)
    {
        List<double>[] times = [.. actions.Select(_ => new List<double>(runs))];
        double[] spent = new double[actions.Count];
        double[] first = [.. actions.Select(Milliseconds)];
        for (int run = 0; run < runs; run++)
        {
            for (int i = 0; i < actions.Count; i++)
            {
                if (times[i].Count >= 3 && spent[i] > budgetMilliseconds)
                {
                    continue;
                }

                if (first[i] < ShortMilliseconds)
                {
                    actions[i]();
                }

                double time = Milliseconds(actions[i]);
                times[i].Add(time);
                spent[i] += time;
            }
        }

        return [.. times.Select(Median)];
    }

    internal static double Milliseconds(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    internal static double Median(List<double> values)
    {
        values.Sort();
        int middle = values.Count / 2;
        return values.Count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
}
