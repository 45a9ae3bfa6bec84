using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Comparison.Core;

namespace Maddness.Comparison.Approximate;

/// <summary>
/// A sparse matrix by columns, multiplied from the left by dense rows: 64 rows at a time are transposed, so that each stored value is used for 64 rows with four vector
/// operations and no gathers.
/// </summary>
internal sealed class SparseMatrix
{
    internal const int RowsAtOnce = 64;

    private readonly int[] _starts;
    private readonly int[] _indices;
    private readonly float[] _values;

    internal SparseMatrix(Matrix dense)
    {
        Rows = dense.Rows;
        Columns = dense.Columns;
        List<int> indices = [];
        List<float> values = [];
        _starts = new int[Columns + 1];
        for (int column = 0; column < Columns; column++)
        {
            for (int row = 0; row < Rows; row++)
            {
                if (dense[row, column] != 0)
                {
                    indices.Add(row);
                    values.Add(dense[row, column]);
                }
            }

            _starts[column + 1] = indices.Count;
        }

        (_indices, _values) = ([.. indices], [.. values]);
    }

    internal int Rows { get; }

    internal int Columns { get; }

    internal int Count => _values.Length;

    /// <summary>Columns × 64 from Rows × 64, both with the 64 rows of A in lanes.</summary>
    internal void MultiplyTransposed(ReadOnlySpan<float> a, Span<float> result)
    {
        ref float first = ref MemoryMarshal.GetReference(a);
        for (int column = 0; column < Columns; column++)
        {
            Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
            for (int i = _starts[column]; i < _starts[column + 1]; i++)
            {
                ref float lanes = ref Unsafe.Add(ref first, _indices[i] * RowsAtOnce);
                Vector512<float> value = Vector512.Create(_values[i]);
                s0 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref lanes), value, s0);
                s1 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref lanes, 16), value, s1);
                s2 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref lanes, 32), value, s2);
                s3 = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref lanes, 48), value, s3);
            }

            Span<float> sums = result.Slice(column * RowsAtOnce, RowsAtOnce);
            s0.CopyTo(sums);
            s1.CopyTo(sums[16..]);
            s2.CopyTo(sums[32..]);
            s3.CopyTo(sums[48..]);
        }
    }

    /// <summary>Rows of a matrix, up to 64, with the rows in lanes; lanes beyond them are 0.</summary>
    internal static void TransposeIn(ReadOnlySpan<float> rows, int columns, Span<float> lanes)
    {
        int count = rows.Length / columns;
        if (count < RowsAtOnce)
        {
            lanes[..(columns * RowsAtOnce)].Clear();
        }

        int column = 0;
        for (; column <= columns - 16 && Avx512F.IsSupported; column += 16)
        {
            for (int row = 0; row <= count - 16; row += 16)
            {
                Transpose16.Run(ref Unsafe.Add(ref MemoryMarshal.GetReference(rows), (row * columns) + column), columns, ref lanes[(column * RowsAtOnce) + row], RowsAtOnce);
            }

            TransposePart(rows, columns, lanes, column, column + 16, count / 16 * 16, count);
        }

        TransposePart(rows, columns, lanes, column, columns, 0, count);
    }

    private static void TransposePart(ReadOnlySpan<float> rows, int columns, Span<float> lanes, int firstColumn, int lastColumn, int firstRow, int lastRow)
    {
        for (int row = firstRow; row < lastRow; row++)
        {
            for (int column = firstColumn; column < lastColumn; column++)
            {
                lanes[(column * RowsAtOnce) + row] = rows[(row * columns) + column];
            }
        }
    }

    /// <summary>Back to rows, with a constant per column.</summary>
    internal static void TransposeOut(ReadOnlySpan<float> lanes, int columns, ReadOnlySpan<float> constant, Span<float> rows)
    {
        int count = rows.Length / columns;
        for (int row = 0; row < count; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                rows[(row * columns) + column] = lanes[(column * RowsAtOnce) + row] + constant[column];
            }
        }
    }
}
