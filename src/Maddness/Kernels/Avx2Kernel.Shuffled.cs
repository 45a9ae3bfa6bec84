using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>Sums of narrow tiles by byte shuffles: a 128-bit lane holds the table of an output, and its 16 bytes are the codes of a block's rows.</content>
internal readonly unsafe partial struct Avx2Kernel
{
    /// <summary>Outputs of a narrow tile of 16 leaves.</summary>
    private const int NarrowWidth = 3 * Width;

    /// <summary>Of so many outputs or fewer each is in both lanes, which serve two blocks.</summary>
    private const int FewOutputs = Width / 2;

    /// <summary>What the two lanes of a register serve.</summary>
    internal interface ILanes
    {
        /// <summary>Blocks of 16 rows.</summary>
        static abstract int Blocks { get; }

        /// <summary>Bytes of the tables of one codebook.</summary>
        static abstract int TableBytes { get; }

        static abstract Vector256<byte> Codes(byte* block, byte* nextBlock);

        /// <summary>The tables of register <paramref name="i"/>.</summary>
        static abstract Vector256<byte> Tables(byte* tables, int i);
    }

    /// <summary>Up to 24 outputs are shuffled (measured on Zen 4, 512 rows, C = 4 and 16, ns a row: 24 outputs 4.4 and 7.6 shuffled, 6.1 and 10.4 loaded; 32 outputs 5.9 and 10.0, 5.0 and 9.1). With more leaves than a byte shuffle reaches, none.</summary>
    public static int NarrowOutputs(int leaves) => leaves == 16 ? NarrowWidth : 0;

    /// <summary>Up to three times eight outputs.</summary>
    [MethodImpl(Compiled.Once)]
    public static void PackNarrowTile(in TableSource source, int firstOutput, byte* packed)
    {
        int end = Math.Min(firstOutput + NarrowWidth, source.Outputs);
        for (int output = firstOutput; output < end; output += Width)
        {
            if (end - output <= FewOutputs)
            {
                source.CopyTables(output, FewOutputs, packed);
            }
            else
            {
                PackShuffled(source, output, packed);
            }

            packed += ShuffledBytes(source.Codebooks);
        }
    }

    /// <summary>Two blocks at a time, so that of a line which two times eight outputs share the first half has not left the cache before the second comes.</summary>
    [MethodImpl(Compiled.Once)]
    public static void SumNarrowTile(in OutputTile tile)
    {
        if (tile.Outputs <= Width)
        {
            SumShuffled(tile);
            return;
        }

        OutputTile part = tile;
        int last = (tile.Outputs - 1) / Width * Width;
        for (int first = 0; first < tile.Rows; first += 32)
        {
            part.Rows = Math.Min(32, tile.Rows - first);

            // From the last outputs to the first: where nothing lies between rows, more than the last ones may be stored, whole lanes of four or eight, as what they reach of the next row, up to three outputs, is yet to come.
            bool areLanesWhole = tile.RowStride == tile.Outputs && first + part.Rows < tile.Rows;
            for (int output = last; output >= 0; output -= Width)
            {
                part.Outputs = Math.Min(Width, tile.Outputs - output);
                part.Tables = tile.Tables + (output / Width * ShuffledBytes(tile.Codebooks));
                part.Scales = tile.Scales + output;
                part.Offsets = tile.Offsets + output;
                part.Bias = tile.Bias + output;
                part.Destination = tile.Destination + (first * tile.RowStride) + output;
                if (areLanesWhole)
                {
                    part.Outputs = part.Outputs <= FewOutputs ? FewOutputs : Width;
                }

                SumShuffled(part);
            }

            part.Codes += 2 * tile.CodeBlockStride;
        }
    }

    /// <summary>[codebook][i in 0..3]: 32 bytes, the tables of outputs i and 4 + i.</summary>
    [MethodImpl(Compiled.Once)]
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

    /// <summary>Bytes of the tables of <see cref="Width"/> outputs.</summary>
    private static int ShuffledBytes(int codebooks) => codebooks * 16 * Width;

    /// <summary>Up to eight outputs.</summary>
    [MethodImpl(Compiled.Once)]
    private static void SumShuffled(in OutputTile tile)
    {
        if (tile.Codebooks > OutputTile.FlushCodebooks || !tile.ScalesAreModerate)
        {
            SumParts(tile);
            return;
        }

        int rows;
        if (tile.Outputs <= FewOutputs)
        {
            rows = tile.Outputs == FewOutputs ? tile.Rows / 32 * 32 : 0;
            SumBlocks<BlocksInLanes, Avx2Output.FourOutputs>(tile, 0, rows);
            SumBlocks<BlocksInLanes, Avx2Output.PartsOfRows<BlocksInLanes>>(tile, rows, tile.Rows);
            return;
        }

        rows = tile.Outputs == Width ? tile.Rows / 16 * 16 : 0;
        if (tile.HasFloor)
        {
            SumBlocks<OutputsInLanes, Avx2Output.Rows<FullEpilogue>>(tile, 0, rows);
        }
        else if (tile.HasBias)
        {
            SumBlocks<OutputsInLanes, Avx2Output.Rows<BiasEpilogue>>(tile, 0, rows);
        }
        else
        {
            SumBlocks<OutputsInLanes, Avx2Output.Rows<NoEpilogue>>(tile, 0, rows);
        }

        SumBlocks<OutputsInLanes, Avx2Output.PartsOfRows<OutputsInLanes>>(tile, rows, tile.Rows);
    }

    /// <summary>Blocks of rows, from table look-ups to floats in memory without leaving the registers; a last one that is not whole is for a sink that heeds its rows.</summary>
    [MethodImpl(Compiled.Once)]
    private static void SumBlocks<TLanes, TSink>(in OutputTile tile, int start, int end)
        where TLanes : struct, ILanes
        where TSink : struct, Avx2Output.ISink<TSink>
    {
        int step = TLanes.Blocks * 16;
        for (int first = start; first < end; first += step)
        {
            int rows = Math.Min(step, end - first);
            tile.AskAhead(rows, tile.Outputs);
            byte* codes = tile.CodesOf(first);
            SumBlock<TLanes, TSink>(tile, codes, rows > 16 ? codes + tile.CodeBlockStride : codes, tile.Tables, tile.Codebooks, tile.Destination + (first * tile.RowStride), rows);
        }
    }

    /// <summary>More codebooks than 16-bit lanes hold, and extreme scales.</summary>
    [MethodImpl(Compiled.Once)]
    private static void SumParts(in OutputTile tile)
    {
        if (tile.Outputs <= FewOutputs)
        {
            SumParts<BlocksInLanes>(tile);
        }
        else
        {
            SumParts<OutputsInLanes>(tile);
        }
    }

    [MethodImpl(Compiled.Once)]
    [SkipLocalsInit]
    private static void SumParts<TLanes>(in OutputTile tile)
        where TLanes : struct, ILanes
    {
        int* sums = stackalloc int[16 * Width];
        int step = TLanes.Blocks * 16;
        for (int first = 0; first < tile.Rows; first += step)
        {
            int rows = Math.Min(step, tile.Rows - first);
            byte* codes = tile.CodesOf(first);
            byte* nextCodes = rows > 16 ? codes + tile.CodeBlockStride : codes;
            new Span<int>(sums, 16 * Width).Clear();
            for (int codebook = 0; codebook < tile.Codebooks; codebook += OutputTile.FlushCodebooks)
            {
                int count = Math.Min(OutputTile.FlushCodebooks, tile.Codebooks - codebook);
                SumBlock<TLanes, Avx2Output.Adding>(tile, codes + (codebook * 16), nextCodes + (codebook * 16), tile.Tables + (codebook * TLanes.TableBytes), count, sums, rows);
            }

            Avx2Output.Store<TLanes>(tile, sums, tile.Destination + (first * tile.RowStride), rows);
        }
    }

    /// <summary>Sums up to 256 codebooks, 16 rows × 8 outputs or 32 rows × 4 outputs, and hands them, a register at a time, to a sink.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SumBlock<TLanes, TSink>(in OutputTile tile, byte* codes, byte* nextCodes, byte* tables, int codebooks, void* target, int rows)
        where TLanes : struct, ILanes
        where TSink : struct, Avx2Output.ISink<TSink>
    {
        // Each 128-bit lane serves one output of one block; its 16 bytes are the block's rows. all: 16-bit lanes of row pairs added whole, modulo 65,536;
        // odd: their high bytes, the odd rows, exact. The even rows follow by subtraction: one operation fewer than masking.
        Vector256<ushort> all0 = default, all1 = default, all2 = default, all3 = default;
        Vector256<ushort> odd0 = default, odd1 = default, odd2 = default, odd3 = default;
        int codebook = 0;
        for (int fours = tile.FoursOf(codebooks); codebook < fours; codebook += 4)
        {
            Vector256<byte> code0 = TLanes.Codes(codes, nextCodes), code1 = TLanes.Codes(codes + 16, nextCodes + 16);
            Vector256<byte> code2 = TLanes.Codes(codes + 32, nextCodes + 32), code3 = TLanes.Codes(codes + 48, nextCodes + 48);
            Vector256<ushort> entries = ShuffleFour<TLanes>(tables, 0, code0, code1, code2, code3);
            all0 += entries;
            odd0 += entries >>> 8;
            entries = ShuffleFour<TLanes>(tables, 1, code0, code1, code2, code3);
            all1 += entries;
            odd1 += entries >>> 8;
            entries = ShuffleFour<TLanes>(tables, 2, code0, code1, code2, code3);
            all2 += entries;
            odd2 += entries >>> 8;
            entries = ShuffleFour<TLanes>(tables, 3, code0, code1, code2, code3);
            all3 += entries;
            odd3 += entries >>> 8;
            codes += 64;
            nextCodes += 64;
            tables += 4 * TLanes.TableBytes;
        }

        for (; codebook < codebooks; codebook++)
        {
            Vector256<byte> code = TLanes.Codes(codes, nextCodes);
            Vector256<ushort> entries = Avx2.Shuffle(TLanes.Tables(tables, 0), code).AsUInt16();
            all0 += entries;
            odd0 += entries >>> 8;
            entries = Avx2.Shuffle(TLanes.Tables(tables, 1), code).AsUInt16();
            all1 += entries;
            odd1 += entries >>> 8;
            entries = Avx2.Shuffle(TLanes.Tables(tables, 2), code).AsUInt16();
            all2 += entries;
            odd2 += entries >>> 8;
            entries = Avx2.Shuffle(TLanes.Tables(tables, 3), code).AsUInt16();
            all3 += entries;
            odd3 += entries >>> 8;
            codes += 16;
            nextCodes += 16;
            tables += TLanes.TableBytes;
        }

        TSink sink = TSink.Create(tile, target, rows);
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

    /// <summary>The sums, bytes, of the entries of register <paramref name="i"/> in four codebooks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> ShuffleFour<TLanes>(byte* tables, int i, Vector256<byte> code0, Vector256<byte> code1, Vector256<byte> code2, Vector256<byte> code3)
        where TLanes : struct, ILanes
    {
        Vector256<byte> first = Avx2.Shuffle(TLanes.Tables(tables, i), code0) + Avx2.Shuffle(TLanes.Tables(tables + TLanes.TableBytes, i), code1);
        Vector256<byte> second = Avx2.Shuffle(TLanes.Tables(tables + (2 * TLanes.TableBytes), i), code2) + Avx2.Shuffle(TLanes.Tables(tables + (3 * TLanes.TableBytes), i), code3);
        return (first + second).AsUInt16();
    }

    /// <summary>Transposes four outputs × eight every-other rows in each lane: register i holds output i, and in the high lane output 4 + i, or output i of the next block.</summary>
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

    /// <summary>Outputs i and 4 + i of one block.</summary>
    private readonly struct OutputsInLanes : ILanes
    {
        public static int Blocks => 1;

        public static int TableBytes => 16 * Width;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<byte> Codes(byte* block, byte* nextBlock) => Avx2.BroadcastVector128ToVector256(block);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<byte> Tables(byte* tables, int i) => Vector256.Load(tables + (32 * i));
    }

    /// <summary>Output i of two blocks.</summary>
    private readonly struct BlocksInLanes : ILanes
    {
        public static int Blocks => 2;

        public static int TableBytes => 16 * FewOutputs;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<byte> Codes(byte* block, byte* nextBlock) => Vector256.Create(Vector128.Load(block), Vector128.Load(nextBlock));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<byte> Tables(byte* tables, int i) => Avx2.BroadcastVector128ToVector256(tables + (16 * i));
    }
}
