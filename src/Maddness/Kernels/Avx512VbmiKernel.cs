using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Maddness.Kernels;

/// <summary>
/// 512-bit vectors with the byte permutation of AVX-512 VBMI, for 16 and 32 leaves; 64 leaves go the way of <see cref="Avx512Kernel"/>. Of 16 leaves whole tiles of 64 outputs go that way, too: what comes out needs no transposition,
/// and four lines of a row are written at once (measured on Zen 4, 512 rows, C = 4 and 16: 64 outputs 7.4 and 14.3 ns a row permuted, 6.6 and 12.9 loaded; 512 outputs 73 and 116, 49 and 94). What is left of the outputs is
/// permuted in halves of 32, and so is all that only the largest output is looked for in.
/// </summary>
/// <typeparam name="TPermutation">The permutation: <see cref="VbmiPermutation"/>, but for tests.</typeparam>
internal readonly unsafe partial struct Avx512VbmiKernel<TPermutation> : IKernel
    where TPermutation : struct, IBytePermutation
{
    /// <summary>Outputs permuted at once with 16 leaves, half a tile: two per register, in 16 accumulators; two whole cache lines of floats.</summary>
    private const int Width = Avx512Kernel.Width;

    /// <summary>Outputs of a narrow tile of 16 leaves.</summary>
    private const int NarrowWidth = Width / 4;

    private const int FlushPairs = OutputTile.FlushCodebooks / 2;

    /// <inheritdoc/>
    public static KernelLevel Level => KernelLevel.Avx512Vbmi;

    /// <inheritdoc/>
    public static bool IsSupported => Avx512Kernel.IsSupported && TPermutation.IsSupported;

    /// <inheritdoc/>
    public static int TileOutputs(int leaves) => leaves switch
    {
        16 => Avx512Kernel.LeafWidth,
        32 => Width / 2,
        _ => Avx512Kernel.TileOutputs(leaves),
    };

    /// <summary>With 32 leaves a register serves one output and twice the rows.</summary>
    public static int TileBlockRows(int leaves) => leaves == 32 ? 32 : 16;

    /// <summary>With 32 leaves a tile is one line wide, and two rows share a register: carrying is not built for that.</summary>
    public static bool Streams(int leaves, bool isCarried) => leaves != 32 || !isCarried;

    /// <inheritdoc/>
    public static bool TransposesWindows => true;

    /// <inheritdoc/>
    public static void TransposeWindows(float* source, nint rowStride, int* windows, int count, float* target, nint targetStride) =>
        Avx512Kernel.TransposeWindows(source, rowStride, windows, count, target, targetStride);

    /// <summary>As there: rows go one by one alike (measured on Zen 4, 100 outputs, C = 8: a call of 6 rows 789 ns by tiles and 647 row by row, one of 8 838 and 726).</summary>
    public static int MinTileRows(int leaves, int outputs) => Avx512Kernel.MinTileRows(leaves, outputs);

    /// <summary>As above, a call of 17 rows took 1,037 ns with its last one in a tile and 918 without, one of 19 1,210 and 1,174.</summary>
    public static int MinTailRows(int leaves, int outputs) => Avx512Kernel.MinTailRows(leaves, outputs);

    /// <summary>For each pair of codebooks 64 bytes a block; with 32 leaves, 64 bytes two blocks. With 64, a word for each code; with 16, such words behind the bytes.</summary>
    public static int IndexBytes(int codebooks, int leaves) => leaves switch
    {
        16 => PermutedIndexBytes(codebooks) + LeafTables.IndexBytes(codebooks),
        32 => PermutedIndexBytes(codebooks) / 2,
        _ => Avx512Kernel.IndexBytes(codebooks, leaves),
    };

    /// <inheritdoc/>
    public static void Encode<T>(in EncodeTile<T> tile)
        where T : unmanaged => Avx512Kernel.Encode(tile);

    /// <summary>
    /// 16 leaves: a register serves 16 rows, two codebooks and two outputs; byte 4r + j of the index is 16·j + the code of row r in codebook j mod 2.
    /// 32 leaves: it serves 32 rows, two codebooks and one output; byte 2r + j is 32·j + the code of row r in codebook j.
    /// Behind these bytes of a block stand, with 16 leaves and whole tiles, the words of <see cref="LeafTables.ExpandCodes"/>.
    /// Codes of a block stand 16 bytes apart; an odd last codebook has a partner of zero codes and zero tables.
    /// </summary>
    public static void ExpandCodes(byte* codes, byte* index, int codebooks, int leaves, int blocks, bool hasWholeTiles)
    {
        if (!IsShuffled(leaves))
        {
            Avx512Kernel.ExpandCodes(codes, index, codebooks, leaves, blocks, hasWholeTiles);
            return;
        }

        int pairs = (codebooks + 1) / 2;
        if (leaves == 16)
        {
            for (int block = 0; block < blocks; block++)
            {
                ExpandCodes16(codes, index, pairs);
                if (hasWholeTiles)
                {
                    LeafTables.ExpandCodes(codes, index + PermutedIndexBytes(codebooks), codebooks, leaves, 1);
                }

                codes += pairs * 32;
                index += IndexBytes(codebooks, leaves);
            }

            return;
        }

        int blockStride = pairs * 32;
        for (int block = 0; block < blocks; block += 2)
        {
            // The second of two blocks may be missing: the first stands in, and its sums are not stored.
            byte* first = codes + (block * blockStride);
            ExpandCodes32(first, block + 1 < blocks ? first + blockStride : first, index + (block * blockStride), pairs);
        }
    }

    /// <summary>
    /// 16 leaves: a whole tile as <see cref="Avx512Kernel"/> has it with more leaves, another one as <see cref="PackSearchedTile"/>. 32 leaves: [pair of codebooks][i in 0..15]: 64 bytes, the tables of output i
    /// in the even and odd codebook.
    /// </summary>
    public static void PackTile(in TableSource source, int firstOutput, byte* packed)
    {
        if (source.Leaves == 16 && source.Outputs - firstOutput < Avx512Kernel.LeafWidth)
        {
            PackSearchedTile(source, firstOutput, packed);
            return;
        }

        if (source.Leaves != 32)
        {
            Avx512Kernel.PackLeafTile(source, firstOutput, packed);
            return;
        }

        for (int codebook = 0; codebook < source.Codebooks; codebook += 2)
        {
            for (int i = 0; i < 16; i++)
            {
                source.CopyTable(firstOutput + i, codebook, new Span<byte>(packed, 32));
                source.CopyTable(firstOutput + i, codebook + 1, new Span<byte>(packed + 32, 32));
                packed += 64;
            }
        }
    }

    /// <summary>
    /// 16 leaves, for each half of 32 outputs: [pair of codebooks][i in 0..15]: 64 bytes, the tables of output i in the even and odd codebook, then of output 16 + i; of a second half of up to two narrow tiles, these.
    /// </summary>
    public static void PackSearchedTile(in TableSource source, int firstOutput, byte* packed)
    {
        PackHalf(source, firstOutput, packed);
        int pairs = (source.Codebooks + 1) / 2;
        packed += HalfBytes(pairs);
        firstOutput += Width;
        int rest = source.Outputs - firstOutput;
        if (rest > 2 * NarrowWidth)
        {
            PackHalf(source, firstOutput, packed);
            return;
        }

        for (int narrow = 0; narrow < rest; narrow += NarrowWidth)
        {
            PackNarrowTile(source, firstOutput + narrow, packed);
            packed += NarrowBytes(pairs);
        }
    }

    /// <inheritdoc/>
    public static void SumTile(in OutputTile tile)
    {
        if (tile.Leaves == 16)
        {
            SumTile16(tile);
            return;
        }

        if (!IsShuffled(tile.Leaves))
        {
            Avx512Kernel.SumTile(tile);
            return;
        }

        SumPermuted(tile);
    }

    /// <summary>Of 16 leaves a quarter of what is permuted at once: the same index vectors, four accumulators.</summary>
    public static int NarrowOutputs(int leaves) => leaves switch
    {
        16 => NarrowWidth,
        32 => 0,
        _ => Avx512Kernel.NarrowOutputs(leaves),
    };

    /// <summary>[pair of codebooks][i in 0..3]: 64 bytes, the tables of output i in the even and odd codebook, then of output 4 + i.</summary>
    public static void PackNarrowTile(in TableSource source, int firstOutput, byte* packed)
    {
        if (!IsShuffled(source.Leaves))
        {
            Avx512Kernel.PackNarrowTile(source, firstOutput, packed);
            return;
        }

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
        if (!IsShuffled(tile.Leaves))
        {
            Avx512Kernel.SumNarrowTile(tile);
            return;
        }

        Vector512<float> scale0 = Broadcast(tile.Scales), scale1 = Broadcast(tile.Scales + 4);
        Vector512<float> offset0 = Broadcast(tile.Offsets), offset1 = Broadcast(tile.Offsets + 4);
        Vector512<float> bias0 = Broadcast(tile.Bias), bias1 = Broadcast(tile.Bias + 4);
        int pairs = (tile.Codebooks + 1) / 2;
        for (int first = 0; first < tile.Rows; first += 16)
        {
            byte* index = tile.Codes + (first / 16 * tile.CodeBlockStride);
            float* destination = tile.Destination + (first * tile.RowStride);
            int count = Math.Min(16, tile.Rows - first);
            tile.AskAhead(count, tile.Outputs);

            // Register j of each half: in lane l, four outputs of row 4l + j.
            Vector512<int> low0 = default, low1 = default, low2 = default, low3 = default, high0 = default, high1 = default, high2 = default, high3 = default;
            for (int pair = 0; pair < pairs; pair += FlushPairs)
            {
                SumNarrowBlock(
                    index + (pair * 64),
                    tile.Tables + (pair * 256),
                    Math.Min(FlushPairs, pairs - pair),
                    out Vector512<int> sum0,
                    out Vector512<int> sum1,
                    out Vector512<int> sum2,
                    out Vector512<int> sum3);
                Avx512Transpose.WithinLanes(sum0, sum1, sum2, sum3, out Vector512<int> rows0, out Vector512<int> rows1, out Vector512<int> rows2, out Vector512<int> rows3);
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

    /// <summary>A whole tile by loads; of another one its halves, the second one by up to two narrow tiles.</summary>
    private static void SumTile16(OutputTile tile)
    {
        if (tile.Outputs == Avx512Kernel.LeafWidth)
        {
            tile.Codes += PermutedIndexBytes(tile.Codebooks);
            Avx512Kernel.SumLeafTile(tile);
            return;
        }

        int rest = tile.Outputs - Width;
        tile.Outputs = Math.Min(Width, tile.Outputs);
        SumPermuted(tile);
        if (rest <= 0)
        {
            return;
        }

        int pairs = (tile.Codebooks + 1) / 2;
        Advance(ref tile, Width, HalfBytes(pairs));
        tile.Destination += Width;
        tile.Outputs = rest;
        if (rest > 2 * NarrowWidth)
        {
            SumPermuted(tile);
            return;
        }

        for (; rest > 0; rest -= NarrowWidth)
        {
            tile.Outputs = Math.Min(NarrowWidth, rest);
            SumNarrowTile(tile);
            Advance(ref tile, NarrowWidth, NarrowBytes(pairs));
            tile.Destination += NarrowWidth;
        }
    }

    /// <summary>Points a tile at the scales, offsets, bias and tables of outputs further on.</summary>
    private static void Advance(ref OutputTile tile, int outputs, int bytes)
    {
        tile.Scales += outputs;
        tile.Offsets += outputs;
        tile.Bias += outputs;
        tile.Tables += bytes;
    }

    /// <summary>Up to 32 outputs of 16 leaves, or 16 of 32 leaves.</summary>
    private static void SumPermuted(in OutputTile tile)
    {
        int pairs = (tile.Codebooks + 1) / 2;
        int rows = 0;
        if (tile.Outputs == PermutedOutputs(tile.Leaves) && pairs <= FlushPairs && tile.ScalesAreModerate)
        {
            int blockRows = TileBlockRows(tile.Leaves);
            rows = tile.Rows / blockRows * blockRows;
            switch (tile.Leaves, tile.HasBias)
            {
                case (16, true):
                    SumWholeBlocks<Avx512Output.OutputPairs<WithBias>>(tile, pairs, blockRows, rows);
                    break;
                case (16, false):
                    SumWholeBlocks<Avx512Output.OutputPairs<WithoutBias>>(tile, pairs, blockRows, rows);
                    break;
                case (_, true):
                    SumWholeBlocks<Avx512Output.RowPairs<WithBias>>(tile, pairs, blockRows, rows);
                    break;
                case (_, false):
                    SumWholeBlocks<Avx512Output.RowPairs<WithoutBias>>(tile, pairs, blockRows, rows);
                    break;
            }
        }

        if (rows < tile.Rows)
        {
            SumParts(tile, pairs, rows);
        }
    }

    /// <summary>Outputs permuted at once.</summary>
    private static int PermutedOutputs(int leaves) => leaves == 16 ? Width : Width / 2;

    /// <summary>Bytes of the index of a block's permutations, with 16 leaves.</summary>
    private static int PermutedIndexBytes(int codebooks) => (codebooks + 1) / 2 * 64;

    /// <summary>Bytes of the tables of 32 outputs of 16 leaves.</summary>
    private static int HalfBytes(int pairs) => pairs * 1024;

    /// <summary>Bytes of the tables of a narrow tile.</summary>
    private static int NarrowBytes(int pairs) => pairs * 256;

    private static void PackHalf(in TableSource source, int firstOutput, byte* packed)
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

    /// <summary>Whether the permutation, of 64 bytes, reaches the tables of two codebooks.</summary>
    private static bool IsShuffled(int leaves) => leaves <= 32;

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

    /// <summary>Sums up to 128 pairs of codebooks, 16 rows × 8 outputs: dword r of accumulator i holds row r, outputs i (low half) and 4 + i (high half).</summary>
    private static void SumNarrowBlock(
        byte* index, byte* tables, int pairs, out Vector512<int> accumulator0, out Vector512<int> accumulator1, out Vector512<int> accumulator2, out Vector512<int> accumulator3)
    {
        Vector512<short> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        Vector512<sbyte> ones = Vector512<sbyte>.One;
        for (int pair = 0; pair < pairs; pair++)
        {
            Vector512<byte> lookup = Vector512.Load(index);
            sum0 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables), lookup), ones);
            sum1 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 64), lookup), ones);
            sum2 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 128), lookup), ones);
            sum3 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 192), lookup), ones);
            index += 64;
            tables += 256;
        }

        accumulator0 = sum0.AsInt32();
        accumulator1 = sum1.AsInt32();
        accumulator2 = sum2.AsInt32();
        accumulator3 = sum3.AsInt32();
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

    private static void ExpandCodes16(byte* codes, byte* index, int pairs)
    {
        Vector512<uint> tableStarts = Vector512.Create(0x30201000u);
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

    private static void ExpandCodes32(byte* first, byte* second, byte* index, int pairs)
    {
        Vector512<ushort> tableStarts = Vector512.Create((ushort)0x2000);
        for (int pair = 0; pair < pairs; pair++)
        {
            Vector512<ushort> even = Avx512BW.ConvertToVector512UInt16(Vector256.Create(Vector128.Load(first), Vector128.Load(second)));
            Vector512<ushort> odd = Avx512BW.ConvertToVector512UInt16(Vector256.Create(Vector128.Load(first + 16), Vector128.Load(second + 16)));
            (even | (odd << 8) | tableStarts).Store((ushort*)index);
            first += 32;
            second += 32;
            index += 64;
        }
    }

    /// <summary>Whole blocks of rows and outputs, from table look-ups to floats in memory without leaving the registers.</summary>
    private static void SumWholeBlocks<TSink>(in OutputTile tile, int pairs, int blockRows, int rows)
        where TSink : struct, Avx512Output.ISink<TSink>
    {
        for (int first = 0; first < rows; first += blockRows)
        {
            tile.AskAhead(blockRows, PermutedOutputs(tile.Leaves));
            SumBlock<TSink>(tile, tile.Codes + (first / 16 * tile.CodeBlockStride), tile.Tables, pairs, tile.Destination + (first * tile.RowStride));
        }
    }

    /// <summary>What is not whole: last rows, last outputs, more codebooks than 16-bit lanes hold, and extreme scales.</summary>
    [SkipLocalsInit]
    private static void SumParts(in OutputTile tile, int pairs, int start)
    {
        byte* memory = stackalloc byte[(16 * Width * (sizeof(ushort) + sizeof(int))) + StackMemory.Slack];
        ushort* block = (ushort*)StackMemory.Align(memory);
        int* sums = (int*)(block + (16 * Width));
        int blockRows = TileBlockRows(tile.Leaves);
        for (int first = start; first < tile.Rows; first += blockRows)
        {
            tile.AskAhead(Math.Min(blockRows, tile.Rows - first), tile.Outputs);
            byte* index = tile.Codes + (first / 16 * tile.CodeBlockStride);
            if (tile.Leaves == 16 && pairs <= FlushPairs)
            {
                SumBlock<Avx512Output.Spill>(tile, index, tile.Tables, pairs, block);
                Avx512Output.Store(tile, block, tile.Destination + (first * tile.RowStride), Math.Min(16, tile.Rows - first));
                continue;
            }

            new Span<int>(sums, 16 * Width).Clear();
            for (int pair = 0; pair < pairs; pair += FlushPairs)
            {
                SumBlock<Avx512Output.Spill>(tile, index + (pair * 64), tile.Tables + (pair * 1024), Math.Min(FlushPairs, pairs - pair), block);
                Avx512Output.Add(block, sums);
            }

            Avx512Output.Store(tile, sums, PermutedOutputs(tile.Leaves), tile.Destination + (first * tile.RowStride), Math.Min(blockRows, tile.Rows - first));
        }
    }
}
