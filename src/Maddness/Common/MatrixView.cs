using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Maddness.Common;

/// <summary>A matrix in somebody's memory: a reference to its first element, its shape, and its strides in elements. Checked by whoever makes it.</summary>
internal readonly ref struct MatrixView<T>
    where T : unmanaged
{
    private readonly ref T _first;

    private MatrixView(ref T first, int rows, int columns, nint rowStride, nint columnStride)
    {
        _first = ref first;
        Rows = rows;
        Columns = columns;
        RowStride = rowStride;
        ColumnStride = columnStride;
    }

    /// <summary>The element at row 0, column 0; a null reference when the matrix is empty.</summary>
    internal ref T First => ref _first;

    internal int Rows { get; }

    internal int Columns { get; }

    /// <summary>Elements from one row to the next.</summary>
    internal nint RowStride { get; }

    /// <summary>Elements from one column to the next.</summary>
    internal nint ColumnStride { get; }

    internal bool IsEmpty => Rows == 0 || Columns == 0;

    /// <summary>Elements from the first to one past the last, in memory order.</summary>
    internal nint Extent => IsEmpty ? 0 : ((Rows - 1) * RowStride) + ((Columns - 1) * ColumnStride) + 1;

    internal ref T this[int row, int column] => ref Unsafe.Add(ref _first, (row * RowStride) + (column * ColumnStride));

    /// <summary>All elements as one span, if they are dense, row-major, and no more than a span holds.</summary>
    internal bool TryGetSpan(out ReadOnlySpan<T> span)
    {
        bool isSpan = ColumnStride == 1 && RowStride == Columns && (long)Rows * Columns <= int.MaxValue;
        span = isSpan ? MemoryMarshal.CreateReadOnlySpan(ref _first, Rows * Columns) : default;
        return isSpan;
    }

    /// <summary>A dense row-major matrix in a span of exactly <paramref name="rows"/> × <paramref name="columns"/> elements.</summary>
    internal static MatrixView<T> Of(
        ReadOnlySpan<T> span,
        int rows,
        int columns,
        string name,
        [CallerArgumentExpression(nameof(rows))] string? rowsName = null,
        [CallerArgumentExpression(nameof(columns))] string? columnsName = null)
    {
        // Callers name their dimensions as they like: a refusal speaks of theirs.
        ArgumentOutOfRangeException.ThrowIfNegative(rows, rowsName);
        ArgumentOutOfRangeException.ThrowIfNegative(columns, columnsName);
        if ((long)rows * columns != span.Length)
        {
            throw new ArgumentException($"'{name}' has {span.Length} elements; expected {rows} x {columns} = {(long)rows * columns}.", name);
        }

        return new(ref MemoryMarshal.GetReference(span), rows, columns, columns, 1);
    }

    /// <summary>A tensor of rank 2 with any strides.</summary>
    internal static MatrixView<T> Of(scoped in ReadOnlyTensorSpan<T> tensor, string name)
    {
        if (tensor.Rank != 2)
        {
            throw new ArgumentException($"'{name}' has rank {tensor.Rank}; expected a matrix, of rank 2.", name);
        }

        nint rows = tensor.Lengths[0];
        nint columns = tensor.Lengths[1];
        if (rows > int.MaxValue || columns > int.MaxValue)
        {
            throw new ArgumentException($"'{name}' is {rows} x {columns}; expected at most {int.MaxValue} rows and columns.", name);
        }

        // The stride of a dimension of length 1 is 0 and never used; a dense matrix's stands in, so that dense paths recognise it.
        nint rowStride = rows == 1 ? columns : tensor.Strides[0];
        nint columnStride = columns == 1 ? 1 : tensor.Strides[1];
        return new(ref Unsafe.AsRef(in TensorMarshal.GetReference(tensor)), (int)rows, (int)columns, rowStride, columnStride);
    }

    /// <summary>The same memory with rows and columns exchanged.</summary>
    internal MatrixView<T> Transpose() => new(ref _first, Columns, Rows, ColumnStride, RowStride);

    /// <summary>Consecutive rows of this matrix.</summary>
    internal MatrixView<T> SliceRows(int start, int count) => new(ref Unsafe.Add(ref _first, start * RowStride), count, Columns, RowStride, ColumnStride);

    /// <summary>Copies one row.</summary>
    [MethodImpl(Compiled.Once)]
    internal void CopyRowTo(int row, Span<T> destination)
    {
        for (int column = 0; column < Columns; column++)
        {
            destination[column] = this[row, column];
        }
    }

    /// <summary>A dense row-major copy.</summary>
    /// <exception cref="ArgumentException">It would be larger than an array.</exception>
    [MethodImpl(Compiled.Once)]
    internal T[] ToArray(string name)
    {
        ArgumentChecks.FitsArray(Rows, Columns, name);
        if (TryGetSpan(out ReadOnlySpan<T> span))
        {
            return span.ToArray();
        }

        T[] dense = new T[Rows * Columns];
        for (int row = 0; row < Rows; row++)
        {
            CopyRowTo(row, dense.AsSpan(row * Columns, Columns));
        }

        return dense;
    }

    /// <summary>Whether two elements of the matrix may share an address, as in a broadcast tensor. (Tensors refuse strides above 0 that are too small, so that of theirs only those of 0 come here; the others are looked for all the same, as writes rely on it.)</summary>
    internal bool OverlapsItself()
    {
        if (IsEmpty)
        {
            return false;
        }

        nint small = Rows == 1 ? 0 : RowStride;
        nint smallCount = Rows;
        nint large = Columns == 1 ? 0 : ColumnStride;
        nint largeCount = Columns;
        if (small > large)
        {
            (small, large) = (large, small);
            (smallCount, largeCount) = (largeCount, smallCount);
        }

        return (smallCount > 1 && small == 0) || (largeCount > 1 && large <= (smallCount - 1) * small);
    }
}
