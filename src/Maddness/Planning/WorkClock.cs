using System.Diagnostics;

namespace Maddness.Planning;

/// <summary>
/// How long work on this thread takes. On a machine that other processes use as well, time on the wall counts what they take. The time that this process has run does not, but counts its
/// other threads. Both are at least the time that this thread has run: the smaller is the better one. Where the latter is told in coarse steps only, the wall decides; and where the work takes so little that other processes seldom come in between: asking the
/// system may let them (a core that four more processes shared, in a sandbox: a product of 26 ns a row took 50 behind the question).
/// </summary>
internal static class WorkClock
{
    /// <summary>Steps of the process's clock are fine up to this; what is timed takes many times as long.</summary>
    private static readonly TimeSpan FineStep = TimeSpan.FromMicroseconds(20);

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(5);

    /// <summary>The least a system lets a process run at a stretch, or less.</summary>
    private const double StretchMilliseconds = 0.5;

    private static readonly bool IsFine = (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS()) && Step() <= FineStep;

    /// <summary>Whether the system is asked how long this process ran while some work was done.</summary>
    /// <param name="expected">The milliseconds that it is likely to take.</param>
    internal static bool Asks(double expected) => IsFine && expected > StretchMilliseconds;

    /// <summary>A clock that starts now, and stands still while only other processes run, as far as the system tells.</summary>
    internal static Started Start() => new(Stopwatch.GetTimestamp(), IsFine ? Environment.CpuUsage.TotalTime : default);

    /// <summary>The time of some runs of an action, in nanoseconds.</summary>
    /// <param name="action">What is timed.</param>
    /// <param name="repeats">How often it runs.</param>
    /// <param name="expected">The milliseconds that this is likely to take: of short work there should be several times, of which the median counts.</param>
    internal static double Nanoseconds(Action action, int repeats, double expected = double.PositiveInfinity)
    {
        bool asks = Asks(expected);
        TimeSpan ranBefore = asks ? Environment.CpuUsage.TotalTime : default;
        long start = Stopwatch.GetTimestamp();
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            action();
        }

        TimeSpan wall = Stopwatch.GetElapsedTime(start);
        TimeSpan ran = asks ? Environment.CpuUsage.TotalTime - ranBefore : wall;
        return (ran > TimeSpan.Zero && ran < wall ? ran : wall).TotalNanoseconds;
    }

    /// <summary>When a clock was started.</summary>
    internal readonly struct Started(long timestamp, TimeSpan ran)
    {
        /// <summary>The time since then, on the wall or, where this is less, that this process ran.</summary>
        internal TimeSpan Elapsed
        {
            get
            {
                TimeSpan wall = Stopwatch.GetElapsedTime(timestamp);
                TimeSpan own = IsFine ? Environment.CpuUsage.TotalTime - ran : wall;
                return own < wall ? own : wall;
            }
        }
    }

    /// <summary>The smallest of a few steps of the process's clock.</summary>
    private static TimeSpan Step()
    {
        TimeSpan least = TimeSpan.MaxValue;
        for (int i = 0; i < 5; i++)
        {
            long start = Stopwatch.GetTimestamp();
            TimeSpan before = Environment.CpuUsage.TotalTime, now;
            do
            {
                now = Environment.CpuUsage.TotalTime;
            }
            while (now == before && Stopwatch.GetElapsedTime(start) < Patience);
            least = now > before && now - before < least ? now - before : least;
        }

        return least;
    }
}
