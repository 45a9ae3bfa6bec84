using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Maddness.Kernels;

/// <summary>Half of a 16×16 transposition of dwords, 4×4 within 128-bit lanes; whole lanes are the other half.</summary>
internal static class Avx512Transpose
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
}
