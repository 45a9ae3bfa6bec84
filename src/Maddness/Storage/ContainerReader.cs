using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Maddness.Storage;

/// <summary>
/// Reads a file from first byte to last: the header at construction, the tensors in order, then the end and the checksum. Arrays grow as their bytes arrive, so
/// a header that promises more than the file holds costs no memory. Nothing that was read may be used before <see cref="Finish"/> has returned.
/// </summary>
internal sealed class ContainerReader : IDisposable
{
    private readonly Stream _stream;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private IReadOnlyList<TensorSpec> _specs = [];
    private int _next;
    private long _position;
    private long _end;

    internal ContainerReader(Stream stream)
    {
        _stream = stream;
        try
        {
            Header = ReadHeader();
        }
        catch
        {
            _hash.Dispose();
            throw;
        }
    }

    internal ContainerHeader Header { get; }

    public void Dispose() => _hash.Dispose();

    /// <summary>Compares the header with the tensors that follow from the metadata, before the first of them is read.</summary>
    internal void ExpectTensors(params IReadOnlyList<TensorSpec> specs)
    {
        Header.ExpectTensors(specs);
        _specs = specs;
        _end = _position + specs.Sum(spec => spec.Bytes);
    }

    /// <summary>Reads the next of the expected tensors.</summary>
    internal T[] ReadNext<T>()
        where T : unmanaged
    {
        TensorSpec spec = _specs[_next++];
        int length = (int)spec.Elements;
        int chunk = LittleEndian.ChunkBytes / Unsafe.SizeOf<T>();
        T[] values = new T[Math.Min(length, chunk)];
        int filled = 0;
        while (filled < length)
        {
            if (filled == values.Length)
            {
                Array.Resize(ref values, (int)Math.Min(length, 2L * filled));
            }

            Span<T> piece = values.AsSpan(filled, Math.Min(chunk, values.Length - filled));
            Span<byte> bytes = MemoryMarshal.AsBytes(piece);
            Fill(bytes, spec.Name);
            _hash.AppendData(bytes);
            LittleEndian.ToHost(piece);
            filled += piece.Length;
        }

        return values;
    }

    /// <summary>Refuses anything after the last tensor, and a wrong checksum.</summary>
    internal void Finish()
    {
        Span<byte> extra = stackalloc byte[1];
        if (_stream.Read(extra) != 0)
        {
            throw new ModelFormatException($"The file is oversized: it goes on after {_end} bytes; expected its end there.");
        }

        string computed = Convert.ToHexStringLower(_hash.GetHashAndReset());
        if (computed != Header.Checksum)
        {
            throw new ModelFormatException($"The file is damaged: the checksum of its content is {computed}; expected {Header.Checksum}, as it says.");
        }
    }

    private ContainerHeader ReadHeader()
    {
        Span<byte> lengthBytes = stackalloc byte[FormatText.LengthBytes];
        _end = FormatText.LengthBytes;
        Fill(lengthBytes, "the header's length");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        int minimum = FormatText.HeaderStart.Length + FormatText.DigestDigits;
        if (length < (ulong)minimum || length > FormatText.MaxHeaderBytes || length % FormatText.Alignment != 0)
        {
            throw new ModelFormatException(
                $"The header's length is {length};"
                + $" expected a multiple of {FormatText.Alignment} from {minimum} to {FormatText.MaxHeaderBytes}. This is no Maddness file, or it is damaged.");
        }

        byte[] header = new byte[length];
        _end += header.Length;
        Fill(header, "the header");
        _hash.AppendData(lengthBytes);
        _hash.AppendData(header.AsSpan(0, FormatText.HeaderStart.Length));
        _hash.AppendData(header.AsSpan(minimum));
        return new(header);
    }

    private void Fill(Span<byte> bytes, string what)
    {
        while (!bytes.IsEmpty)
        {
            int read = _stream.Read(bytes);
            if (read == 0)
            {
                throw new ModelFormatException($"The file is truncated: it ends after {_position} bytes, in {what}; expected {_end} bytes at least.");
            }

            _position += read;
            bytes = bytes[read..];
        }
    }
}
