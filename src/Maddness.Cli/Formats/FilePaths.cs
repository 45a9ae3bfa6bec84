using Maddness.Storage;

namespace Maddness.Cli.Formats;

/// <summary>Paths of files, however they are spelled.</summary>
internal static class FilePaths
{
    /// <summary>Whether two paths lead to one file.</summary>
    internal static bool AreEqual(string path, string other) =>
        RealPath.Of(path).Equals(RealPath.Of(other), OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase);
}
