using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>Transpositions of groups of columns.</content>
internal readonly unsafe partial struct Vector128Kernel
{
    /// <inheritdoc/>
    public static bool TransposesGroups => true;

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public static float* TransposeGroups(float* source, nint rowStride, ColumnGroup* groups, int count, float* target, nint targetStride) =>
        GroupTranspose.Run<Group>(source, rowStride, groups, count, target, targetStride);

    /// <summary>The same of four rows, for all kernels: of four to seven last rows the first four and the last four, which may be the same.</summary>
    [MethodImpl(Compiled.Once)]
    internal static void TransposeFourRows(float* source, nint rowStride, ColumnGroup* groups, int count, float* target, nint targetStride)
    {
        nint rowBytes = rowStride * sizeof(float);
        for (ColumnGroup* end = groups + count; groups < end; groups++)
        {
            byte* rows = (byte*)(source + groups->First);
            int tested = groups->Tested;
            if (tested == 1)
            {
                GroupTranspose.FourRows(rows, rowBytes).Store(target);
                target += targetStride;
                continue;
            }

            Group.Load(rows, rowBytes, out Vector128<uint> column0, out Vector128<uint> column1, out Vector128<uint> column2, out Vector128<uint> column3);
            target = Store(column0, tested & 1, target, targetStride);
            target = Store(column1, tested & 2, target, targetStride);
            target = Store(column2, tested & 4, target, targetStride);
            target = Store(column3, tested & 8, target, targetStride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* Store(Vector128<uint> column, int isTested, float* target, nint targetStride)
    {
        if (isTested == 0)
        {
            return target;
        }

        column.Store((uint*)target);
        return target + targetStride;
    }

    /// <summary>The columns of four rows of four, or rows of columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void TransposeFour(
        Vector128<uint> row0,
        Vector128<uint> row1,
        Vector128<uint> row2,
        Vector128<uint> row3,
        out Vector128<uint> column0,
        out Vector128<uint> column1,
        out Vector128<uint> column2,
        out Vector128<uint> column3)
    {
        Vector128<uint> even01 = InterleaveLow(row0, row2), even23 = InterleaveHigh(row0, row2);
        Vector128<uint> odd01 = InterleaveLow(row1, row3), odd23 = InterleaveHigh(row1, row3);
        column0 = InterleaveLow(even01, odd01);
        column1 = InterleaveHigh(even01, odd01);
        column2 = InterleaveLow(even23, odd23);
        column3 = InterleaveHigh(even23, odd23);
    }

    /// <summary>Two registers for each column, of four rows each.</summary>
    private readonly struct Group : GroupTranspose.IGroup
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void One(byte* rows, nint rowBytes, float* target)
        {
            GroupTranspose.FourRows(rows, rowBytes).Store(target);
            GroupTranspose.FourRows(rows + (4 * rowBytes), rowBytes).Store(target + 4);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static float* Four(byte* rows, nint rowBytes, int tested, float* target, nint targetStride)
        {
            Load(rows, rowBytes, out Vector128<uint> low0, out Vector128<uint> low1, out Vector128<uint> low2, out Vector128<uint> low3);
            Load(rows + (4 * rowBytes), rowBytes, out Vector128<uint> high0, out Vector128<uint> high1, out Vector128<uint> high2, out Vector128<uint> high3);
            target = Store(low0, high0, tested & 1, target, targetStride);
            target = Store(low1, high1, tested & 2, target, targetStride);
            target = Store(low2, high2, tested & 4, target, targetStride);
            return Store(low3, high3, tested & 8, target, targetStride);
        }

        /// <summary>Four columns of four rows.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal static void Load(byte* rows, nint rowBytes, out Vector128<uint> column0, out Vector128<uint> column1, out Vector128<uint> column2, out Vector128<uint> column3)
        {
            byte* odd = rows + rowBytes;
            TransposeFour(
                Vector128.Load((uint*)rows),
                Vector128.Load((uint*)odd),
                Vector128.Load((uint*)(rows + (2 * rowBytes))),
                Vector128.Load((uint*)(odd + (2 * rowBytes))),
                out column0,
                out column1,
                out column2,
                out column3);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static float* Store(Vector128<uint> low, Vector128<uint> high, int isTested, float* target, nint targetStride)
        {
            if (isTested == 0)
            {
                return target;
            }

            low.Store((uint*)target);
            high.Store((uint*)target + 4);
            return target + targetStride;
        }
    }
}
