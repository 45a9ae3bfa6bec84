using System.Numerics.Tensors;

namespace Maddness.Comparison.Core;

/// <summary>
/// Times many actions in turn (A A A … B B B … A A A …), so that what the machine does besides hits all of them alike, and takes medians. In its turn a short action runs a few times untimed first: the one before it
/// has emptied the caches of its inputs and tables, which in use stay there, as far as they fit.
/// </summary>
internal static class Timing
{
    private const double ShortMilliseconds = 5;
    private const double LeastMilliseconds = 0.1;

    /// <summary>More than compiling a product takes.</summary>
    private const double CompilingMilliseconds = 200;

    /// <summary>
    /// Runs that a short action needs to have the last cache hold of its inputs what it can. That takes several: a cache that evicts at random fills with each pass a little more of what the passes before have not (measured on Zen 4 behind an exact product that
    /// reads all of A: a loop that does nothing but read 8 of each row's 32 lines 47, 25, 17, 15, 14 ns a row in its first runs; a product with 14 lines 140, and 80 after six).
    /// </summary>
    private const int UntimedRuns = 10;

    /// <summary>Timed runs of one turn.</summary>
    private const int RunsInTurn = 5;

    /// <summary>Twice the last cache of most CPUs.</summary>
    private const int SweptBytes = 64 << 20;

    private static readonly Lazy<float[]> Other = new(() =>
    {
        float[] values = new float[SweptBytes / sizeof(float)];
        values.AsSpan().Fill(1);
        return values;
    });

    /// <summary>Median milliseconds of each action.</summary>
    /// <param name="actions">What is timed.</param>
    /// <param name="runs">Runs of each, fewer for those that take long.</param>
    /// <param name="budgetMilliseconds">After three runs, an action that has used this much is not run again; one that needs it all for one run is run once.</param>
    internal static double[] Medians(IReadOnlyList<Action> actions, int runs, double budgetMilliseconds)
    {
        List<double>[] times = [.. actions.Select(_ => new List<double>(runs))];
        double[] spent = new double[actions.Count];
        double[] first = [.. actions.Select(FirstMilliseconds)];

        // Very short actions are repeated until the clock, which takes .4 µs itself, has something to measure.
        int[] repeats = [.. first.Select(f => (int)Math.Clamp(Math.Ceiling(LeastMilliseconds / f), 1, 1000))];
        for (int turn = 0; turn * RunsInTurn < runs; turn++)
        {
            for (int i = 0; i < actions.Count; i++)
            {
                for (int run = 0; run < UntimedRuns && first[i] < ShortMilliseconds; run++)
                {
                    actions[i]();
                }

                for (int run = 0; run < RunsInTurn && !IsDone(i); run++)
                {
                    double time = Milliseconds(() =>
                    {
                        for (int repeat = 0; repeat < repeats[i]; repeat++)
                        {
                            actions[i]();
                        }
                    });
                    times[i].Add(time / repeats[i]);
                    spent[i] += time;
                }
            }
        }

        return [.. times.Select(Median)];

        bool IsDone(int i) => (times[i].Count >= 3 && spent[i] > budgetMilliseconds) || (times[i].Count == 1 && first[i] > budgetMilliseconds);
    }

    /// <summary>Median milliseconds of single runs, each after so much other memory was read that the caches hold neither inputs nor tables nor results.</summary>
    /// <param name="actions">What is timed, in turn (A B C A B C …).</param>
    /// <param name="runs">Runs of each.</param>
    internal static double[] SweptMedians(IReadOnlyList<Action> actions, int runs)
    {
        List<double>[] times = [.. actions.Select(_ => new List<double>(runs))];
        double sum = 0;
        for (int run = 0; run < runs; run++)
        {
            for (int i = 0; i < actions.Count; i++)
            {
                sum += TensorPrimitives.Sum(Other.Value);
                times[i].Add(Milliseconds(actions[i]));
            }
        }

        return sum > 0 ? [.. times.Select(Median)] : throw new InvalidOperationException("The other memory holds ones.");
    }

    /// <summary>How long an action takes, about: the least of a few runs if it is short, whose first ones compile and fetch everything. What takes long at first may have compiled only.</summary>
    private static double FirstMilliseconds(Action action)
    {
        double least = Milliseconds(action);
        for (int run = 0; run < UntimedRuns && least < (run == 0 ? CompilingMilliseconds : ShortMilliseconds); run++)
        {
            least = Math.Min(least, Milliseconds(action));
        }

        return least;
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
