using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Pipeline;

/// <summary>
/// Threads that share work. Each has its own parts, neighbours in memory, and helps the others when these are done: cores are not equally fast, nor is this process alone on them (measured on Zen 4, two threads, another process on one of
/// their cores: 40,000 × 512 × 100, C = 8, 4.6 ms with one part each, 4.1 with eight).
/// </summary>
internal static class Workers
{
    /// <summary>The most parts of each: what it may have to wait for is an eighth of its work.</summary>
    private const int MaxParts = 8;

    /// <summary>Where a part of <paramref name="count"/> things starts when they are shared out in whole groups.</summary>
    internal static int StartOf(int count, int group, int part, int parts)
    {
        long groups = ((long)count + group - 1) / group;
        return (int)Math.Min(count, groups * part / parts * group);
    }

    /// <summary>Runs all parts.</summary>
    /// <param name="workers">How many threads, at least 1.</param>
    /// <param name="partsOfWorker">Parts of each that are worth it; at least one is taken, and no more than help.</param>
    /// <param name="run">Runs a part: which, of how many.</param>
    internal static void Run(int workers, int partsOfWorker, Action<int, int> run)
    {
        int own = Math.Clamp(partsOfWorker, 1, MaxParts);
        int[] started = new int[workers];
        Threads.For(workers, workers, [MethodImpl(Compiled.Once)] (worker) =>
        {
            for (int i = 0; i < workers; i++)
            {
                int owner = (worker + i) % workers;
                for (int part; (part = Interlocked.Increment(ref started[owner]) - 1) < own;)
                {
                    run((owner * own) + part, workers * own);
                }
            }
        });
    }
}
