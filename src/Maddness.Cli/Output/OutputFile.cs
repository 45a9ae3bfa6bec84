using System.Collections.Concurrent;
using Maddness.Storage;

namespace Maddness.Cli.Output;

/// <summary>Outputs that are complete or absent: written aside, then renamed. Those that are not finished are known, so that a process that must end at once can remove them.</summary>
internal static class OutputFile
{
    private static readonly ConcurrentDictionary<string, bool> Unfinished = new();

    /// <summary>Creates or replaces a file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="size">Its size where it is known, or 0: a disk without the space refuses before anything is computed.</param>
    /// <exception cref="ToolException">It cannot be written; the path is left as it was.</exception>
    internal static void Write(string path, Action<Stream> write, long size = 0) => Guard(path, () =>
    {
        string? aside = null;
        try
        {
            AtomicFile.Write(path, write, size, name => Unfinished[aside = name] = true);
        }
        finally
        {
            if (aside is not null)
            {
                Unfinished.TryRemove(aside, out _);
            }
        }
    });

    /// <summary>Refuses a path that cannot be written to, before the work that would be lost.</summary>
    internal static void Check(string? path)
    {
        if (path is not null)
        {
            Guard(path, () => AtomicFile.Check(path));
        }
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

    private static void Guard(string path, Action action)
    {
        try
        {
            action();
        }
        catch (DirectoryNotFoundException e)
        {
            throw new ToolException($"Cannot write '{path}': its folder does not exist. Create it, or choose another one.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new ToolException($"Cannot write '{path}': access is denied, or it is a folder or a write-protected file. Choose another path.", e);
        }
        catch (Exception e) when (e is IOException or ArgumentException or NotSupportedException)
        {
            string text = e.Message.ReplaceLineEndings(" ").TrimEnd('.');
            throw new ToolException($"Cannot write '{path}': {text}. Free some space, or choose another path.", e);
        }
    }
}
