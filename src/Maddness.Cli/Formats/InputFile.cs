using System.Collections.Concurrent;
using Maddness.Storage;
using Microsoft.Win32.SafeHandles;

namespace Maddness.Cli.Formats;

/// <summary>
/// A file that is read where it lies, piece by piece: only what is asked for is loaded. Pieces are read, not mapped into memory: a process ends at once that touches a mapped page which the file no longer has.
/// </summary>
internal sealed class InputFile : IDisposable
{
    private static readonly ConcurrentDictionary<string, bool> Paths = new();

    private readonly SafeFileHandle? _handle;
    private readonly byte[] _memory = [];

    /// <param name="path">The file.</param>
    /// <param name="content">What it should hold, for messages.</param>
    /// <exception cref="ToolException">The file is missing, cannot be read, or is no regular file.</exception>
    internal InputFile(string path, string content = "a matrix")
    {
        Path = path;
        try
        {
            if (Directory.Exists(path))
            {
                throw new ToolException($"'{path}' is a folder; expected a file with {content}.");
            }

            if (!File.Exists(path))
            {
                throw new ToolException($"'{path}' does not exist. Check the path.");
            }

            // Pipes and devices with a name of their own have no bytes either, and are not opened: without a writer that would wait for ever.
            if (new FileInfo(RealPath.Of(path)) is { Exists: true, Length: 0 })
            {
                throw new ToolException($"'{path}' is empty, or a pipe or device; expected a regular file with {content}.");
            }

            // The length of what was opened: that of a symbolic link would be the length of its text.
            _handle = File.OpenHandle(path);
            Length = RandomAccess.GetLength(_handle);
            Paths[System.IO.Path.GetFullPath(path)] = true;
        }
        catch (NotSupportedException e)
        {
            // Not measured: /dev/stdin, say, where it is a pipe.
            _handle?.Dispose();
            throw new ToolException($"'{path}' is a pipe or device; expected a regular file with {content}. Write its content to a file first.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            _handle?.Dispose();
            throw new ToolException($"Cannot read '{path}': {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}. Check the path and the permissions.", e);
        }
    }

    /// <summary>Numbers that a file holds in another form, as bytes in memory.</summary>
    internal InputFile(string path, byte[] memory)
    {
        Path = path;
        _memory = memory;
        Length = memory.Length;
    }

    /// <summary>The full paths of all files that this process has read, those included that an input names: no output may replace them.</summary>
    internal static IEnumerable<string> AllPaths => Paths.Keys;

    internal string Path { get; }

    internal long Length { get; }

    /// <summary>Copies bytes out of the file.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They are not all inside it, as long as it was when it was opened.</exception>
    /// <exception cref="ToolException">It cannot be read, or has become shorter since.</exception>
    internal void Read(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > Length - destination.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"Expected a place of {destination.Length} bytes within the {Length} of '{Path}'.");
        }

        if (_handle is null)
        {
            _memory.AsSpan((int)offset, destination.Length).CopyTo(destination);
        }
        else
        {
            Read(_handle, offset, destination);
        }
    }

    /// <summary>As much of the file's start as fits.</summary>
    internal byte[] Start(int length)
    {
        byte[] bytes = new byte[(int)Math.Min(length, Length)];
        Read(0, bytes);
        return bytes;
    }

    public void Dispose() => _handle?.Dispose();

    private void Read(SafeFileHandle handle, long offset, Span<byte> destination)
    {
        // One call may give less than was asked for; nothing at all only comes at the end of the file.
        for (int done = 0; done < destination.Length;)
        {
            int count = Read(handle, destination[done..], offset + done);
            done += count > 0
                ? count
                : throw new ToolException($"'{Path}' ends at byte {offset + done} of the {Length} that it had when it was opened: it was made shorter while it was read. Let what writes it finish, and try again.");
        }
    }

    /// <summary>Failures are told as such of the input: whoever reads while an output is written would be told of that.</summary>
    private int Read(SafeFileHandle handle, Span<byte> destination, long offset)
    {
        try
        {
            return RandomAccess.Read(handle, destination, offset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"Cannot read '{Path}': {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}. Check its disk, and try again.", e);
        }
    }
}
