using System.Diagnostics;
using System.Numerics.Tensors;

namespace QuickStart;

/// <summary>Compares two actions fairly: in turn, by their medians.</summary>
internal sealed class Timing
{
    private const int Turns = 3;
    private const int RunsInTurn = 5;
    private const int SweptRuns = 9;

    /// <summary>What the last cache needs to hold of an action's inputs what it can, after another action has read them all.</summary>
    private const int UntimedRuns = 10;

    /// <summary>64 MB, more than most caches hold.</summary>
    private readonly float[] _other = [.. Enumerable.Repeat(1f, 16 << 20)];

    /// <summary>Median milliseconds of each where it runs again and again, so that its inputs and tables are in the caches as far as they fit.</summary>
    internal static (double First, double Second) Repeated(Action first, Action second)
    {
        List<double> firstTimes = [], secondTimes = [];
        for (int turn = 0; turn < Turns; turn++)
        {
            Run(first, firstTimes);
            Run(second, secondTimes);
        }

        return (Median(firstTimes), Median(secondTimes));

        static void Run(Action action, List<double> times)
        {
            for (int run = 0; run < UntimedRuns; run++)
            {
                action();
            }

            times.AddRange(Enumerable.Range(0, RunsInTurn).Select(_ => Milliseconds(action)));
        }
    }

    /// <summary>Median milliseconds of each where so much other memory was read before every run that the caches hold nothing of it.</summary>
    internal (double First, double Second) Swept(Action first, Action second)
    {
        List<double> firstTimes = [], secondTimes = [];
        for (int run = 0; run < SweptRuns; run++)
        {
            Sweep();
            firstTimes.Add(Milliseconds(first));
            Sweep();
            secondTimes.Add(Milliseconds(second));
        }

        return (Median(firstTimes), Median(secondTimes));
    }

    private static double Milliseconds(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static double Median(List<double> times)
    {
        times.Sort();
        return times[times.Count / 2];
    }

    private void Sweep() => GC.KeepAlive(TensorPrimitives.Sum(_other));
}
