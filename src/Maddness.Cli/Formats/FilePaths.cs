using Maddness.Storage;

namespace Maddness.Cli.Formats;

/// <summary>Paths of files, however they are spelled.</summary>
internal static class FilePaths
{
    /// <summary>Whether two paths lead to one file, by links or by mounts.</summary>
    internal static bool AreOneFile(string path, string other) => AreEqual(path, other) || Mounts.AreOneFile(path, other);

    /// <summary>Whether two paths are one, once links are followed.</summary>
    internal static bool AreEqual(string path, string other) =>
        RealPath.Of(path).Equals(RealPath.Of(other), OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase);
}
