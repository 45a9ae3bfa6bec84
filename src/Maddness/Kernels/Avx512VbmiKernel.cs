using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Maddness.Kernels;

/// <summary>512-bit vectors with the byte permutation of AVX-512 VBMI.</summary>
internal readonly unsafe partial struct Avx512VbmiKernel : IKernel
{
    /// <summary>Outputs of a tile: two per register, in 16 accumulators; two whole cache lines of floats.</summary>
    private const int Width = Avx512Kernel.Width;

    private const int FlushPairs = OutputTile.FlushCodebooks / 2;

    /// <inheritdoc/>
    public static KernelLevel Level => KernelLevel.Avx512Vbmi;

    /// <inheritdoc/>
    public static bool IsSupported => Avx512Kernel.IsSupported && Avx512Vbmi.IsSupported;

    /// <inheritdoc/>
    public static int TileOutputs => Width;

    /// <summary>64 bytes for each pair of codebooks.</summary>
    public static int IndexBytes(int codebooks) => (codebooks + 1) / 2 * 64;

    /// <inheritdoc/>
    public static void Encode<T>(in EncodeTile<T> tile)
        where T : unmanaged => Avx512Kernel.Encode(tile);

    /// <summary>
    /// A register serves 16 rows, two codebooks and two outputs: byte 4r + j of the index is 16·j + the code of row r in codebook j mod 2.
    /// Codes of a block stand 16 bytes apart; an odd last codebook has a partner of zero codes and zero tables.
    /// </summary>
    public static void ExpandCodes(byte* codes, byte* index, int codebooks, int blocks)
    {
        Vector512<uint> tableStarts = Vector512.Create(0x30201000u);
        int pairs = (codebooks + 1) / 2 * blocks;
        for (int pair = 0; pair < pairs; pair++)
        {
            Vector512<uint> even = Avx512F.ConvertToVector512UInt32(Vector128.Load(codes));
            Vector512<uint> odd = Avx512F.ConvertToVector512UInt32(Vector128.Load(codes + 16));
            Vector512<uint> both = even | (odd << 8);
            (both | (both << 16) | tableStarts).Store((uint*)index);
            codes += 32;
            index += 64;
        }
    }

    /// <summary>[pair of codebooks][i in 0..15]: 64 bytes, the tables of output i in the even and odd codebook, then of output 16 + i.</summary>
    public static void PackTile(in TableSource source, int firstOutput, byte* packed)
    {
        for (int codebook = 0; codebook < source.Codebooks; codebook += 2)
        {
            for (int i = 0; i < 16; i++)
            {
                source.CopyTable(firstOutput + i, codebook, new Span<byte>(packed, 16));
                source.CopyTable(firstOutput + i, codebook + 1, new Span<byte>(packed + 16, 16));
                source.CopyTable(firstOutput + 16 + i, codebook, new Span<byte>(packed + 32, 16));
                source.CopyTable(firstOutput + 16 + i, codebook + 1, new Span<byte>(packed + 48, 16));
                packed += 64;
            }
        }
    }

    /// <inheritdoc/>
    public static void SumTile(in OutputTile tile)
    {
        int pairs = (tile.Codebooks + 1) / 2;
        int rows = 0;
        if (tile.Outputs == Width && pairs <= FlushPairs && tile.ScalesAreModerate)
        {
            rows = tile.Rows & ~15;
            if (tile.HasBias)
            {
                SumWholeBlocks<Avx512Output.WithBias>(tile, pairs, rows);
            }
            else
            {
                SumWholeBlocks<Avx512Output.WithoutBias>(tile, pairs, rows);
            }
        }

        if (rows < tile.Rows)
        {
            SumParts(tile, pairs, rows);
        }
    }

    /// <inheritdoc/>
    public static void SumRows(in OutputTile tile) => Avx512Kernel.SumRows(tile);

    /// <summary>Blocks of 16 rows × 32 outputs, from table look-ups to floats in memory without leaving the registers.</summary>
    private static void SumWholeBlocks<TBias>(in OutputTile tile, int pairs, int rows)
        where TBias : struct, Avx512Output.IBias
    {
        for (int first = 0; first < rows; first += 16)
        {
            SumWholeBlock<TBias>(tile, tile.Codes + (first / 16 * tile.CodeBlockStride), pairs, tile.Destination + (first * tile.RowStride));
        }
    }

    /// <summary>What is not whole: last rows, last outputs, more codebooks than 16-bit lanes hold, and extreme scales.</summary>
    [SkipLocalsInit]
    private static void SumParts(in OutputTile tile, int pairs, int start)
    {
        // Aligned to cache lines: a vector across two of them would be stored, and read back, in halves.
        byte* memory = stackalloc byte[(16 * Width * (sizeof(ushort) + sizeof(int))) + 64];
        ushort* rows = (ushort*)(((nuint)memory + 63) & ~(nuint)63);
        int* sums = (int*)(rows + (16 * Width));
        for (int first = start; first < tile.Rows; first += 16)
        {
            byte* index = tile.Codes + (first / 16 * tile.CodeBlockStride);
            float* destination = tile.Destination + (first * tile.RowStride);
            int count = Math.Min(16, tile.Rows - first);
            if (pairs <= FlushPairs)
            {
                SumBlock(index, tile.Tables, pairs, rows);
                Avx512Output.Store(tile, rows, destination, count);
                continue;
            }

            new Span<int>(sums, 16 * Width).Clear();
            for (int pair = 0; pair < pairs; pair += FlushPairs)
            {
                SumBlock(index + (pair * 64), tile.Tables + (pair * 1024), Math.Min(FlushPairs, pairs - pair), rows);
                Avx512Output.Add(rows, sums);
            }

            Avx512Output.Store(tile, sums, destination, count);
        }
    }

    /// <summary>Sums up to 128 pairs of codebooks, 16 rows × 32 outputs, and stores them as floats.</summary>
    private static void SumWholeBlock<TBias>(in OutputTile tile, byte* index, int pairs, float* destination)
        where TBias : struct, Avx512Output.IBias
    {
        byte* tables = tile.Tables;
        // Accumulator i: dword r holds row r's 16-bit sums of outputs i (low half) and 16 + i (high half). Adding neighbouring bytes (times 1) adds the pair.
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
            sum0 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables), lookup), ones);
            sum1 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 64), lookup), ones);
            sum2 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 128), lookup), ones);
            sum3 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 192), lookup), ones);
            sum4 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 256), lookup), ones);
            sum5 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 320), lookup), ones);
            sum6 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 384), lookup), ones);
            sum7 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 448), lookup), ones);
            sum8 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 512), lookup), ones);
            sum9 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 576), lookup), ones);
            sum10 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 640), lookup), ones);
            sum11 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 704), lookup), ones);
            sum12 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 768), lookup), ones);
            sum13 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 832), lookup), ones);
            sum14 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 896), lookup), ones);
            sum15 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 960), lookup), ones);
            index += 64;
            tables += 1024;
        }

        // A 16×16 transposition of dwords: from one register per output pair to one per row. First within 128-bit lanes: lane l of "rowsj" of a group of four
        // accumulators holds row 4l + j.
        Quarter(sum0.AsInt32(), sum1.AsInt32(), sum2.AsInt32(), sum3.AsInt32(), out Vector512<int> group0Rows0, out Vector512<int> group0Rows1, out Vector512<int> group0Rows2, out Vector512<int> group0Rows3);
        Quarter(sum4.AsInt32(), sum5.AsInt32(), sum6.AsInt32(), sum7.AsInt32(), out Vector512<int> group1Rows0, out Vector512<int> group1Rows1, out Vector512<int> group1Rows2, out Vector512<int> group1Rows3);
        Quarter(sum8.AsInt32(), sum9.AsInt32(), sum10.AsInt32(), sum11.AsInt32(), out Vector512<int> group2Rows0, out Vector512<int> group2Rows1, out Vector512<int> group2Rows2, out Vector512<int> group2Rows3);
        Quarter(sum12.AsInt32(), sum13.AsInt32(), sum14.AsInt32(), sum15.AsInt32(), out Vector512<int> group3Rows0, out Vector512<int> group3Rows1, out Vector512<int> group3Rows2, out Vector512<int> group3Rows3);

        // Then whole lanes: rows 4l + j of all four groups side by side.
        Avx512Output.Affine<TBias> affine = new(tile);
        nint stride = tile.RowStride;
        StoreFloats(group0Rows0, group1Rows0, group2Rows0, group3Rows0, affine, destination, 4 * stride);
        StoreFloats(group0Rows1, group1Rows1, group2Rows1, group3Rows1, affine, destination + stride, 4 * stride);
        StoreFloats(group0Rows2, group1Rows2, group2Rows2, group3Rows2, affine, destination + (2 * stride), 4 * stride);
        StoreFloats(group0Rows3, group1Rows3, group2Rows3, group3Rows3, affine, destination + (3 * stride), 4 * stride);
    }

    /// <summary>A 4×4 transposition of whole lanes; the four rows, dequantised, stand <paramref name="stride"/> floats apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreFloats<TBias>(
        Vector512<int> a,
        Vector512<int> b,
        Vector512<int> c,
        Vector512<int> d,
        in Avx512Output.Affine<TBias> affine,
        float* destination,
        nint stride)
        where TBias : struct, Avx512Output.IBias
    {
        Vector512<int> abEven = Avx512F.Shuffle4x128(a, b, 0b10_00_10_00);
        Vector512<int> abOdd = Avx512F.Shuffle4x128(a, b, 0b11_01_11_01);
        Vector512<int> cdEven = Avx512F.Shuffle4x128(c, d, 0b10_00_10_00);
        Vector512<int> cdOdd = Avx512F.Shuffle4x128(c, d, 0b11_01_11_01);
        affine.Store(Avx512F.Shuffle4x128(abEven, cdEven, 0b10_00_10_00), destination);
        affine.Store(Avx512F.Shuffle4x128(abOdd, cdOdd, 0b10_00_10_00), destination + stride);
        affine.Store(Avx512F.Shuffle4x128(abEven, cdEven, 0b11_01_11_01), destination + (2 * stride));
        affine.Store(Avx512F.Shuffle4x128(abOdd, cdOdd, 0b11_01_11_01), destination + (3 * stride));
    }

    /// <summary>Sums up to 128 pairs of codebooks, 16 rows × 32 outputs: to <paramref name="rows"/>, for each row 16 dwords of outputs i (low half) and 16 + i (high half).</summary>
    private static void SumBlock(byte* index, byte* tables, int pairs, ushort* rows)
    {
        // Accumulator i: dword r holds row r's 16-bit sums of outputs i (low half) and 16 + i (high half). Adding neighbouring bytes (times 1) adds the pair.
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
            sum0 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables), lookup), ones);
            sum1 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 64), lookup), ones);
            sum2 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 128), lookup), ones);
            sum3 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 192), lookup), ones);
            sum4 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 256), lookup), ones);
            sum5 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 320), lookup), ones);
            sum6 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 384), lookup), ones);
            sum7 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 448), lookup), ones);
            sum8 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 512), lookup), ones);
            sum9 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 576), lookup), ones);
            sum10 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 640), lookup), ones);
            sum11 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 704), lookup), ones);
            sum12 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 768), lookup), ones);
            sum13 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 832), lookup), ones);
            sum14 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 896), lookup), ones);
            sum15 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 960), lookup), ones);
            index += 64;
            tables += 1024;
        }

        // A 16×16 transposition of dwords: from one register per output pair to one per row. First within 128-bit lanes: lane l of "rowsj" of a group of four
        // accumulators holds row 4l + j.
        Quarter(sum0.AsInt32(), sum1.AsInt32(), sum2.AsInt32(), sum3.AsInt32(), out Vector512<int> group0Rows0, out Vector512<int> group0Rows1, out Vector512<int> group0Rows2, out Vector512<int> group0Rows3);
        Quarter(sum4.AsInt32(), sum5.AsInt32(), sum6.AsInt32(), sum7.AsInt32(), out Vector512<int> group1Rows0, out Vector512<int> group1Rows1, out Vector512<int> group1Rows2, out Vector512<int> group1Rows3);
        Quarter(sum8.AsInt32(), sum9.AsInt32(), sum10.AsInt32(), sum11.AsInt32(), out Vector512<int> group2Rows0, out Vector512<int> group2Rows1, out Vector512<int> group2Rows2, out Vector512<int> group2Rows3);
        Quarter(sum12.AsInt32(), sum13.AsInt32(), sum14.AsInt32(), sum15.AsInt32(), out Vector512<int> group3Rows0, out Vector512<int> group3Rows1, out Vector512<int> group3Rows2, out Vector512<int> group3Rows3);

        // Then whole lanes: rows 4l + j of all four groups side by side.
        StoreRows(group0Rows0, group1Rows0, group2Rows0, group3Rows0, (int*)rows + (0 * 16));
        StoreRows(group0Rows1, group1Rows1, group2Rows1, group3Rows1, (int*)rows + (1 * 16));
        StoreRows(group0Rows2, group1Rows2, group2Rows2, group3Rows2, (int*)rows + (2 * 16));
        StoreRows(group0Rows3, group1Rows3, group2Rows3, group3Rows3, (int*)rows + (3 * 16));
    }

    /// <summary>Four 4×4 transpositions, one in each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarter(
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

    /// <summary>A 4×4 transposition of whole lanes; the four rows stand four rows apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRows(Vector512<int> a, Vector512<int> b, Vector512<int> c, Vector512<int> d, int* rows)
    {
        Vector512<int> abEven = Avx512F.Shuffle4x128(a, b, 0b10_00_10_00);
        Vector512<int> abOdd = Avx512F.Shuffle4x128(a, b, 0b11_01_11_01);
        Vector512<int> cdEven = Avx512F.Shuffle4x128(c, d, 0b10_00_10_00);
        Vector512<int> cdOdd = Avx512F.Shuffle4x128(c, d, 0b11_01_11_01);
        Avx512F.Shuffle4x128(abEven, cdEven, 0b10_00_10_00).Store(rows);
        Avx512F.Shuffle4x128(abOdd, cdOdd, 0b10_00_10_00).Store(rows + (4 * 16));
        Avx512F.Shuffle4x128(abEven, cdEven, 0b11_01_11_01).Store(rows + (8 * 16));
        Avx512F.Shuffle4x128(abOdd, cdOdd, 0b11_01_11_01).Store(rows + (12 * 16));
    }
}
