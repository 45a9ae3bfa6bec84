namespace Maddness.Cli.Formats;

/// <summary>Paths of files, however they are spelled.</summary>
internal static class RealPath
{
    /// <summary>Whether two paths lead to one file.</summary>
    internal static bool AreEqual(string path, string other) =>
        Of(path).Equals(Of(other), OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase);

    /// <summary>A full path without symbolic links, neither of folders nor of the file.</summary>
    private static string Of(string path)
    {
        string full = Path.GetFullPath(path);
        string real = Path.GetPathRoot(full)!;
        foreach (string part in full[real.Length..].Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries))
        {
            FileInfo next = new(Path.Combine(real, part));
            real = next.LinkTarget is null ? next.FullName : Of(next.ResolveLinkTarget(returnFinalTarget: true)!.FullName);
        }

        return real;
    }
}
