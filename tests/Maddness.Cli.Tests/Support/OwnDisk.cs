namespace Maddness.Cli.Tests.Support;

/// <summary>A small disk in memory.</summary>
internal sealed class OwnDisk : IDisposable
{
    private readonly Workspace _workspace = new();

    internal OwnDisk(string options)
    {
        Outcome outcome = ToolProcess.RunOther("mount", "-t", "tmpfs", "-o", options, "tmpfs", _workspace.Folder);
        if (outcome.ExitCode != 0)
        {
            _workspace.Dispose();
            throw new InvalidOperationException(outcome.Errors.Trim());
        }
    }

    /// <summary>Why there can be none, or null.</summary>
    internal static string? Obstacle { get; } = FindObstacle();

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
