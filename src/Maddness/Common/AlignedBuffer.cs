using System.Runtime.CompilerServices;

namespace Maddness.Common;

/// <summary>
/// Memory that starts on a cache line and never moves: an array of the pinned heap with its first elements skipped. It lives as long as this object does,
/// so whoever uses <see cref="Pointer"/> keeps the object alive to the end of the use.
/// </summary>
internal sealed unsafe class AlignedBuffer<T>
    where T : unmanaged
{
    private readonly T[] _elements;
    private readonly int _first;

    /// <summary>Zeroed memory for <paramref name="length"/> elements of up to 8 bytes.</summary>
    internal AlignedBuffer(int length)
    {
        Length = length;

        // An array's elements start at a multiple of 8, so that whole ones are skipped.
        _elements = GC.AllocateArray<T>(checked(length + (CacheLine.Bytes / sizeof(T))), pinned: true);
        T* start = (T*)Unsafe.AsPointer(ref _elements[0]);
        Pointer = (T*)CacheLine.FirstIn(start);
        _first = (int)(Pointer - start);
    }

    internal int Length { get; }

    internal T* Pointer { get; }

    /// <summary>The same elements. What refers to them keeps the memory, as no pointer does.</summary>
    internal Span<T> Span => _elements.AsSpan(_first, Length);
}
