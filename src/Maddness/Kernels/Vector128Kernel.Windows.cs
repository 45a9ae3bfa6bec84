using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>Transpositions of windows of rows, four columns of eight rows at a time.</content>
internal readonly unsafe partial struct Vector128Kernel
{
    /// <inheritdoc/>
    public static bool TransposesWindows => true;

    /// <inheritdoc/>
    public static int MinTransposedRows => CodeBlock.Rows;

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public static void TransposeWindows(float* source, nint rowStride, int* windows, int* tested, int count, float* target, nint targetStride)
    {
        for (int window = 0; window < count; window++)
        {
            float* rows = source + windows[window];
            float* columns = target;
            for (int left = tested[window]; left != 0; left >>= 4)
            {
                if ((left & 15) != 0)
                {
                    TransposeFourColumns(rows, rowStride, left, columns, targetStride);
                    TransposeFourColumns(rows + (8 * rowStride), rowStride, left, columns + 8, targetStride);
                }

                rows += 4;
                columns += 4 * targetStride;
            }

            target += 16 * targetStride;
        }
    }

    /// <summary>Of eight rows; column j is stored if bit j of <paramref name="wanted"/> is 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeFourColumns(float* rows, nint rowStride, int wanted, float* target, nint targetStride)
    {
        LoadFourRows(rows, rowStride, out Vector128<uint> low0, out Vector128<uint> low1, out Vector128<uint> low2, out Vector128<uint> low3);
        LoadFourRows(rows + (4 * rowStride), rowStride, out Vector128<uint> high0, out Vector128<uint> high1, out Vector128<uint> high2, out Vector128<uint> high3);
        if ((wanted & 1) != 0)
        {
            Store(low0, high0, target);
        }

        if ((wanted & 2) != 0)
        {
            Store(low1, high1, target + targetStride);
        }

        if ((wanted & 4) != 0)
        {
            Store(low2, high2, target + (2 * targetStride));
        }

        if ((wanted & 8) != 0)
        {
            Store(low3, high3, target + (3 * targetStride));
        }
    }

    /// <summary>Four columns of four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadFourRows(float* rows, nint rowStride, out Vector128<uint> column0, out Vector128<uint> column1, out Vector128<uint> column2, out Vector128<uint> column3)
    {
        Vector128<uint> row0 = Vector128.Load((uint*)rows), row1 = Vector128.Load((uint*)(rows + rowStride));
        Vector128<uint> row2 = Vector128.Load((uint*)(rows + (2 * rowStride))), row3 = Vector128.Load((uint*)(rows + (3 * rowStride)));
        Vector128<uint> even01 = InterleaveLow(row0, row2), even23 = InterleaveHigh(row0, row2);
        Vector128<uint> odd01 = InterleaveLow(row1, row3), odd23 = InterleaveHigh(row1, row3);
        column0 = InterleaveLow(even01, odd01);
        column1 = InterleaveHigh(even01, odd01);
        column2 = InterleaveLow(even23, odd23);
        column3 = InterleaveHigh(even23, odd23);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector128<uint> low, Vector128<uint> high, float* column)
    {
        low.Store((uint*)column);
        high.Store((uint*)column + 4);
    }
}
