using System.Runtime.CompilerServices;

namespace Maddness.Common;

/// <summary>
/// Memory that starts on a cache line and never moves: an array of the pinned heap with its first elements skipped. It lives as long as this object does,
/// so whoever uses <see cref="Pointer"/> keeps the object alive to the end of the use.
/// </summary>
internal sealed unsafe class AlignedBuffer<T>
    where T : unmanaged
{
    /// <summary>Bytes of a cache line, and of the widest vector.</summary>
    internal const int Alignment = 64;

    private readonly byte[] _bytes;

    /// <summary>Zeroed memory for <paramref name="length"/> elements.</summary>
    internal AlignedBuffer(int length)
    {
        Length = length;
        _bytes = GC.AllocateArray<byte>(checked((length * sizeof(T)) + Alignment), pinned: true);
        nuint start = (nuint)Unsafe.AsPointer(ref _bytes[0]);
        Pointer = (T*)((start + (Alignment - 1)) & ~(nuint)(Alignment - 1));
    }

    internal int Length { get; }

    internal T* Pointer { get; }

    internal Span<T> Span => new(Pointer, Length);
}
