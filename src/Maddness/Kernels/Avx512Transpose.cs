using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Maddness.Kernels;

/// <summary>The two halves of a 16×16 transposition of dwords in registers: 4×4 within 128-bit lanes, then 4×4 of whole lanes.</summary>
internal static unsafe class Avx512Transpose
{
    /// <summary>Four 4×4 transpositions, one in each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void WithinLanes(
        Vector512<int> a,
        Vector512<int> b,
        Vector512<int> c,
        Vector512<int> d,
        out Vector512<int> rows0,
        out Vector512<int> rows1,
        out Vector512<int> rows2,
        out Vector512<int> rows3)
    {
        Vector512<long> abLow = Avx512F.UnpackLow(a, b).AsInt64();
        Vector512<long> abHigh = Avx512F.UnpackHigh(a, b).AsInt64();
        Vector512<long> cdLow = Avx512F.UnpackLow(c, d).AsInt64();
        Vector512<long> cdHigh = Avx512F.UnpackHigh(c, d).AsInt64();
        rows0 = Avx512F.UnpackLow(abLow, cdLow).AsInt32();
        rows1 = Avx512F.UnpackHigh(abLow, cdLow).AsInt32();
        rows2 = Avx512F.UnpackLow(abHigh, cdHigh).AsInt32();
        rows3 = Avx512F.UnpackHigh(abHigh, cdHigh).AsInt32();
    }

    /// <summary>A 4×4 transposition of whole lanes; the four rows stand <paramref name="stride"/> dwords apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void StoreLanes(Vector512<int> a, Vector512<int> b, Vector512<int> c, Vector512<int> d, int* rows, nint stride)
    {
        Vector512<int> abEven = Avx512F.Shuffle4x128(a, b, 0b10_00_10_00);
        Vector512<int> abOdd = Avx512F.Shuffle4x128(a, b, 0b11_01_11_01);
        Vector512<int> cdEven = Avx512F.Shuffle4x128(c, d, 0b10_00_10_00);
        Vector512<int> cdOdd = Avx512F.Shuffle4x128(c, d, 0b11_01_11_01);
        Avx512F.Shuffle4x128(abEven, cdEven, 0b10_00_10_00).Store(rows);
        Avx512F.Shuffle4x128(abOdd, cdOdd, 0b10_00_10_00).Store(rows + stride);
        Avx512F.Shuffle4x128(abEven, cdEven, 0b11_01_11_01).Store(rows + (2 * stride));
        Avx512F.Shuffle4x128(abOdd, cdOdd, 0b11_01_11_01).Store(rows + (3 * stride));
    }
}
