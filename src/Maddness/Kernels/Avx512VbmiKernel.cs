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

    /// <inheritdoc/>
    public static bool TransposesWindows => true;

    /// <inheritdoc/>
    public static void TransposeWindows(float* source, nint rowStride, int* windows, int count, float* target, nint targetStride) =>
        Avx512Kernel.TransposeWindows(source, rowStride, windows, count, target, targetStride);

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
                PackRegister(source, firstOutput + i, firstOutput + 16 + i, codebook, packed);
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

    /// <summary>A quarter of a tile: the same index vectors, four accumulators.</summary>
    public static int NarrowOutputs => 8;

    /// <summary>[pair of codebooks][i in 0..3]: 64 bytes, the tables of output i in the even and odd codebook, then of output 4 + i.</summary>
    public static void PackNarrowTile(in TableSource source, int firstOutput, byte* packed)
    {
        for (int codebook = 0; codebook < source.Codebooks; codebook += 2)
        {
            for (int i = 0; i < 4; i++)
            {
                PackRegister(source, firstOutput + i, firstOutput + 4 + i, codebook, packed);
                packed += 64;
            }
        }
    }

    /// <inheritdoc/>
    public static void SumNarrowTile(in OutputTile tile)
    {
        Vector512<float> scale0 = Broadcast(tile.Scales), scale1 = Broadcast(tile.Scales + 4);
        Vector512<float> offset0 = Broadcast(tile.Offsets), offset1 = Broadcast(tile.Offsets + 4);
        Vector512<float> bias0 = Broadcast(tile.Bias), bias1 = Broadcast(tile.Bias + 4);
        int pairs = (tile.Codebooks + 1) / 2;
        for (int first = 0; first < tile.Rows; first += 16)
        {
            byte* index = tile.Codes + (first / 16 * tile.CodeBlockStride);
            float* destination = tile.Destination + (first * tile.RowStride);
            int count = Math.Min(16, tile.Rows - first);

            // Register j of each half: in lane l, four outputs of row 4l + j.
            Vector512<int> low0 = default, low1 = default, low2 = default, low3 = default, high0 = default, high1 = default, high2 = default, high3 = default;
            for (int pair = 0; pair < pairs; pair += FlushPairs)
            {
                SumNarrowBlock(
                    index + (pair * 64),
                    tile.Tables + (pair * 256),
                    Math.Min(FlushPairs, pairs - pair),
                    out Vector512<int> rows0,
                    out Vector512<int> rows1,
                    out Vector512<int> rows2,
                    out Vector512<int> rows3);
                low0 += rows0 & Vector512.Create(0xFFFF);
                low1 += rows1 & Vector512.Create(0xFFFF);
                low2 += rows2 & Vector512.Create(0xFFFF);
                low3 += rows3 & Vector512.Create(0xFFFF);
                high0 += rows0 >>> 16;
                high1 += rows1 >>> 16;
                high2 += rows2 >>> 16;
                high3 += rows3 >>> 16;
            }

            StoreNarrow(tile, (Vector512.ConvertToSingle(low0) * scale0) + offset0 + bias0, (Vector512.ConvertToSingle(high0) * scale1) + offset1 + bias1, destination, 0, count);
            StoreNarrow(tile, (Vector512.ConvertToSingle(low1) * scale0) + offset0 + bias0, (Vector512.ConvertToSingle(high1) * scale1) + offset1 + bias1, destination, 1, count);
            StoreNarrow(tile, (Vector512.ConvertToSingle(low2) * scale0) + offset0 + bias0, (Vector512.ConvertToSingle(high2) * scale1) + offset1 + bias1, destination, 2, count);
            StoreNarrow(tile, (Vector512.ConvertToSingle(low3) * scale0) + offset0 + bias0, (Vector512.ConvertToSingle(high3) * scale1) + offset1 + bias1, destination, 3, count);
        }
    }

    /// <inheritdoc/>
    public static void SumRows(in OutputTile tile) => Avx512Kernel.SumRows(tile);

    /// <summary>Two outputs in a pair of codebooks: what one byte permutation looks up in.</summary>
    private static void PackRegister(in TableSource source, int output, int otherOutput, int codebook, byte* packed)
    {
        source.CopyTable(output, codebook, new Span<byte>(packed, 16));
        source.CopyTable(output, codebook + 1, new Span<byte>(packed + 16, 16));
        source.CopyTable(otherOutput, codebook, new Span<byte>(packed + 32, 16));
        source.CopyTable(otherOutput, codebook + 1, new Span<byte>(packed + 48, 16));
    }

    /// <summary>Four values, repeated in each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Broadcast(float* values) => Avx512F.BroadcastVector128ToVector512(values);

    /// <summary>Sums up to 128 pairs of codebooks, 16 rows × 8 outputs: lane l of register j holds row 4l + j, dwords of outputs i (low half) and 4 + i (high half).</summary>
    private static void SumNarrowBlock(
        byte* index, byte* tables, int pairs, out Vector512<int> rows0, out Vector512<int> rows1, out Vector512<int> rows2, out Vector512<int> rows3)
    {
        Vector512<short> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        Vector512<sbyte> ones = Vector512<sbyte>.One;
        for (int pair = 0; pair < pairs; pair++)
        {
            Vector512<byte> lookup = Vector512.Load(index);
            sum0 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables), lookup), ones);
            sum1 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 64), lookup), ones);
            sum2 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 128), lookup), ones);
            sum3 += Avx512BW.MultiplyAddAdjacent(Avx512Vbmi.PermuteVar64x8(Vector512.Load(tables + 192), lookup), ones);
            index += 64;
            tables += 256;
        }

        Avx512Transpose.WithinLanes(sum0.AsInt32(), sum1.AsInt32(), sum2.AsInt32(), sum3.AsInt32(), out rows0, out rows1, out rows2, out rows3);
    }

    /// <summary>Stores rows j, 4 + j, 8 + j and 12 + j, as far as they exist: four outputs of each in a lane of <paramref name="low"/>, four in one of <paramref name="high"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreNarrow(in OutputTile tile, Vector512<float> low, Vector512<float> high, float* destination, int j, int rows)
    {
        // Low and high lanes of one row side by side: rows j and 4 + j, then 8 + j and 12 + j.
        Vector512<float> first = Avx512F.PermuteVar8x64x2(low.AsDouble(), Vector512.Create(0, 1, 8, 9, 2, 3, 10, 11), high.AsDouble()).AsSingle();
        Vector512<float> second = Avx512F.PermuteVar8x64x2(low.AsDouble(), Vector512.Create(4, 5, 12, 13, 6, 7, 14, 15), high.AsDouble()).AsSingle();
        Vector256<float> mask = Vector256.GreaterThan(Vector256.Create(tile.Outputs), Vector256<int>.Indices).AsSingle();
        nint stride = tile.RowStride;
        destination += j * stride;
        StoreNarrowRow(first.GetLower(), destination, mask, j < rows);
        StoreNarrowRow(first.GetUpper(), destination + (4 * stride), mask, 4 + j < rows);
        StoreNarrowRow(second.GetLower(), destination + (8 * stride), mask, 8 + j < rows);
        StoreNarrowRow(second.GetUpper(), destination + (12 * stride), mask, 12 + j < rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreNarrowRow(Vector256<float> row, float* destination, Vector256<float> mask, bool exists)
    {
        if (exists)
        {
            Avx512F.VL.MaskStore(destination, mask, row);
        }
    }

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
        Avx512Transpose.WithinLanes(sum0.AsInt32(), sum1.AsInt32(), sum2.AsInt32(), sum3.AsInt32(), out Vector512<int> group0Rows0, out Vector512<int> group0Rows1, out Vector512<int> group0Rows2, out Vector512<int> group0Rows3);
        Avx512Transpose.WithinLanes(sum4.AsInt32(), sum5.AsInt32(), sum6.AsInt32(), sum7.AsInt32(), out Vector512<int> group1Rows0, out Vector512<int> group1Rows1, out Vector512<int> group1Rows2, out Vector512<int> group1Rows3);
        Avx512Transpose.WithinLanes(sum8.AsInt32(), sum9.AsInt32(), sum10.AsInt32(), sum11.AsInt32(), out Vector512<int> group2Rows0, out Vector512<int> group2Rows1, out Vector512<int> group2Rows2, out Vector512<int> group2Rows3);
        Avx512Transpose.WithinLanes(sum12.AsInt32(), sum13.AsInt32(), sum14.AsInt32(), sum15.AsInt32(), out Vector512<int> group3Rows0, out Vector512<int> group3Rows1, out Vector512<int> group3Rows2, out Vector512<int> group3Rows3);

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
        Avx512Transpose.WithinLanes(sum0.AsInt32(), sum1.AsInt32(), sum2.AsInt32(), sum3.AsInt32(), out Vector512<int> group0Rows0, out Vector512<int> group0Rows1, out Vector512<int> group0Rows2, out Vector512<int> group0Rows3);
        Avx512Transpose.WithinLanes(sum4.AsInt32(), sum5.AsInt32(), sum6.AsInt32(), sum7.AsInt32(), out Vector512<int> group1Rows0, out Vector512<int> group1Rows1, out Vector512<int> group1Rows2, out Vector512<int> group1Rows3);
        Avx512Transpose.WithinLanes(sum8.AsInt32(), sum9.AsInt32(), sum10.AsInt32(), sum11.AsInt32(), out Vector512<int> group2Rows0, out Vector512<int> group2Rows1, out Vector512<int> group2Rows2, out Vector512<int> group2Rows3);
        Avx512Transpose.WithinLanes(sum12.AsInt32(), sum13.AsInt32(), sum14.AsInt32(), sum15.AsInt32(), out Vector512<int> group3Rows0, out Vector512<int> group3Rows1, out Vector512<int> group3Rows2, out Vector512<int> group3Rows3);

        // Then whole lanes: rows 4l + j of all four groups side by side.
        Avx512Transpose.StoreLanes(group0Rows0, group1Rows0, group2Rows0, group3Rows0, (int*)rows + (0 * 16), 4 * 16);
        Avx512Transpose.StoreLanes(group0Rows1, group1Rows1, group2Rows1, group3Rows1, (int*)rows + (1 * 16), 4 * 16);
        Avx512Transpose.StoreLanes(group0Rows2, group1Rows2, group2Rows2, group3Rows2, (int*)rows + (2 * 16), 4 * 16);
        Avx512Transpose.StoreLanes(group0Rows3, group1Rows3, group2Rows3, group3Rows3, (int*)rows + (3 * 16), 4 * 16);
    }
}
