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

    /// <summary>Four columns of 16 rows, eight to a register.</summary>
    internal readonly struct FourColumns : WindowTranspose.IFourColumns
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static float* Transpose(float* rows, nint rowStride, int wanted, float* target, nint targetStride)
        {
            Load(rows, rowStride, out Vector256<float> low0, out Vector256<float> low1, out Vector256<float> low2, out Vector256<float> low3);
            Load(rows + (8 * rowStride), rowStride, out Vector256<float> high0, out Vector256<float> high1, out Vector256<float> high2, out Vector256<float> high3);
            if ((wanted & 1) != 0)
            {
                Store(low0, high0, target);
                target += targetStride;
            }

            if ((wanted & 2) != 0)
            {
                Store(low1, high1, target);
                target += targetStride;
            }

            if ((wanted & 4) != 0)
            {
                Store(low2, high2, target);
                target += targetStride;
            }

            if ((wanted & 8) != 0)
            {
                Store(low3, high3, target);
                target += targetStride;
            }

            return target;
        }

        /// <summary>Of eight rows, r and 4 + r in the two lanes, put together while they are loaded.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Load(float* rows, nint rowStride, out Vector256<float> column0, out Vector256<float> column1, out Vector256<float> column2, out Vector256<float> column3) => WithinLanes(
            TwoRows(rows, rowStride),
            TwoRows(rows + rowStride, rowStride),
            TwoRows(rows + (2 * rowStride), rowStride),
            TwoRows(rows + (3 * rowStride), rowStride),
            out column0,
            out column1,
            out column2,
            out column3);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<float> TwoRows(float* row, nint rowStride) => Vector256.Create(Vector128.Load(row), Vector128.Load(row + (4 * rowStride)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Store(Vector256<float> low, Vector256<float> high, float* column)
        {
            low.Store(column);
            high.Store(column + 8);
        }
    }
}
