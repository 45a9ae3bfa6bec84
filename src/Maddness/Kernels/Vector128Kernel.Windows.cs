using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>Transpositions of windows of rows.</content>
internal readonly unsafe partial struct Vector128Kernel
{
    /// <inheritdoc/>
    public static bool TransposesWindows => true;

    /// <inheritdoc/>
    public static int MinTransposedRows => CodeBlock.Rows;

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public static void TransposeWindows(float* source, nint rowStride, int* windows, int* tested, int count, float* target, nint targetStride) =>
        WindowTranspose.Run<FourColumns>(source, rowStride, windows, tested, count, target, targetStride);

    /// <summary>Two registers each.</summary>
    private readonly struct FourColumns : WindowTranspose.IFourColumns
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static float* Transpose(float* rows, nint rowStride, int wanted, float* target, nint targetStride)
        {
            Load(rows, rowStride, out Vector128<uint> low0, out Vector128<uint> low1, out Vector128<uint> low2, out Vector128<uint> low3);
            Load(rows + (4 * rowStride), rowStride, out Vector128<uint> high0, out Vector128<uint> high1, out Vector128<uint> high2, out Vector128<uint> high3);
            target = Store(low0, high0, wanted & 1, target, targetStride);
            target = Store(low1, high1, wanted & 2, target, targetStride);
            target = Store(low2, high2, wanted & 4, target, targetStride);
            return Store(low3, high3, wanted & 8, target, targetStride);
        }

        /// <summary>Of four rows.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Load(float* rows, nint rowStride, out Vector128<uint> column0, out Vector128<uint> column1, out Vector128<uint> column2, out Vector128<uint> column3)
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
        private static float* Store(Vector128<uint> low, Vector128<uint> high, int isWanted, float* target, nint targetStride)
        {
            if (isWanted == 0)
            {
                return target;
            }

            low.Store((uint*)target);
            high.Store((uint*)target + 4);
            return target + targetStride;
        }
    }
}
