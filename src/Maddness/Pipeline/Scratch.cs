using System.Buffers;
using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Pipeline;

/// <summary>Working memory of one thread for one call: rented, aligned to a cache line, and handed out piece by piece.</summary>
internal unsafe ref struct Scratch
{
    private const int Alignment = AlignedBuffer<byte>.Alignment;

    private byte* _next;
    private readonly byte* _end;

    /// <summary>Takes pinned memory as its own.</summary>
    internal Scratch(byte* memory, int length)
    {
        _next = Align(memory);
        _end = memory + length;
    }

    /// <summary>Rents at least <paramref name="bytes"/> bytes; the caller pins and returns them.</summary>
    internal static byte[] Rent(long bytes) => ArrayPool<byte>.Shared.Rent(checked((int)(bytes + Alignment)));

    internal static void Return(byte[] rented) => ArrayPool<byte>.Shared.Return(rented);

    /// <summary>Bytes that <see cref="Take{T}"/> uses for so many elements.</summary>
    internal static long SizeOf<T>(long count)
        where T : unmanaged => ((count * sizeof(T)) + Alignment - 1) & ~(long)(Alignment - 1);

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Align(byte* memory) => (byte*)(((nuint)memory + (Alignment - 1)) & ~(nuint)(Alignment - 1));
}
