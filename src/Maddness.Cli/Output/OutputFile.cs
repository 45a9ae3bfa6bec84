using System.Collections.Concurrent;
using Maddness.Cli.Formats;
using Maddness.Storage;

namespace Maddness.Cli.Output;

/// <summary>Outputs that are complete or absent: written aside, then renamed. Those that are not finished are known, so that a process that must end at once can remove them.</summary>
internal static class OutputFile
{
    /// <summary>ENOSPC, of Linux, macOS and the BSDs alike.</summary>
    private const int NoSpace = 28;

    private static readonly ConcurrentDictionary<string, bool> Unfinished = new();
    private static readonly ConcurrentQueue<string> Completed = new();

    /// <summary>Says which outputs have their names, in the order in which they got them; null for none.</summary>
    internal static string? Written => Completed.ToArray() is { Length: > 0 } complete
        ? $"{string.Join(" and ", complete.Select(path => $"'{path}'"))} {(complete.Length == 1 ? "was" : "were")} written"
        : null;

    /// <summary>Creates or replaces a file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="size">Its size where it is known, or 0: a disk without the space refuses before anything is computed.</param>
    /// <exception cref="ToolException">It cannot be written; the path is left as it was.</exception>
    internal static void Write(string path, Action<Stream> write, long size = 0) => Guard(path, size, () =>
    {
        RefuseInput(path);
        string? aside = null;
        try
        {
            AtomicFile.Write(path, write, size, name => Unfinished[aside = name] = true);
            Completed.Enqueue(path);
        }
        finally
        {
            if (aside is not null)
            {
                Unfinished.TryRemove(aside, out _);
            }
        }
    });

    /// <summary>Refuses a path that cannot be written to, before anything is read.</summary>
    internal static void Check(string? path)
    {
        if (path is not null)
        {
            Guard(path, 0, () =>
            {
                AtomicFile.Check(path);
                if (Mounts.IsPoint(path))
                {
                    throw new ToolException($"Cannot write '{path}': it is mounted by itself, so that nothing can take its place. Choose another path, or mount its folder.");
                }
            });
        }
    }

    /// <summary>Whether two outputs would be one file.</summary>
    internal static bool AreOne(string path, string other)
    {
        bool areOne = false;
        Guard(path, 0, () => areOne = IsReachedBy(path, other));
        return areOne;
    }

    /// <summary>Refuses a path that has been read from: when all inputs are open, and before the work that would be lost.</summary>
    internal static void CheckIsNoInput(string? path)
    {
        if (path is not null)
        {
            Guard(path, 0, () => RefuseInput(path));
        }
    }

    private static void RefuseInput(string path)
    {
        if (InputFile.AllPaths.FirstOrDefault(input => IsReachedBy(path, input)) is string same)
        {
            string second = FilePaths.AreEqual(same, path) ? string.Empty : $" (by another mount, '{same}')";
            throw new ToolException($"Cannot write '{path}': it is an input{second}, which the output would replace. Choose another path.");
        }
    }

    private static bool IsReachedBy(string path, string other) => FilePaths.AreOneFile(path, other) || HaveOneFolder(path, other);

    /// <summary>Whether two files of one name lie in one folder, however it is reached: what is made beside the one is then seen beside the other.</summary>
    internal static bool HaveOneFolder(string path, string other)
    {
        string real = RealPath.Of(path), second = RealPath.Of(other);
        if (!FilePaths.AreEqual(real, Path.Combine(Path.GetDirectoryName(real)!, Path.GetFileName(second))))
        {
            return false;
        }

        bool isSeen = false;
        AtomicFile.Check(path, aside => isSeen = File.Exists(Path.Combine(Path.GetDirectoryName(second)!, Path.GetFileName(aside))));
        return isSeen;
    }

    internal static void RemoveUnfinished()
    {
        foreach (string path in Unfinished.Keys)
        {
            try
            {
                File.Delete(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The process ends: nothing more can be done about it.
            }
        }
    }

    private static void Guard(string path, long size, Action action)
    {
        try
        {
            action();
        }
        catch (DirectoryNotFoundException e)
        {
            throw new ToolException($"Cannot write '{path}': its folder does not exist. Create it, or choose another one.", e);
        }
        catch (UnauthorizedAccessException e) when (Directory.Exists(path))
        {
            throw new ToolException($"Cannot write '{path}': it is a folder; expected a file. Choose another path.", e);
        }
        catch (UnauthorizedAccessException e) when (Path.EndsInDirectorySeparator(path))
        {
            throw new ToolException($"Cannot write '{path}': it names a folder, which does not exist; expected a file. Choose another path.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new ToolException($"Cannot write '{path}': access is denied, or it is a write-protected file. Choose another path.", e);
        }
        catch (PathTooLongException e)
        {
            throw new ToolException($"Cannot write '{path}': its name, or all of its path, is longer than the file system takes. Choose a shorter one.", e);
        }
        catch (IOException e) when (IsFull(path, size, e))
        {
            throw new ToolException($"Cannot write '{path}': there is not enough space on its disk{(size > 0 ? $" for {size} bytes" : string.Empty)}. Free some, or choose another path.", e);
        }
        catch (IOException e) when (AtomicFile.IsDevice(path))
        {
            throw new ToolException($"Cannot write '{path}': it is a pipe or device; expected a regular file, which is complete or absent. Choose another path.", e);
        }
        catch (Exception e) when (e is IOException or ArgumentException or NotSupportedException)
        {
            throw new ToolException($"Cannot write '{path}': {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}. Choose another path.", e);
        }
    }

    /// <summary>Whether the disk is full. Where the space for the whole file is asked for at once, the runtime does not pass the reason on.</summary>
    private static bool IsFull(string path, long size, IOException e)
    {
        int code = e.HResult & 0xFFFF;
        if (OperatingSystem.IsWindows() ? code is 0x27 or 0x70 : e.HResult == NoSpace)
        {
            return true;
        }

        try
        {
            return size > 0 && new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(path))!).AvailableFreeSpace < size;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }
}
