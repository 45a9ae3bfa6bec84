namespace Maddness.Storage;

/// <summary>Paths as the operating system follows them.</summary>
internal static class RealPath
{
    /// <summary>As many as Linux follows.</summary>
    private const int MaxLinks = 40;

    private static readonly char[] Separators = [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar];

    /// <summary>
    /// A full path without symbolic links, neither of folders nor of the file: what a link says counts from the folder that it really lies in. (<see cref="FileSystemInfo.ResolveLinkTarget"/> counts from the folder as it was spelled, which may be a link itself.) What does not exist stays as it is.
    /// </summary>
    /// <exception cref="ArgumentException"><paramref name="path"/> is no path.</exception>
    /// <exception cref="IOException">Links lead to each other in a circle.</exception>
    internal static string Of(string path)
    {
        string full = Path.GetFullPath(path);
        string real = Path.GetPathRoot(full)!;
        Stack<string> rest = new(Parts(full[real.Length..]));
        int links = 0;
        while (rest.TryPop(out string? part))
        {
            if (part is "." or "..")
            {
                real = part == "." ? real : Path.GetDirectoryName(real) ?? real;
                continue;
            }

            string next = Path.Combine(real, part);
            if (new FileInfo(next).LinkTarget is not string target)
            {
                real = next;
                continue;
            }

            if (++links > MaxLinks)
            {
                throw new IOException($"'{path}' leads through more than {MaxLinks} symbolic links, perhaps in a circle.");
            }

            string root = Path.IsPathRooted(target) ? Path.GetPathRoot(target)! : "";
            real = root.Length > 0 ? root : real;
            foreach (string linked in Parts(target[root.Length..]))
            {
                rest.Push(linked);
            }
        }

        // A folder that is spelled as one stays so.
        return Path.EndsInDirectorySeparator(full) && !Path.EndsInDirectorySeparator(real) ? real + Path.DirectorySeparatorChar : real;
    }

    /// <summary>Folders and the file, the last first.</summary>
    private static IEnumerable<string> Parts(string path) => path.Split(Separators, StringSplitOptions.RemoveEmptyEntries).Reverse();
}
