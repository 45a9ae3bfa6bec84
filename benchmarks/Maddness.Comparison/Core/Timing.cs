namespace Maddness.Comparison.Core;

/// <summary>
/// Times many actions in turn (A B C A B C …), so that what the machine does besides hits all of them alike, and takes medians.
/// In its turn a short action runs once untimed first: the one before it has emptied the caches of its tables, which in use stay there.
/// </summary>
internal static class Timing
{
    private const double ShortMilliseconds = 5;
    private const double LeastMilliseconds = 0.1;

    /// <summary>Median milliseconds of each action.</summary>
    /// <param name="actions">What is timed.</param>
    /// <param name="runs">Runs of each, fewer for those that take long.</param>
    /// <param name="budgetMilliseconds">After three runs, an action that has used this much is not run again; one that needs it all for one run is run once.</param>
    internal static double[] Medians(IReadOnlyList<Action> actions, int runs, double budgetMilliseconds)
    {
        List<double>[] times = [.. actions.Select(_ => new List<double>(runs))];
        double[] spent = new double[actions.Count];
        double[] first = [.. actions.Select(Milliseconds)];

        // Very short actions are repeated until the clock has something to measure.
        int[] repeats = [.. first.Select(f => (int)Math.Clamp(Math.Ceiling(LeastMilliseconds / f), 1, 1000))];
        for (int run = 0; run < runs; run++)
        {
            for (int i = 0; i < actions.Count; i++)
            {
                if ((times[i].Count >= 3 && spent[i] > budgetMilliseconds) || (times[i].Count == 1 && first[i] > budgetMilliseconds))
                {
                    continue;
                }

                if (first[i] < ShortMilliseconds)
                {
                    actions[i]();
                }

                double start = ThreadClock.Milliseconds;
                for (int repeat = 0; repeat < repeats[i]; repeat++)
                {
                    actions[i]();
                }

                double time = ThreadClock.Milliseconds - start;
                times[i].Add(time / repeats[i]);
                spent[i] += time;
            }
        }

        return [.. times.Select(Median)];
    }

    internal static double Milliseconds(Action action)
    {
        double start = ThreadClock.Milliseconds;
        action();
        return ThreadClock.Milliseconds - start;
    }

    internal static double Median(List<double> values)
    {
        values.Sort();
        int middle = values.Count / 2;
        return values.Count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
}
