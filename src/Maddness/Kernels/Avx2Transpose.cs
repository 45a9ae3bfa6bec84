using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Maddness.Kernels;

/// <summary>Transpositions of 32-bit values in 256-bit registers.</summary>
internal static unsafe class Avx2Transpose
{
    /// <summary>A 4×4 transposition in each lane: pairs of rows, two columns each, then all four rows of one column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void WithinLanes(
        Vector256<float> rows0,
        Vector256<float> rows1,
        Vector256<float> rows2,
        Vector256<float> rows3,
        out Vector256<float> column0,
        out Vector256<float> column1,
        out Vector256<float> column2,
        out Vector256<float> column3)
    {
        Vector256<double> rows01Columns01 = Avx.UnpackLow(rows0, rows1).AsDouble();
        Vector256<double> rows01Columns23 = Avx.UnpackHigh(rows0, rows1).AsDouble();
        Vector256<double> rows23Columns01 = Avx.UnpackLow(rows2, rows3).AsDouble();
        Vector256<double> rows23Columns23 = Avx.UnpackHigh(rows2, rows3).AsDouble();
        column0 = Avx.UnpackLow(rows01Columns01, rows23Columns01).AsSingle();
        column1 = Avx.UnpackHigh(rows01Columns01, rows23Columns01).AsSingle();
        column2 = Avx.UnpackLow(rows01Columns23, rows23Columns23).AsSingle();
        column3 = Avx.UnpackHigh(rows01Columns23, rows23Columns23).AsSingle();
    }

    /// <summary>A register for each column. Addresses are a row and once or twice the bytes between rows, as instructions take them.</summary>
    internal readonly struct Group : GroupTranspose.IGroup
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void One(byte* rows, nint rowBytes, float* target) =>
            Vector256.Create(GroupTranspose.FourRows(rows, rowBytes), GroupTranspose.FourRows(rows + (4 * rowBytes), rowBytes)).Store(target);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static float* Four(byte* rows, nint rowBytes, int tested, float* target, nint targetStride)
        {
            // Rows r and 4 + r in the two lanes, put together while they are loaded.
            byte* next = rows + (4 * rowBytes);
            Vector256<float> rows0 = TwoRows(rows, next);
            Vector256<float> rows2 = TwoRows(rows + (2 * rowBytes), next + (2 * rowBytes));
            rows += rowBytes;
            next += rowBytes;
            Vector256<float> rows1 = TwoRows(rows, next);
            Vector256<float> rows3 = TwoRows(rows + (2 * rowBytes), next + (2 * rowBytes));
            WithinLanes(rows0, rows1, rows2, rows3, out Vector256<float> column0, out Vector256<float> column1, out Vector256<float> column2, out Vector256<float> column3);
            target = Store(column0, tested & 1, target, targetStride);
            target = Store(column1, tested & 2, target, targetStride);
            target = Store(column2, tested & 4, target, targetStride);
            return Store(column3, tested & 8, target, targetStride);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static float* Store(Vector256<float> column, int isTested, float* target, nint targetStride)
        {
            if (isTested == 0)
            {
                return target;
            }

            column.Store(target);
            return target + targetStride;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<float> TwoRows(byte* low, byte* high) => Vector256.Create(Vector128.Load((float*)low), Vector128.Load((float*)high));
    }
}
