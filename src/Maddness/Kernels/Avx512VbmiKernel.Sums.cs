using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Maddness.Kernels;

/// <content>The loop that all tiles share: look-ups, sums, transposition; a sink takes what comes out.</content>
internal readonly unsafe partial struct Avx512VbmiKernel<TPermutation>
{
    /// <summary>
    /// Sums up to 128 pairs of codebooks in 512 pairs of 16-bit sums, and hands them to a sink: transposed, register r holds dword r of accumulators 0..15, or the accumulators to one that does not take rows.
    /// </summary>
    private static void SumBlock<TSink>(in OutputTile tile, byte* index, byte* tables, int pairs, void* target)
        where TSink : struct, Avx512Output.ISink<TSink>
    {
        // Accumulator i: dword r holds two 16-bit sums. With 16 leaves: row r, outputs i (low half) and 16 + i (high half). With 32 leaves: output i, rows 2r (low half) and
        // 2r + 1 (high half). Adding neighbouring bytes (times 1) adds the pair of codebooks.
        Vector512<short> sum0 = default;
        Vector512<short> sum1 = default;
        Vector512<short> sum2 = default;
        Vector512<short> sum3 = default;
        Vector512<short> sum4 = default;
        Vector512<short> sum5 = default;
        Vector512<short> sum6 = default;
        Vector512<short> sum7 = default;
        Vector512<short> sum8 = default;
        Vector512<short> sum9 = default;
        Vector512<short> sum10 = default;
        Vector512<short> sum11 = default;
        Vector512<short> sum12 = default;
        Vector512<short> sum13 = default;
        Vector512<short> sum14 = default;
        Vector512<short> sum15 = default;
        Vector512<sbyte> ones = Vector512<sbyte>.One;
        for (int pair = 0; pair < pairs; pair++)
        {
            Vector512<byte> lookup = Vector512.Load(index);
            sum0 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables), lookup), ones);
            sum1 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 64), lookup), ones);
            sum2 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 128), lookup), ones);
            sum3 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 192), lookup), ones);
            sum4 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 256), lookup), ones);
            sum5 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 320), lookup), ones);
            sum6 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 384), lookup), ones);
            sum7 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 448), lookup), ones);
            sum8 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 512), lookup), ones);
            sum9 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 576), lookup), ones);
            sum10 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 640), lookup), ones);
            sum11 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 704), lookup), ones);
            sum12 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 768), lookup), ones);
            sum13 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 832), lookup), ones);
            sum14 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 896), lookup), ones);
            sum15 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 960), lookup), ones);
            index += 64;
            tables += 1024;
        }

        TSink sink = TSink.Create(tile, target);
        if (!TSink.TakesRows)
        {
            sink.Take(0, sum0.AsInt32());
            sink.Take(1, sum1.AsInt32());
            sink.Take(2, sum2.AsInt32());
            sink.Take(3, sum3.AsInt32());
            sink.Take(4, sum4.AsInt32());
            sink.Take(5, sum5.AsInt32());
            sink.Take(6, sum6.AsInt32());
            sink.Take(7, sum7.AsInt32());
            sink.Take(8, sum8.AsInt32());
            sink.Take(9, sum9.AsInt32());
            sink.Take(10, sum10.AsInt32());
            sink.Take(11, sum11.AsInt32());
            sink.Take(12, sum12.AsInt32());
            sink.Take(13, sum13.AsInt32());
            sink.Take(14, sum14.AsInt32());
            sink.Take(15, sum15.AsInt32());
            return;
        }

        // A 16×16 transposition of dwords: from one register per accumulator to one per dword of it. First within 128-bit lanes: lane l of "Rowsj" of a group of four
        // accumulators holds dword 4l + j.
        Avx512Transpose.WithinLanes(
            sum0.AsInt32(),
            sum1.AsInt32(),
            sum2.AsInt32(),
            sum3.AsInt32(),
            out Vector512<int> group0Rows0,
            out Vector512<int> group0Rows1,
            out Vector512<int> group0Rows2,
            out Vector512<int> group0Rows3);
        Avx512Transpose.WithinLanes(
            sum4.AsInt32(),
            sum5.AsInt32(),
            sum6.AsInt32(),
            sum7.AsInt32(),
            out Vector512<int> group1Rows0,
            out Vector512<int> group1Rows1,
            out Vector512<int> group1Rows2,
            out Vector512<int> group1Rows3);
        Avx512Transpose.WithinLanes(
            sum8.AsInt32(),
            sum9.AsInt32(),
            sum10.AsInt32(),
            sum11.AsInt32(),
            out Vector512<int> group2Rows0,
            out Vector512<int> group2Rows1,
            out Vector512<int> group2Rows2,
            out Vector512<int> group2Rows3);
        Avx512Transpose.WithinLanes(
            sum12.AsInt32(),
            sum13.AsInt32(),
            sum14.AsInt32(),
            sum15.AsInt32(),
            out Vector512<int> group3Rows0,
            out Vector512<int> group3Rows1,
            out Vector512<int> group3Rows2,
            out Vector512<int> group3Rows3);

        // Then whole lanes: dwords 4l + j of all four groups side by side.
        Deliver(group0Rows0, group1Rows0, group2Rows0, group3Rows0, sink, 0);
        Deliver(group0Rows1, group1Rows1, group2Rows1, group3Rows1, sink, 1);
        Deliver(group0Rows2, group1Rows2, group2Rows2, group3Rows2, sink, 2);
        Deliver(group0Rows3, group1Rows3, group2Rows3, group3Rows3, sink, 3);
    }

    /// <summary>A 4×4 transposition of whole lanes: registers j, 4 + j, 8 + j and 12 + j.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Deliver<TSink>(Vector512<int> a, Vector512<int> b, Vector512<int> c, Vector512<int> d, in TSink sink, int j)
        where TSink : struct, Avx512Output.ISink<TSink>
    {
        Vector512<int> abEven = Avx512F.Shuffle4x128(a, b, 0b10_00_10_00);
        Vector512<int> abOdd = Avx512F.Shuffle4x128(a, b, 0b11_01_11_01);
        Vector512<int> cdEven = Avx512F.Shuffle4x128(c, d, 0b10_00_10_00);
        Vector512<int> cdOdd = Avx512F.Shuffle4x128(c, d, 0b11_01_11_01);
        sink.Take(j, Avx512F.Shuffle4x128(abEven, cdEven, 0b10_00_10_00));
        sink.Take(4 + j, Avx512F.Shuffle4x128(abOdd, cdOdd, 0b10_00_10_00));
        sink.Take(8 + j, Avx512F.Shuffle4x128(abEven, cdEven, 0b11_01_11_01));
        sink.Take(12 + j, Avx512F.Shuffle4x128(abOdd, cdOdd, 0b11_01_11_01));
    }
}
