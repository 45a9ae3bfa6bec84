namespace Maddness.Cli.Tests.Support;

/// <summary>A small disk in memory.</summary>
internal sealed class OwnDisk : IDisposable
{
    private readonly Workspace _workspace = new();

    internal OwnDisk(string options)
        : this(folder => ["-t", "tmpfs", "-o", options, "tmpfs", folder])
    {
    }

    private OwnDisk(Func<string, string[]> mount)
    {
        Outcome outcome = ToolProcess.RunOther("mount", mount(_workspace.Folder));
        if (outcome.ExitCode != 0)
        {
            _workspace.Dispose();
            throw new InvalidOperationException(outcome.Errors.Trim());
        }
    }

    /// <summary>Why there can be none, or null.</summary>
    internal static string? Obstacle { get; } = FindObstacle();

    /// <summary>A second path to a folder, which no link tells of.</summary>
    internal static OwnDisk Of(string folder) => new(second => ["--bind", folder, second]);

    internal string this[string name] => _workspace[name];

    internal string[] Files => _workspace.Files;

    public void Dispose()
    {
        ToolProcess.RunOther("umount", _workspace.Folder);
        _workspace.Dispose();
    }

    private static string? FindObstacle()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "this is not Linux";
        }

        try
        {
            using OwnDisk disk = new("size=64k");
            return null;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return e.Message;
        }
    }
}
