using System.Globalization;
using Maddness.Storage;

namespace Maddness.Cli.Formats;

/// <summary>Second paths that mounts give to folders and files, which no link tells of: bind mounts, or volumes of a container that are one folder outside.</summary>
internal static class Mounts
{
    /// <summary>Where Linux lists them. Other systems have no bind mounts.</summary>
    private const string Table = "/proc/self/mountinfo";

    /// <summary>Network file systems of this kind say of every mount that it begins at their root.</summary>
    private const string Rootless = "nfs";

    /// <summary>Whether two paths lead to one place of a file system. False where that cannot be told.</summary>
    internal static bool AreOneFile(string path, string other)
    {
        string[] table = Read();
        return Place(RealPath.Of(path), table) is string place && place == Place(RealPath.Of(other), table);
    }

    /// <summary>Whether something is mounted on a path itself: a rename cannot replace it.</summary>
    internal static bool IsPoint(string path)
    {
        string real = RealPath.Of(path);
        return Find(real, Read())?.Point == real;
    }

    /// <summary>The file system that a path without links lies in, and where in it; null where that cannot be told.</summary>
    internal static string? Place(string path, string[] table) => Find(path, table) is Mount mount && !mount.Type.StartsWith(Rootless, StringComparison.Ordinal)
        ? $"{mount.Device} {(mount.Root == "/" ? string.Empty : mount.Root)}{(mount.Point == "/" ? path : path[mount.Point.Length..])}"
        : null;

    /// <summary>The mount that a path without links lies in.</summary>
    private static Mount? Find(string path, string[] table)
    {
        List<Mount> mounts = Parse(table);
        HashSet<int> all = [.. mounts.Select(m => m.Id)];
        Mount? found = null, next = mounts.Find(m => m.Point == "/" && (m.Parent == m.Id || !all.Contains(m.Parent)));
        while (next is not null)
        {
            // What is mounted higher up hides what was mounted below it before.
            found = next;
            next = mounts.Where(m => m.Parent == found.Id && m.Id != found.Id && Holds(m.Point, path)).MinBy(m => m.Point.Length);
        }

        return found;
    }

    private static string[] Read()
    {
        try
        {
            return OperatingSystem.IsLinux() ? File.ReadAllLines(Table) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static List<Mount> Parse(string[] table)
    {
        List<Mount> mounts = [];
        foreach (string line in table)
        {
            // 36 35 98:0 /root /point rw,noatime master:1 - ext3 /dev/sda rw
            string[] words = line.Split(' ');
            int separator = Array.IndexOf(words, "-");
            if (separator > 4 && separator + 1 < words.Length && int.TryParse(words[0], CultureInfo.InvariantCulture, out int id) && int.TryParse(words[1], CultureInfo.InvariantCulture, out int parent))
            {
                mounts.Add(new Mount(id, parent, words[2], Unescape(words[3]), Unescape(words[4]), words[separator + 1]));
            }
        }

        return mounts;
    }

    private static bool Holds(string point, string path) =>
        point == "/" || (path.StartsWith(point, StringComparison.Ordinal) && (path.Length == point.Length || path[point.Length] == '/'));

    /// <summary>Blanks, tabs, line ends and backslashes stand as three octal digits.</summary>
    private static string Unescape(string text) =>
        text.Replace("\\040", " ", StringComparison.Ordinal).Replace("\\011", "\t", StringComparison.Ordinal).Replace("\\012", "\n", StringComparison.Ordinal).Replace("\\134", "\\", StringComparison.Ordinal);

    private sealed record Mount(int Id, int Parent, string Device, string Root, string Point, string Type);
}
