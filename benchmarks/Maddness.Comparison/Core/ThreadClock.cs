using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Maddness.Comparison.Core;

/// <summary>
/// The time this thread has run. On an idle core that is the time on the wall; on a busy one it leaves out what other processes took, which no product can help. Systems
/// without such a clock get the wall's.
/// </summary>
internal static partial class ThreadClock
{
    private const int ThreadCpuTime = 3;

    private static readonly bool IsThere = OperatingSystem.IsLinux() && clock_gettime(ThreadCpuTime, out _) == 0;

    internal static string Name => IsThere ? "CPU time of the thread" : "wall clock";

    internal static double Milliseconds => IsThere && clock_gettime(ThreadCpuTime, out Timespec time) == 0
        ? (time.Seconds * 1e3) + (time.Nanoseconds * 1e-6)
        : Stopwatch.GetTimestamp() * 1e3 / Stopwatch.Frequency;

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Timespec
    {
        internal readonly nint Seconds;
        internal readonly nint Nanoseconds;
    }
}
