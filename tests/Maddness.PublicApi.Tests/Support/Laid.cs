using System.Numerics.Tensors;

namespace Maddness.PublicApi.Tests.Support;

/// <summary>How a matrix stands in memory.</summary>
public enum Layout
{
    /// <summary>Row after row.</summary>
    RowMajor,

    /// <summary>Column after column: a transposed row-major tensor.</summary>
    ColumnMajor,

    /// <summary>Row-major with 5 elements between rows, as a slice of a wider matrix has.</summary>
    WideRows,

    /// <summary>Column-major with 3 elements between columns.</summary>
    WideColumns,

    /// <summary>Every third element of rows that are further apart: no dimension is contiguous.</summary>
    Scattered,
}

/// <summary>A matrix in a layout, with other memory round and between its elements, which nobody may change.</summary>
internal sealed class Laid<T>
    where T : unmanaged
{
    private const int Margin = 7;

    private readonly T[] _memory;
    private readonly nint[] _lengths;
    private readonly nint[] _strides;
    private readonly T _filler;

    internal Laid(Layout layout, int rows, int columns, T filler)
    {
        (Rows, Columns, _filler) = (rows, columns, filler);
        _lengths = [rows, columns];
        _strides = layout switch
        {
            Layout.RowMajor => [columns, 1],
            Layout.ColumnMajor => [1, rows],
            Layout.WideRows => [columns + 5, 1],
            Layout.WideColumns => [1, rows + 3],
            _ => [(3 * columns) + 4, 3],
        };
        _memory = new T[(rows * _strides[0]) + (columns * _strides[1]) + (2 * Margin)];
        _memory.AsSpan().Fill(filler);
    }

    internal Laid(Layout layout, int rows, int columns, T filler, T[] rowMajor)
        : this(layout, rows, columns, filler)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                _memory[Address(row, column)] = rowMajor[(row * columns) + column];
            }
        }
    }

    internal int Rows { get; }

    internal int Columns { get; }

    /// <summary>The matrix; tensors want stride 0 for a dimension of length 1.</summary>
    internal TensorSpan<T> Tensor => new(_memory.AsSpan(Margin), _lengths, [Rows == 1 ? 0 : _strides[0], Columns == 1 ? 0 : _strides[1]]);

    internal ReadOnlyTensorSpan<T> ReadOnly => Tensor;

    internal T[] ToRowMajor()
    {
        T[] values = new T[Rows * Columns];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = _memory[Address(i / Columns, i % Columns)];
        }

        return values;
    }

    /// <summary>Elements of the memory that are not the matrix's and are no longer what they were.</summary>
    internal int ForeignElementsChanged()
    {
        HashSet<nint> own = [];
        for (int i = 0; i < Rows * Columns; i++)
        {
            own.Add(Address(i / Columns, i % Columns));
        }

        return Enumerable.Range(0, _memory.Length).Count(i => !own.Contains(i) && !_memory[i].Equals(_filler));
    }

    private nint Address(int row, int column) => Margin + (row * _strides[0]) + (column * _strides[1]);
}
