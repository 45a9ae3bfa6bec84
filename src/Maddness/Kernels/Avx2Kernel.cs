using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Maddness.Kernels;

/// <summary>256-bit vectors: AVX2 with FMA.</summary>
internal readonly unsafe partial struct Avx2Kernel : IKernel
{
    /// <summary>Outputs summed at once by byte shuffles: two per register, in four registers with two accumulators each, half of the 16 registers.</summary>
    internal const int Width = 8;

    /// <summary>Outputs of a narrow tile of 16 leaves.</summary>
    private const int NarrowWidth = 3 * Width;

    /// <summary>Outputs summed at once row by row.</summary>
    private const int RowChunk = 32;

    /// <inheritdoc/>
    public static KernelLevel Level => KernelLevel.Avx2;

    /// <inheritdoc/>
    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    /// <inheritdoc/>
    public static int TileOutputs(int leaves) => LeafWidth;

    /// <summary>
    /// From codes, 16 leaves, 100 outputs, C = 8 and 16, ns a row (Zen 4): a call of 6 rows took 119 and 141 by tiles and 107 to 115 and 141 to 148 row by row, one of 8 88 and 106 and 92 to 96 and 127 to 131. Row by row 32 outputs
    /// cost what one does: with fewer, tiles win (10 outputs, C = 16, 7 rows: 400 and 464 ns).
    /// </summary>
    public static int MinTileRows(int leaves, int outputs) => leaves == 16 && outputs >= RowChunk ? 7 : 6;

    /// <summary>A wide tile takes 4 rows at a time, its tables in cache by then: as above, calls of 17 to 22 rows took less with the last ones in a tile.</summary>
    public static int MinTailRows(int leaves, int outputs) => 0;

    /// <inheritdoc/>
    public static void Encode<T>(in EncodeTile<T> tile)
        where T : unmanaged
    {
        for (int codebook = 0; codebook < tile.Codebooks; codebook++)
        {
            switch (tile.Levels)
            {
                case 4:
                    EncodeTree<T, Constant.Four>(tile, codebook);
                    break;
                case 5:
                    EncodeTree<T, Constant.Five>(tile, codebook);
                    break;
                default:
                    EncodeTree<T, Constant.Six>(tile, codebook);
                    break;
            }
        }
    }

    /// <inheritdoc/>
    public static bool TransposesWindows => true;

    /// <inheritdoc/>
    public static void TransposeWindows(float* source, nint rowStride, int* windows, int count, float* target, nint targetStride)
    {
        for (int window = 0; window < count; window++)
        {
            float* rows = source + windows[window];
            for (int column = 0; column < 16; column += 4)
            {
                Avx2Transpose.FourColumns(rows + column, rowStride, target, targetStride);
                Avx2Transpose.FourColumns(rows + (8 * rowStride) + column, rowStride, target + 8, targetStride);
                target += 4 * targetStride;
            }
        }
    }

    /// <summary>Up to 24 outputs are shuffled (measured on Zen 4, 512 rows, C = 4 and 16, ns a row: 24 outputs 4.4 and 7.6 shuffled, 6.1 and 10.4 loaded; 32 outputs 5.9 and 10.0, 5.0 and 9.1). With more leaves than a byte shuffle reaches, none.</summary>
    public static int NarrowOutputs(int leaves) => leaves == 16 ? NarrowWidth : 0;

    /// <summary>Up to three times eight outputs.</summary>
    public static void PackNarrowTile(in TableSource source, int firstOutput, byte* packed)
    {
        for (int output = firstOutput; output < Math.Min(firstOutput + NarrowWidth, source.Outputs); output += Width)
        {
            PackShuffled(source, output, packed);
            packed += ShuffledBytes(source.Codebooks);
        }
    }

    /// <summary>Block by block, so that of a line which two times eight outputs share the first half has not left the cache before the second comes.</summary>
    public static void SumNarrowTile(in OutputTile tile)
    {
        if (tile.Outputs <= Width)
        {
            SumShuffled(tile);
            return;
        }

        OutputTile part = tile;
        for (int first = 0; first < tile.Rows; first += 16)
        {
            part.Rows = Math.Min(16, tile.Rows - first);
            part.Tables = tile.Tables;
            for (int output = 0; output < tile.Outputs; output += Width)
            {
                part.Outputs = Math.Min(Width, tile.Outputs - output);
                part.Scales = tile.Scales + output;
                part.Offsets = tile.Offsets + output;
                part.Bias = tile.Bias + output;
                part.Destination = tile.Destination + (first * tile.RowStride) + output;
                SumShuffled(part);
                part.Tables += ShuffledBytes(tile.Codebooks);
            }

            part.Codes += tile.CodeBlockStride;
        }
    }

    /// <inheritdoc/>
    public static void SumRows(in OutputTile tile)
    {
        for (int row = 0; row < tile.Rows; row++)
        {
            byte* codes = tile.Codes + (row / 16 * tile.CodeBlockStride) + (row % 16);
            float* destination = tile.Destination + (row * tile.RowStride);
            for (int output = 0; output < tile.Outputs; output += RowChunk)
            {
                Vector256<int> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
                for (int start = 0; start < tile.Codebooks; start += OutputTile.FlushCodebooks)
                {
                    // 32 outputs: two vectors of sixteen 16-bit sums.
                    Vector256<ushort> low = default, high = default;
                    int end = Math.Min(start + OutputTile.FlushCodebooks, tile.Codebooks);
                    for (int codebook = start; codebook < end; codebook++)
                    {
                        byte* entries = tile.Tables + (((codebook * tile.Leaves) + codes[codebook * 16]) * tile.LeafStride) + output;
                        low += Avx2.ConvertToVector256Int16(entries).AsUInt16();
                        high += Avx2.ConvertToVector256Int16(entries + 16).AsUInt16();
                    }

                    sum0 += Vector256.WidenLower(low).AsInt32();
                    sum1 += Vector256.WidenUpper(low).AsInt32();
                    sum2 += Vector256.WidenLower(high).AsInt32();
                    sum3 += Vector256.WidenUpper(high).AsInt32();
                }

                int left = tile.Outputs - output;
                StorePart(sum0, tile, destination, output, left);
                StorePart(sum1, tile, destination, output + 8, left - 8);
                StorePart(sum2, tile, destination, output + 16, left - 16);
                StorePart(sum3, tile, destination, output + 24, left - 24);
            }
        }
    }

    private static void EncodeTree<T, TLevels>(in EncodeTile<T> tile, int codebook)
        where T : unmanaged
        where TLevels : struct, IConstant
    {
        float* thresholds = tile.Thresholds + (codebook << TLevels.Value);
        nint* columns = tile.ColumnOffsets + (codebook * TLevels.Value);
        T* column0 = tile.Source + columns[0];
        T* column1 = tile.Source + columns[1];
        T* column2 = tile.Source + columns[2];
        T* column3 = tile.Source + columns[3];
        T* column4 = TLevels.Value > 4 ? tile.Source + columns[4] : null;
        T* column5 = TLevels.Value > 5 ? tile.Source + columns[5] : null;

        // Nodes 0..7 hold levels 0 to 2, nodes 8..15 level 3: the permutation reads the low three bits of a node.
        Vector256<float> upperLevels = Vector256.Load(thresholds);
        Vector256<float> level3 = Vector256.Load(thresholds + 8);
        Vector256<float> root = Vector256.Create(thresholds[1]);
        byte* codes = tile.Codes + (codebook * EncodeTile<T>.BlockRows);
        for (int block = 0; block < tile.Blocks; block++)
        {
            Vector256<int> low = Vector256<int>.Zero, high = Vector256<int>.Zero;
            for (int half = 0; half < 2; half++)
            {
                nint row = (block * EncodeTile<T>.BlockRows) + (half * 8);
                Vector256<int> node = Vector256.Create(2) - Vector256.GreaterThan(Load8(column0 + row), root).AsInt32();
                node = Descend(node, Load8(column1 + row), Avx2.PermuteVar8x32(upperLevels, node));
                node = Descend(node, Load8(column2 + row), Avx2.PermuteVar8x32(upperLevels, node));
                node = Descend(node, Load8(column3 + row), Avx2.PermuteVar8x32(level3, node));
                if (TLevels.Value > 4)
                {
                    node = Descend(node, Load8(column4 + row), Permute16(thresholds + 16, node));
                }

                if (TLevels.Value > 5)
                {
                    // Bit 4 of nodes 32..63, as a sign, tells their halves apart.
                    Vector256<float> threshold = Avx.BlendVariable(Permute16(thresholds + 32, node), Permute16(thresholds + 48, node), (node << 27).AsSingle());
                    node = Descend(node, Load8(column5 + row), threshold);
                }

                low = high;
                high = node - Vector256.Create(1 << TLevels.Value);
            }

            // 16 dwords to 16 bytes: packing works within 128-bit lanes, so the quarters are put in order at the end.
            Vector256<short> words = Avx2.PackSignedSaturate(low, high);
            words = Avx2.Permute4x64(words.AsInt64(), 0b11_01_10_00).AsInt16();
            Sse2.PackUnsignedSaturate(words.GetLower(), words.GetUpper()).Store(codes);
            codes += tile.CodeBlockStride;
        }
    }

    /// <summary>Looks up 16 thresholds by the low four bits of a node; the fourth one, as a sign, chooses between two permutations. (A gather takes tens of operations on some CPUs.)</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Permute16(float* thresholds, Vector256<int> node) =>
        Avx.BlendVariable(Avx2.PermuteVar8x32(Vector256.Load(thresholds), node), Avx2.PermuteVar8x32(Vector256.Load(thresholds + 8), node), (node << 28).AsSingle());

    /// <summary>[codebook][i in 0..3]: 32 bytes, the tables of outputs i and 4 + i.</summary>
    private static void PackShuffled(in TableSource source, int firstOutput, byte* packed)
    {
        for (int codebook = 0; codebook < source.Codebooks; codebook++)
        {
            for (int i = 0; i < 4; i++)
            {
                source.CopyTable(firstOutput + i, codebook, new Span<byte>(packed, 16));
                source.CopyTable(firstOutput + 4 + i, codebook, new Span<byte>(packed + 16, 16));
                packed += 32;
            }
        }
    }

    private static void SumShuffled(in OutputTile tile)
    {
        bool isDirect = tile.Codebooks <= OutputTile.FlushCodebooks && tile.ScalesAreModerate;
        int rows = 0;
        if (isDirect)
        {
            rows = tile.Rows / 16 * 16;
            switch (tile.Outputs >= Width, tile.HasBias)
            {
                case (true, true):
                    SumBlocks<Avx2Output.Rows<WithBias>>(tile, rows);
                    break;
                case (true, false):
                    SumBlocks<Avx2Output.Rows<WithoutBias>>(tile, rows);
                    break;
                default:
                    SumBlocks<Avx2Output.PartsOfRows>(tile, rows);
                    break;
            }
        }

        if (rows == tile.Rows)
        {
            return;
        }

        OutputTile last = tile;
        last.Rows -= rows;
        last.Codes += rows / 16 * tile.CodeBlockStride;
        last.Destination += rows * tile.RowStride;
        if (isDirect)
        {
            SumBlocks<Avx2Output.PartsOfRows>(last, last.Rows);
        }
        else
        {
            SumParts(last);
        }
    }

    /// <summary>Bytes of the tables of <see cref="Width"/> outputs.</summary>
    private static int ShuffledBytes(int codebooks) => codebooks * 16 * Width;

    /// <summary>Blocks of rows, from table look-ups to floats in memory without leaving the registers; a block that is not whole is a tile of its own, for a sink that heeds its rows.</summary>
    private static void SumBlocks<TSink>(in OutputTile tile, int rows)
        where TSink : struct, Avx2Output.ISink<TSink>
    {
        for (int first = 0; first < rows; first += 16)
        {
            tile.AskAhead(16, tile.Outputs);
            SumBlock<TSink>(tile, tile.Codes + (first / 16 * tile.CodeBlockStride), tile.Tables, tile.Codebooks, tile.Destination + (first * tile.RowStride));
        }
    }

    /// <summary>More codebooks than 16-bit lanes hold, and extreme scales.</summary>
    [SkipLocalsInit]
    private static void SumParts(in OutputTile tile)
    {
        int* sums = stackalloc int[16 * Width];
        for (int first = 0; first < tile.Rows; first += 16)
        {
            byte* codes = tile.Codes + (first / 16 * tile.CodeBlockStride);
            new Span<int>(sums, 16 * Width).Clear();
            for (int codebook = 0; codebook < tile.Codebooks; codebook += OutputTile.FlushCodebooks)
            {
                int count = Math.Min(OutputTile.FlushCodebooks, tile.Codebooks - codebook);
                SumBlock<Avx2Output.Adding>(tile, codes + (codebook * 16), tile.Tables + (codebook * 16 * Width), count, sums);
            }

            Avx2Output.Store(tile, sums, tile.Destination + (first * tile.RowStride), Math.Min(16, tile.Rows - first));
        }
    }

    /// <summary>Sums up to 256 codebooks, 16 rows × 8 outputs, and hands them, two rows or a register at a time, to a sink.</summary>
    private static void SumBlock<TSink>(in OutputTile tile, byte* codes, byte* tables, int codebooks, void* target)
        where TSink : struct, Avx2Output.ISink<TSink>
    {
        // Each 128-bit lane serves one output; its 16 bytes are the block's rows. all: 16-bit lanes of row pairs added whole, modulo 65,536;
        // odd: their high bytes, the odd rows, exact. The even rows follow by subtraction: one operation fewer than masking.
        Vector256<ushort> all0 = default, all1 = default, all2 = default, all3 = default;
        Vector256<ushort> odd0 = default, odd1 = default, odd2 = default, odd3 = default;
        for (int codebook = 0; codebook < codebooks; codebook++)
        {
            Vector256<byte> code = Avx2.BroadcastVector128ToVector256(codes);
            Vector256<ushort> entries = Avx2.Shuffle(Vector256.Load(tables), code).AsUInt16();
            all0 += entries;
            odd0 += entries >>> 8;
            entries = Avx2.Shuffle(Vector256.Load(tables + 32), code).AsUInt16();
            all1 += entries;
            odd1 += entries >>> 8;
            entries = Avx2.Shuffle(Vector256.Load(tables + 64), code).AsUInt16();
            all2 += entries;
            odd2 += entries >>> 8;
            entries = Avx2.Shuffle(Vector256.Load(tables + 96), code).AsUInt16();
            all3 += entries;
            odd3 += entries >>> 8;
            codes += 16;
            tables += 128;
        }

        TSink sink = TSink.Create(tile, target);
        if (!TSink.TakesRows)
        {
            sink.TakeTwo(0, all0 - (odd0 << 8));
            sink.TakeTwo(1, all1 - (odd1 << 8));
            sink.TakeTwo(2, all2 - (odd2 << 8));
            sink.TakeTwo(3, all3 - (odd3 << 8));
            sink.TakeTwo(4, odd0);
            sink.TakeTwo(5, odd1);
            sink.TakeTwo(6, odd2);
            sink.TakeTwo(7, odd3);
            return;
        }

        DeliverRows(all0 - (odd0 << 8), all1 - (odd1 << 8), all2 - (odd2 << 8), all3 - (odd3 << 8), sink, 0);
        DeliverRows(odd0, odd1, odd2, odd3, sink, 1);
    }

    /// <summary>Transposes eight outputs × eight every-other rows: register i holds outputs i (low lane) and 4 + i (high lane).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void DeliverRows<TSink>(Vector256<ushort> r0, Vector256<ushort> r1, Vector256<ushort> r2, Vector256<ushort> r3, in TSink sink, int row)
        where TSink : struct, Avx2Output.ISink<TSink>
    {
        // Pairs of outputs as 32 bits, then quadruples as 64 bits: two rows in each lane.
        Vector256<uint> pairs01Low = Avx2.UnpackLow(r0, r1).AsUInt32();
        Vector256<uint> pairs01High = Avx2.UnpackHigh(r0, r1).AsUInt32();
        Vector256<uint> pairs23Low = Avx2.UnpackLow(r2, r3).AsUInt32();
        Vector256<uint> pairs23High = Avx2.UnpackHigh(r2, r3).AsUInt32();
        sink.TakeTwo(row, Avx2.UnpackLow(pairs01Low, pairs23Low).AsUInt16());
        sink.TakeTwo(row + 4, Avx2.UnpackHigh(pairs01Low, pairs23Low).AsUInt16());
        sink.TakeTwo(row + 8, Avx2.UnpackLow(pairs01High, pairs23High).AsUInt16());
        sink.TakeTwo(row + 12, Avx2.UnpackHigh(pairs01High, pairs23High).AsUInt16());
    }

    private static void StorePart(Vector256<int> sums, in OutputTile tile, float* destination, int output, int left)
    {
        if (left <= 0)
        {
            return;
        }

        Vector256<float> value = (Vector256.ConvertToSingle(sums) * Vector256.Load(tile.Scales + output))
            + Vector256.Load(tile.Offsets + output) + Vector256.Load(tile.Bias + output);
        Avx2Output.StoreFirst(value, destination + output, left);
    }

    /// <summary>One level down: the right child where the value is greater; NaN compares false and goes left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Descend(Vector256<int> node, Vector256<float> value, Vector256<float> threshold) =>
        node + node - Vector256.GreaterThan(value, threshold).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Load8<T>(T* rows)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            return Vector256.Load((float*)rows);
        }

        if (typeof(T) == typeof(short))
        {
            return Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32((short*)rows));
        }

        return Vector256.ConvertToSingle(typeof(T) == typeof(sbyte) ? Avx2.ConvertToVector256Int32((sbyte*)rows) : Avx2.ConvertToVector256Int32((byte*)rows));
    }
}
