using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Maddness.Kernels;

/// <summary>Transpositions of 32-bit values in 256-bit registers.</summary>
internal static unsafe class Avx2Transpose
{
    /// <summary>Transposes four columns of eight rows: column j goes to <paramref name="target"/> + j · <paramref name="targetStride"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void FourColumns(float* rows, nint rowStride, float* target, nint targetStride)
    {
        // Rows r and 4 + r in the two lanes, put together while they are loaded.
        Vector256<float> rows0 = TwoRows(rows, rowStride);
        Vector256<float> rows1 = TwoRows(rows + rowStride, rowStride);
        Vector256<float> rows2 = TwoRows(rows + (2 * rowStride), rowStride);
        Vector256<float> rows3 = TwoRows(rows + (3 * rowStride), rowStride);

        // A 4×4 transposition in each lane: pairs of rows, two columns each, then all four rows of one column.
        Vector256<double> rows01Columns01 = Avx.UnpackLow(rows0, rows1).AsDouble();
        Vector256<double> rows01Columns23 = Avx.UnpackHigh(rows0, rows1).AsDouble();
        Vector256<double> rows23Columns01 = Avx.UnpackLow(rows2, rows3).AsDouble();
        Vector256<double> rows23Columns23 = Avx.UnpackHigh(rows2, rows3).AsDouble();
        Avx.UnpackLow(rows01Columns01, rows23Columns01).AsSingle().Store(target);
        Avx.UnpackHigh(rows01Columns01, rows23Columns01).AsSingle().Store(target + targetStride);
        Avx.UnpackLow(rows01Columns23, rows23Columns23).AsSingle().Store(target + (2 * targetStride));
        Avx.UnpackHigh(rows01Columns23, rows23Columns23).AsSingle().Store(target + (3 * targetStride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> TwoRows(float* row, nint rowStride) => Vector256.Create(Vector128.Load(row), Vector128.Load(row + (4 * rowStride)));
}
