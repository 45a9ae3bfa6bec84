using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Kernels;

/// <summary>Copies floats between a kernel's row-major scratch and matrices of other strides. All levels share it.</summary>
internal static unsafe class StridedCopy
{
    /// <summary>Rows and columns that are transposed in registers at once.</summary>
    private const int Block = 4;

    /// <summary>Floats of a row that is copied here: a call takes longer (measured on Zen 4, one row × 512 inputs × 12 outputs, B packed for that: 2,910 to 1,860 ns).</summary>
    private const int ShortRow = 32;

    /// <summary>
    /// Copies rows × columns floats between memories that do not overlap, along the shorter stride of the one that is not row-major: line after line. Only these floats are read and written.
    /// </summary>
    [MethodImpl(Compiled.Once)]
    internal static void Run(float* from, nint fromRow, nint fromColumn, float* to, nint toRow, nint toColumn, int rows, int columns)
    {
        if (rows > 1 && (fromRow != 1 || toColumn != 1) && (fromRow < fromColumn || toRow < toColumn))
        {
            (fromRow, fromColumn, toRow, toColumn, rows, columns) = (fromColumn, fromRow, toColumn, toRow, columns, rows);
        }

        if (fromRow == 1 && toColumn == 1 && rows >= Block && columns >= Block)
        {
            Transpose(from, fromColumn, to, toRow, rows, columns);
        }
        else if (fromColumn == 1 && toColumn == 1 && columns is >= Block and <= ShortRow)
        {
            // The last four floats of a row reach back into those before, so that none reaches beyond it.
            for (int row = 0; row < rows; row++)
            {
                for (int column = 0; column < columns; column += Block)
                {
                    int first = Math.Min(column, columns - Block);
                    Vector128.Load(from + first).Store(to + first);
                }

                from += fromRow;
                to += toRow;
            }
        }
        else if (fromColumn == 1 && toColumn == 1 && columns > ShortRow)
        {
            for (int row = 0; row < rows; row++)
            {
                new ReadOnlySpan<float>(from, columns).CopyTo(new Span<float>(to, columns));
                from += fromRow;
                to += toRow;
            }
        }
        else
        {
            // Pointers that move: products of places and strides take longer than the stores (measured on Zen 4, 256 × 100 outputs from codes, C = 8, column stride 2: 68 to 42 ns a row).
            for (int row = 0; row < rows; row++)
            {
                float* source = from, target = to;
                for (int column = 0; column < columns; column++)
                {
                    *target = *source;
                    source += fromColumn;
                    target += toColumn;
                }

                from += fromRow;
                to += toRow;
            }
        }
    }

    /// <summary>The same from rows that lie side by side to columns that do: each of at least a block. The last blocks reach back into those before, so that none reaches beyond the matrix.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(float* from, nint fromColumn, float* to, nint toRow, int rows, int columns)
    {
        for (int row = 0; row < rows; row += Block)
        {
            int firstRow = Math.Min(row, rows - Block);
            for (int column = 0; column < columns; column += Block)
            {
                int firstColumn = Math.Min(column, columns - Block);
                TransposeBlock(from + firstRow + (firstColumn * fromColumn), fromColumn, to + (firstRow * toRow) + firstColumn, toRow);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeBlock(float* from, nint fromStride, float* to, nint toStride)
    {
        Vector128Kernel.TransposeFour(
            Vector128.Load((uint*)from),
            Vector128.Load((uint*)(from + fromStride)),
            Vector128.Load((uint*)(from + (2 * fromStride))),
            Vector128.Load((uint*)(from + (3 * fromStride))),
            out Vector128<uint> row0,
            out Vector128<uint> row1,
            out Vector128<uint> row2,
            out Vector128<uint> row3);
        row0.Store((uint*)to);
        row1.Store((uint*)(to + toStride));
        row2.Store((uint*)(to + (2 * toStride)));
        row3.Store((uint*)(to + (3 * toStride)));
    }
}
