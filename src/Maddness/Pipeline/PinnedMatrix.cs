using Maddness.Common;

namespace Maddness.Pipeline;

/// <summary>A matrix whose memory stays put for the duration of a call: what drivers hand from thread to thread.</summary>
internal readonly unsafe struct PinnedMatrix<T>(T* first, int rows, int columns, nint rowStride, nint columnStride)
    where T : unmanaged
{
    /// <summary>A view whose first element is pinned.</summary>
    internal PinnedMatrix(T* first, scoped in MatrixView<T> view)
        : this(first, view.Rows, view.Columns, view.RowStride, view.ColumnStride)
    {
    }

    internal T* First { get; } = first;

    internal int Rows { get; } = rows;

    internal int Columns { get; } = columns;

    internal nint RowStride { get; } = rowStride;

    internal nint ColumnStride { get; } = columnStride;

    /// <summary>How many elements each row starts behind a cache line; null where rows differ in it.</summary>
    internal int? Lead =>
        RowStride * sizeof(T) % CacheLine.Bytes == 0 && IsAligned ? (int)((nuint)First % CacheLine.Bytes / (nuint)sizeof(T)) : null;

    /// <summary>Whether elements start at multiples of their size.</summary>
    internal bool IsAligned => (nuint)First % (nuint)sizeof(T) == 0;

    internal T* Row(int row) => First + (row * RowStride);
}
