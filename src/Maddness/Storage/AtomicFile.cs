using System.Security.Cryptography;

namespace Maddness.Storage;

/// <summary>
/// Writes a file that is complete or absent: aside in the same folder, flushed to the disk, then renamed. Whoever opens the path, at any time and after any
/// failure, sees the old content or the new one, whole.
/// </summary>
/// <remarks>
/// <para>A symbolic link stays: the file that it points to is replaced, and the file aside stands in that file's folder. Other hard links keep the old
/// content.</para>
/// <para>A file that is replaced hands on its Unix permissions, so that a private one stays private; not its owner, nor access lists. A write-protected file is
/// not replaced, though the rename alone would be allowed: one that nobody is to write to, not even root, or that this process may not open for writing.</para>
/// <para>If the process is killed while it writes, a file named <c>.maddness-*.tmp</c> can stay behind. After a power failure the rename itself may be lost,
/// which leaves the old content.</para>
/// </remarks>
internal static class AtomicFile
{
    /// <summary>What every temporary name starts with.</summary>
    internal const string TemporaryPrefix = ".maddness-";

    /// <summary>Only these are handed on: a set-user bit must not come back on content that its owner did not write.</summary>
    private const UnixFileMode Permissions = (UnixFileMode)0b111_111_111;

    private const UnixFileMode AnyWrite = UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Creates or replaces a file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="write">Writes the content; what it throws comes through, and the path is left as it was.</param>
    /// <param name="size">The size of the content where it is known, which is reserved at once, so that a full disk refuses at the start; 0 where it is not.</param>
    /// <param name="announce">Told the path of the file aside before there is one; null for nobody.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is no path.</exception>
    /// <exception cref="IOException">The file system refuses, or there is no such folder; the path is left as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied, or the path is a folder or a write-protected file; it is left as it was.</exception>
    internal static void Write(string path, Action<Stream> write, long size = 0, Action<string>? announce = null)
    {
        FileInfo target = FindTarget(path);
        if (target.Directory is { Exists: false } folder)
        {
            throw new DirectoryNotFoundException($"'{target.FullName}' was not written: there is no folder '{folder.FullName}'.");
        }

        string aside = NewAside(target);

        // An unpredictable name and CreateNew: nobody can have put a link there.
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0, PreallocationSize = size };
        UnixFileMode? mode = null;
        if (!OperatingSystem.IsWindows() && target.Exists)
        {
            mode = target.UnixFileMode & Permissions;

            // From the first moment on: the content of a private file is never open to others.
            options.UnixCreateMode = mode;
        }

        announce?.Invoke(aside);
        FileStream stream = new(aside, options);
        try
        {
            using (stream)
            {
                if (!OperatingSystem.IsWindows() && mode is UnixFileMode old)
                {
                    // The process's mask may have taken bits away.
                    File.SetUnixFileMode(stream.SafeFileHandle, old);
                }

                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(aside, target.FullName, overwrite: true);
        }
        catch (ArgumentOutOfRangeException e) when (e.ParamName == "value")
        {
            // What the runtime makes of EFBIG: a limit of the file system, or of this process, on the size of files. Nothing that writes a content names an argument so.
            Remove(aside);
            throw new IOException($"'{target.FullName}' was not written: the file system, or a limit on this process, takes no file of that size.", e);
        }
        catch
        {
            Remove(aside);
            throw;
        }
    }

    /// <summary>Refuses what <see cref="Write"/> would refuse before it writes anything. Leaves nothing behind.</summary>
    /// <param name="path">The path of a file to come.</param>
    /// <param name="whileThere">Told the path of the empty file aside that the check makes, while it is there; null for nobody.</param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is no path.</exception>
    /// <exception cref="IOException">The file system refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">Access is denied, or the path is a folder or a write-protected file.</exception>
    internal static void Check(string path, Action<string>? whileThere = null)
    {
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.DeleteOnClose, BufferSize = 0 };
        string aside = NewAside(FindTarget(path));
        using FileStream stream = new(aside, options);
        whileThere?.Invoke(aside);
    }

    private static string NewAside(FileInfo target) =>
        Path.Combine(target.DirectoryName!, $"{TemporaryPrefix}{RandomNumberGenerator.GetHexString(32, lowercase: true)}.tmp");

    /// <summary>Whether a path is a device, or a pipe, or leads to one as /dev/stdout may: a file that is renamed to its place would replace it.</summary>
    internal static bool IsDevice(string path) => IsDevice(new FileInfo(RealPath.Of(path)));

    // Standard output, as a link, leads to /proc or to /dev/fd, and there to a pipe that has no path.
    private static bool IsDevice(FileInfo target) =>
        !OperatingSystem.IsWindows() && (target.DirectoryName is "/dev" or "/dev/fd" || target.FullName.StartsWith("/proc/", StringComparison.Ordinal) || IsPipe(target));

    private static bool IsPipe(FileInfo target)
    {
        if (target is not { Exists: true, Length: 0 } || IsMarkedReadOnly(target))
        {
            return false;
        }

        // To write alone would wait for a reader.
        using FileStream stream = new(target.FullName, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        return !stream.CanSeek;
    }

    private static FileInfo FindTarget(string path)
    {
        FileInfo target = new(RealPath.Of(path));
        if (target.Name.Length == 0 || Directory.Exists(target.FullName))
        {
            throw new UnauthorizedAccessException($"Access to the path '{target.FullName}' is denied: it is a folder; expected a file.");
        }

        RefuseNoName(target);
        if (target.Exists && IsMarkedReadOnly(target))
        {
            throw WriteProtected(target);
        }

        // A rename would put a plain file in a device's place, which who may do so (root) does not mean by saving to /dev/null.
        if (IsDevice(target))
        {
            throw new IOException($"'{target.FullName}' is a pipe or device, which cannot be replaced; expected a file. Save to a stream instead.");
        }

        // After what waits for a reader has been refused.
        if (target.Exists && IsClosedToUs(target))
        {
            throw WriteProtected(target);
        }

        return target;
    }

    private static UnauthorizedAccessException WriteProtected(FileInfo target) => new($"Access to the path '{target.FullName}' is denied: the file is write-protected.");

    /// <summary>Whether nobody is to write to a file. (<see cref="FileInfo.IsReadOnly"/> asks on Unix what is granted to this user, and does not know that root needs no grant.)</summary>
    private static bool IsMarkedReadOnly(FileInfo target) => OperatingSystem.IsWindows() ? target.IsReadOnly : (target.UnixFileMode & AnyWrite) == 0;

    /// <summary>Whether this process may not write to a file, which the system knows best.</summary>
    private static bool IsClosedToUs(FileInfo target)
    {
        try
        {
            if (!OperatingSystem.IsWindows())
            {
                new FileStream(target.FullName, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0).Dispose();
            }

            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
        catch (IOException)
        {
            // It is locked or runs as a program, say: that is no protection, and it may have gone since.
            return false;
        }
    }

    /// <summary>Lets the file system say what it has against a name (its length, say), which the rename at the end would find out.</summary>
    private static void RefuseNoName(FileInfo target)
    {
        try
        {
            File.GetAttributes(target.FullName);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // The name will do.
        }
    }

    private static void Remove(string aside)
    {
        try
        {
            File.Delete(aside);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The failure that brought us here is the one to report.
        }
    }
}
