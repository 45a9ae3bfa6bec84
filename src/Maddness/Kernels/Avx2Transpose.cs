using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Maddness.Kernels;

/// <summary>Transpositions of 32-bit values in 256-bit registers.</summary>
internal static unsafe class Avx2Transpose
{
    /// <summary>
    /// Transposes four columns of 16 rows: column j goes to <paramref name="target"/> + j · <paramref name="targetStride"/>, if bit j of <paramref name="wanted"/> is 1. A CPU foresees the branches, which are the same for each block of rows.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void FourColumns(float* rows, nint rowStride, int wanted, float* target, nint targetStride)
    {
        FourColumns(rows, rowStride, out Vector256<float> low0, out Vector256<float> low1, out Vector256<float> low2, out Vector256<float> low3);
        FourColumns(rows + (8 * rowStride), rowStride, out Vector256<float> high0, out Vector256<float> high1, out Vector256<float> high2, out Vector256<float> high3);
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

    /// <summary>Four columns of eight rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourColumns(float* rows, nint rowStride, out Vector256<float> column0, out Vector256<float> column1, out Vector256<float> column2, out Vector256<float> column3)
    {
        // Rows r and 4 + r in the two lanes, put together while they are loaded.
        Vector256<float> rows0 = TwoRows(rows, rowStride);
        Vector256<float> rows1 = TwoRows(rows + rowStride, rowStride);
        Vector256<float> rows2 = TwoRows(rows + (2 * rowStride), rowStride);
        Vector256<float> rows3 = TwoRows(rows + (3 * rowStride), rowStride);
        WithinLanes(rows0, rows1, rows2, rows3, out column0, out column1, out column2, out column3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<float> low, Vector256<float> high, float* column)
    {
        low.Store(column);
        high.Store(column + 8);
    }

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> TwoRows(float* row, nint rowStride) => Vector256.Create(Vector128.Load(row), Vector128.Load(row + (4 * rowStride)));
}
