namespace Maddness.Pipeline;

/// <summary>A matrix whose memory stays put for the duration of a call: what drivers hand from thread to thread.</summary>
internal readonly unsafe struct PinnedMatrix<T>(T* first, int rows, int columns, nint rowStride, nint columnStride)
    where T : unmanaged
{
    internal T* First { get; } = first;

    internal int Rows { get; } = rows;

    internal int Columns { get; } = columns;

    internal nint RowStride { get; } = rowStride;

    internal nint ColumnStride { get; } = columnStride;

    internal T* Row(int row) => First + (row * RowStride);
}
