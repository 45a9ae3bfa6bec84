using System.Collections.Concurrent;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Maddness.Cli.Formats;

/// <summary>A file that is read where it lies, mapped into memory: only what is used is loaded, and what was used can be let go.</summary>
internal sealed class MappedFile : IDisposable
{
    private static readonly ConcurrentDictionary<string, bool> Paths = new();

    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte[] _memory = [];

    /// <param name="path">The file.</param>
    /// <param name="content">What it should hold, for messages.</param>
    /// <exception cref="ToolException">The file is missing, cannot be read, or is not one that can be mapped.</exception>
    internal MappedFile(string path, string content = "a matrix")
    {
        Path = path;
        try
        {
            FileInfo info = new(path);
            if (Directory.Exists(path))
            {
                throw new ToolException($"'{path}' is a folder; expected a file with {content}.");
            }

            if (!File.Exists(path))
            {
                throw new ToolException($"'{path}' does not exist. Check the path.");
            }

            // Pipes and devices with a name of their own have no bytes either, and are not opened: without a writer that would wait for ever.
            FileInfo target = (FileInfo?)info.ResolveLinkTarget(returnFinalTarget: true) ?? info;
            if (target is { Exists: true, Length: 0 })
            {
                throw new ToolException($"'{path}' is empty, or a pipe or device; expected a regular file with {content}.");
            }

            // The length of what was opened: that of a symbolic link would be the length of its text.
            SafeFileHandle handle = File.OpenHandle(path);
            _file = Map(handle, out long length);
            Length = length;
            _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            Paths[System.IO.Path.GetFullPath(path)] = true;
        }
        catch (NotSupportedException e)
        {
            // Neither mapped nor measured: /dev/stdin, say, where it is a pipe.
            throw new ToolException($"'{path}' is a pipe or device; expected a regular file with {content}. Write its content to a file first.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            _file?.Dispose();
            throw new ToolException($"Cannot read '{path}': {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}. Check the path and the permissions.", e);
        }
    }

    /// <summary>Numbers that a file holds in another form, as bytes in memory.</summary>
    internal MappedFile(string path, byte[] memory)
    {
        Path = path;
        _memory = memory;
        Length = memory.Length;
    }

    /// <summary>The full paths of all files that this process has read, those included that an input names: no output may replace them.</summary>
    internal static IEnumerable<string> AllPaths => Paths.Keys;

    internal string Path { get; }

    internal long Length { get; }

    /// <summary>Copies bytes out of the file. The mapping checks that they are inside it.</summary>
    internal void Read(long offset, Span<byte> destination)
    {
        if (_view is null)
        {
            _memory.AsSpan((int)offset, destination.Length).CopyTo(destination);
        }
        else
        {
            _view.SafeMemoryMappedViewHandle.ReadSpan((ulong)(_view.PointerOffset + offset), destination);
        }
    }

    /// <summary>As much of the file's start as fits.</summary>
    internal byte[] Start(int length)
    {
        byte[] bytes = new byte[(int)Math.Min(length, Length)];
        Read(0, bytes);
        return bytes;
    }

    private static MemoryMappedFile Map(SafeFileHandle handle, out long length)
    {
        try
        {
            length = RandomAccess.GetLength(handle);
            return MemoryMappedFile.CreateFromFile(handle, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _view?.Dispose();
        _file?.Dispose();
    }
}
