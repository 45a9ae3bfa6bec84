using System.IO.MemoryMappedFiles;

namespace Maddness.Cli.Formats;

/// <summary>A file that is read where it lies, mapped into memory: only what is used is loaded, and what was used can be let go.</summary>
internal sealed class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte[] _memory = [];

    /// <exception cref="ToolException">The file is missing, cannot be read, or is not one that can be mapped.</exception>
    internal MappedFile(string path)
    {
        Path = path;
        try
        {
            FileInfo info = new(path);
            if (Directory.Exists(path))
            {
                throw new ToolException($"'{path}' is a folder; expected a file with a matrix.");
            }

            if (!info.Exists)
            {
                throw new ToolException($"'{path}' does not exist. Check the path.");
            }

            Length = info.Length;
            if (Length == 0)
            {
                string advice = info.Attributes.HasFlag(FileAttributes.Device) ? "is no ordinary file; write its content to a file first" : "is empty; expected a file with a matrix";
                throw new ToolException($"'{path}' {advice}.");
            }

            _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
            _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
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

    /// <summary>The bytes of a file, in order.</summary>
    internal Stream OpenStream() => _file is null ? new MemoryStream(_memory) : _file.CreateViewStream(0, Length, MemoryMappedFileAccess.Read);

    public void Dispose()
    {
        _view?.Dispose();
        _file?.Dispose();
    }
}
