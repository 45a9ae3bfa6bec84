namespace Maddness.Cli.Tests.Support;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class Workspace : IDisposable
{
    internal Workspace() => Folder = Directory.CreateTempSubdirectory("maddness-cli-").FullName;

    internal string Folder { get; }

    /// <summary>Names of the files in it, hidden ones too.</summary>
    internal string[] Files => [.. Directory.EnumerateFiles(Folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    internal string this[string name] => Path.Combine(Folder, name);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
