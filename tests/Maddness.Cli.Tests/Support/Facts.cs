using System.Globalization;

namespace Maddness.Cli.Tests.Support;

/// <summary>A fact about Ctrl-C: skipped, and counted as skipped, where there are no Unix signals, or where this process was told to ignore this one, and its children with it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class InterruptFactAttribute : FactAttribute
{
    private const string Status = "/proc/self/status";
    private const string Ignored = "SigIgn:";
    private const ulong Interrupt = 1 << 1;

    public InterruptFactAttribute()
    {
        if (OperatingSystem.IsWindows())
        {
            Skip = "there are no Unix signals here";
        }
        else if (IgnoresInterrupts())
        {
            Skip = "this process was started to ignore SIGINT, as a shell without job control starts commands in the background";
        }
    }

    private static bool IgnoresInterrupts() =>
        File.Exists(Status)
        && File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(Ignored, StringComparison.Ordinal)) is string line
        && (ulong.Parse(line.AsSpan(Ignored.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & Interrupt) != 0;
}

/// <summary>A fact about device files: skipped, and counted as skipped, where there are none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class UnixFactAttribute : FactAttribute
{
    public UnixFactAttribute()
    {
        if (OperatingSystem.IsWindows())
        {
            Skip = "there are no device files here";
        }
    }
}

/// <summary>A fact about files of another user: skipped, and counted as skipped, for who may not make such.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
        {
            Skip = "only root can give a file to another user";
        }
    }
}

/// <summary>A fact about a disk of our own: skipped, and counted as skipped, where this user may not mount one.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OwnDiskFactAttribute : FactAttribute
{
    public OwnDiskFactAttribute()
    {
        if (OwnDisk.Obstacle is string obstacle)
        {
            Skip = $"no disk of our own can be mounted here: {obstacle}";
        }
    }
}

/// <summary>A fact about terminals: skipped, and counted as skipped, where there is no program that makes one.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TerminalFactAttribute : FactAttribute
{
    internal const string Program = "/usr/bin/script";

    public TerminalFactAttribute()
    {
        if (!File.Exists(Program))
        {
            Skip = $"there is no {Program} to make a terminal with";
        }
    }
}
