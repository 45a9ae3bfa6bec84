using System.Buffers;
using Maddness.Common;

namespace Maddness.Pipeline;

/// <summary>Working memory of one thread for one call: rented, aligned to a cache line, and handed out piece by piece.</summary>
internal unsafe ref struct Scratch
{
    /// <summary>Most calls fit into so much, in which they find what a smaller call of the thread left in the pool: only the first one allocates.</summary>
    private const int MinRented = 64 * 1024;

    private byte* _next;
    private readonly byte* _end;

    /// <summary>Takes pinned memory as its own.</summary>
    internal Scratch(byte* memory, int length)
    {
        _next = CacheLine.FirstIn(memory);
        _end = memory + length;
    }

    /// <summary>Rents at least <paramref name="bytes"/> bytes; the caller pins and returns them.</summary>
    /// <exception cref="NotSupportedException">That is more than an array holds: a hundred million outputs are searched, or candidates ranked.</exception>
    internal static byte[] Rent(long bytes) => bytes <= Array.MaxLength - CacheLine.Bytes
        ? ArrayPool<byte>.Shared.Rent(Math.Max((int)bytes + CacheLine.Bytes, MinRented))
        : throw new NotSupportedException($"The call takes {bytes} bytes of working memory; expected at most {Array.MaxLength - CacheLine.Bytes}.");

    internal static void Return(byte[] rented) => ArrayPool<byte>.Shared.Return(rented);

    /// <summary>Bytes that <see cref="Take{T}"/> uses for so many elements.</summary>
    internal static long SizeOf<T>(long count)
        where T : unmanaged => ((count * sizeof(T)) + CacheLine.Bytes - 1) & ~(long)(CacheLine.Bytes - 1);

    /// <summary>The next <paramref name="count"/> elements, uninitialised.</summary>
    internal T* Take<T>(long count)
        where T : unmanaged
    {
        byte* start = _next;
        _next = start + SizeOf<T>(count);
        if (_next > _end)
        {
            throw new InvalidOperationException("A tile asked for more scratch memory than its plan had reserved.");
        }

        return (T*)start;
    }
}
