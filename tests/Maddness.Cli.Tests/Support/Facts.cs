namespace Maddness.Cli.Tests.Support;

/// <summary>A fact about signals: skipped, and counted as skipped, where there are none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class UnixFactAttribute : FactAttribute
{
    public UnixFactAttribute()
    {
        if (OperatingSystem.IsWindows())
        {
            Skip = "there are no Unix signals here";
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
