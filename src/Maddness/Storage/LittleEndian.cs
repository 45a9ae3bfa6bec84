using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Maddness.Storage;

/// <summary>Takes bytes in order: a stream, or a checksum.</summary>
internal delegate void ByteSink(ReadOnlySpan<byte> bytes);

/// <summary>Arrays as the little-endian bytes that files hold.</summary>
internal static class LittleEndian
{
    /// <summary>Bytes of a piece: small enough that a promise not kept costs little, large enough that calls cost nothing.</summary>
    internal const int ChunkBytes = 128 * 1024;

    internal static void Write<T>(ReadOnlySpan<T> values, ByteSink sink)
        where T : unmanaged
    {
        int chunk = ChunkBytes / Unsafe.SizeOf<T>();
        T[]? swapped = BitConverter.IsLittleEndian ? null : new T[Math.Min(chunk, values.Length)];

        // Piece by piece: an array of more than 2 GiB has no span of bytes.
        while (!values.IsEmpty)
        {
            ReadOnlySpan<T> piece = values[..Math.Min(chunk, values.Length)];
            if (swapped is null)
            {
                sink(MemoryMarshal.AsBytes(piece));
            }
            else
            {
                Span<T> copy = swapped.AsSpan(0, piece.Length);
                piece.CopyTo(copy);
                ReverseBytes(copy);
                sink(MemoryMarshal.AsBytes(copy));
            }

            values = values[piece.Length..];
        }
    }

    /// <summary>Turns elements just read from a file into this machine's byte order.</summary>
    internal static void ToHost<T>(Span<T> values)
        where T : unmanaged
    {
        if (!BitConverter.IsLittleEndian)
        {
            ReverseBytes(values);
        }
    }

    internal static void ReverseBytes<T>(Span<T> values)
        where T : unmanaged
    {
        for (int i = 0; i < values.Length; i++)
        {
            MemoryMarshal.AsBytes(values.Slice(i, 1)).Reverse();
        }
    }
}
