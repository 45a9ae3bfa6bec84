using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Maddness.Kernels;

/// <content>Sums of tiles, and of 16 rows × 32 outputs.</content>
internal readonly unsafe partial struct Avx512Kernel
{
    /// <summary>A way to sum up to 256 codebooks, 16 rows × 32 outputs, and to hand them to a sink: register r holds row r, 16 dwords of outputs i (low half) and 16 + i (high half). Sinks that do not take rows are for shuffled blocks only.</summary>
    private interface IBlock
    {
        /// <summary>Bytes of a block's codes in one codebook.</summary>
        static abstract int CodeBytes { get; }

        static abstract void Sum<TSink>(in OutputTile tile, byte* codes, byte* tables, int codebooks, void* target)
            where TSink : struct, Avx512Output.ISink<TSink>;
    }

    /// <summary>A way to sum a tile of so many outputs.</summary>
    private interface ITileSums
    {
        /// <summary>Outputs of a whole tile.</summary>
        static abstract int Outputs { get; }

        /// <summary>Whole blocks of rows and outputs, from table look-ups to floats in memory without leaving the registers.</summary>
        static abstract void SumWholeBlocks<TSink>(in OutputTile tile, int rows)
            where TSink : struct, Avx512Output.ISink<TSink>;

        /// <summary>What is not whole: last rows, last outputs, more codebooks than 16-bit lanes hold, and extreme scales.</summary>
        static abstract void SumParts(in OutputTile tile, int start);
    }

    /// <summary>A tile of 32 outputs, block by block.</summary>
    private readonly struct BlockTile<TBlock> : ITileSums
        where TBlock : struct, IBlock
    {
        public static int Outputs => Width;

        public static void SumWholeBlocks<TSink>(in OutputTile tile, int rows)
            where TSink : struct, Avx512Output.ISink<TSink>
        {
            for (int first = 0; first < rows; first += 16)
            {
                tile.AskAhead(16, Width);
                TBlock.Sum<TSink>(tile, tile.Codes + (first / 16 * tile.CodeBlockStride), tile.Tables, tile.Codebooks, tile.Destination + (first * tile.RowStride));
            }
        }

        [SkipLocalsInit]
        public static void SumParts(in OutputTile tile, int start)
        {
            byte* memory = stackalloc byte[(16 * Width * (sizeof(ushort) + sizeof(int))) + StackMemory.Slack];
            ushort* rows = (ushort*)StackMemory.Align(memory);
            int* sums = (int*)(rows + (16 * Width));
            for (int first = start; first < tile.Rows; first += 16)
            {
                byte* codes = tile.Codes + (first / 16 * tile.CodeBlockStride);
                float* destination = tile.Destination + (first * tile.RowStride);
                int count = Math.Min(16, tile.Rows - first);
                tile.AskAhead(count, tile.Outputs);
                if (tile.Codebooks <= OutputTile.FlushCodebooks)
                {
                    TBlock.Sum<Avx512Output.Spill>(tile, codes, tile.Tables, tile.Codebooks, rows);
                    Avx512Output.Store(tile, rows, destination, count);
                    continue;
                }

                new Span<int>(sums, 16 * Width).Clear();
                for (int codebook = 0; codebook < tile.Codebooks; codebook += OutputTile.FlushCodebooks)
                {
                    byte* tables = tile.Tables + ((nint)codebook * tile.Leaves * Width);
                    TBlock.Sum<Avx512Output.Spill>(tile, codes + (codebook * TBlock.CodeBytes), tables, Math.Min(OutputTile.FlushCodebooks, tile.Codebooks - codebook), rows);
                    Avx512Output.Add(rows, sums);
                }

                Avx512Output.Store(tile, sums, Width, destination, count);
            }
        }
    }

    /// <summary>16 leaves, by byte shuffles. A sink that does not take rows gets the sums of even rows, then of odd ones.</summary>
    private readonly struct ShuffledBlock : IBlock
    {
        public static int CodeBytes => 16;

        public static void Sum<TSink>(in OutputTile tile, byte* codes, byte* tables, int codebooks, void* target)
            where TSink : struct, Avx512Output.ISink<TSink>
        {
            // Each 128-bit lane serves one output; its 16 bytes are the block's rows. all: 16-bit lanes of row pairs added whole, modulo 65,536;
            // odd: their high bytes, the odd rows, exact. The even rows follow by subtraction: one operation fewer than masking.
            Vector512<ushort> all0 = default, all1 = default, all2 = default, all3 = default, all4 = default, all5 = default, all6 = default, all7 = default;
            Vector512<ushort> odd0 = default, odd1 = default, odd2 = default, odd3 = default, odd4 = default, odd5 = default, odd6 = default, odd7 = default;
            for (int codebook = 0; codebook < codebooks; codebook++)
            {
                Vector512<byte> code = Avx512F.BroadcastVector128ToVector512((uint*)codes).AsByte();
                Vector512<ushort> entries = Avx512BW.Shuffle(Vector512.Load(tables), code).AsUInt16();
                all0 += entries;
                odd0 += entries >>> 8;
                entries = Avx512BW.Shuffle(Vector512.Load(tables + 64), code).AsUInt16();
                all1 += entries;
                odd1 += entries >>> 8;
                entries = Avx512BW.Shuffle(Vector512.Load(tables + 128), code).AsUInt16();
                all2 += entries;
                odd2 += entries >>> 8;
                entries = Avx512BW.Shuffle(Vector512.Load(tables + 192), code).AsUInt16();
                all3 += entries;
                odd3 += entries >>> 8;
                entries = Avx512BW.Shuffle(Vector512.Load(tables + 256), code).AsUInt16();
                all4 += entries;
                odd4 += entries >>> 8;
                entries = Avx512BW.Shuffle(Vector512.Load(tables + 320), code).AsUInt16();
                all5 += entries;
                odd5 += entries >>> 8;
                entries = Avx512BW.Shuffle(Vector512.Load(tables + 384), code).AsUInt16();
                all6 += entries;
                odd6 += entries >>> 8;
                entries = Avx512BW.Shuffle(Vector512.Load(tables + 448), code).AsUInt16();
                all7 += entries;
                odd7 += entries >>> 8;
                codes += 16;
                tables += 512;
            }

            all0 -= odd0 << 8;
            all1 -= odd1 << 8;
            all2 -= odd2 << 8;
            all3 -= odd3 << 8;
            all4 -= odd4 << 8;
            all5 -= odd5 << 8;
            all6 -= odd6 << 8;
            all7 -= odd7 << 8;
            TSink sink = TSink.Create(tile, target);
            if (!TSink.TakesRows)
            {
                sink.Take(0, all0.AsInt32());
                sink.Take(1, all1.AsInt32());
                sink.Take(2, all2.AsInt32());
                sink.Take(3, all3.AsInt32());
                sink.Take(4, all4.AsInt32());
                sink.Take(5, all5.AsInt32());
                sink.Take(6, all6.AsInt32());
                sink.Take(7, all7.AsInt32());
                sink.Take(8, odd0.AsInt32());
                sink.Take(9, odd1.AsInt32());
                sink.Take(10, odd2.AsInt32());
                sink.Take(11, odd3.AsInt32());
                sink.Take(12, odd4.AsInt32());
                sink.Take(13, odd5.AsInt32());
                sink.Take(14, odd6.AsInt32());
                sink.Take(15, odd7.AsInt32());
                return;
            }

            DeliverEveryOtherRow(all0, all1, all2, all3, all4, all5, all6, all7, sink, 0);
            DeliverEveryOtherRow(odd0, odd1, odd2, odd3, odd4, odd5, odd6, odd7, sink, 1);
        }

        /// <summary>An 8×8 transposition of 16-bit words within each 128-bit lane: from one register per output to one register per row.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void DeliverEveryOtherRow<TSink>(
            Vector512<ushort> r0,
            Vector512<ushort> r1,
            Vector512<ushort> r2,
            Vector512<ushort> r3,
            Vector512<ushort> r4,
            Vector512<ushort> r5,
            Vector512<ushort> r6,
            Vector512<ushort> r7,
            in TSink sink,
            int row)
            where TSink : struct, Avx512Output.ISink<TSink>
        {
            // Pairs of outputs: rows 0..3 in "Low", 4..7 in "High".
            Vector512<uint> pair01Low = Avx512BW.UnpackLow(r0, r1).AsUInt32();
            Vector512<uint> pair01High = Avx512BW.UnpackHigh(r0, r1).AsUInt32();
            Vector512<uint> pair23Low = Avx512BW.UnpackLow(r2, r3).AsUInt32();
            Vector512<uint> pair23High = Avx512BW.UnpackHigh(r2, r3).AsUInt32();
            Vector512<uint> pair45Low = Avx512BW.UnpackLow(r4, r5).AsUInt32();
            Vector512<uint> pair45High = Avx512BW.UnpackHigh(r4, r5).AsUInt32();
            Vector512<uint> pair67Low = Avx512BW.UnpackLow(r6, r7).AsUInt32();
            Vector512<uint> pair67High = Avx512BW.UnpackHigh(r6, r7).AsUInt32();

            // Quadruples of outputs, two rows each.
            Vector512<ulong> quad03Rows01 = Avx512F.UnpackLow(pair01Low, pair23Low).AsUInt64();
            Vector512<ulong> quad03Rows23 = Avx512F.UnpackHigh(pair01Low, pair23Low).AsUInt64();
            Vector512<ulong> quad03Rows45 = Avx512F.UnpackLow(pair01High, pair23High).AsUInt64();
            Vector512<ulong> quad03Rows67 = Avx512F.UnpackHigh(pair01High, pair23High).AsUInt64();
            Vector512<ulong> quad47Rows01 = Avx512F.UnpackLow(pair45Low, pair67Low).AsUInt64();
            Vector512<ulong> quad47Rows23 = Avx512F.UnpackHigh(pair45Low, pair67Low).AsUInt64();
            Vector512<ulong> quad47Rows45 = Avx512F.UnpackLow(pair45High, pair67High).AsUInt64();
            Vector512<ulong> quad47Rows67 = Avx512F.UnpackHigh(pair45High, pair67High).AsUInt64();

            // Whole rows: the eight rows of this parity stand two rows apart.
            sink.Take(row, Avx512F.UnpackLow(quad03Rows01, quad47Rows01).AsInt32());
            sink.Take(row + 2, Avx512F.UnpackHigh(quad03Rows01, quad47Rows01).AsInt32());
            sink.Take(row + 4, Avx512F.UnpackLow(quad03Rows23, quad47Rows23).AsInt32());
            sink.Take(row + 6, Avx512F.UnpackHigh(quad03Rows23, quad47Rows23).AsInt32());
            sink.Take(row + 8, Avx512F.UnpackLow(quad03Rows45, quad47Rows45).AsInt32());
            sink.Take(row + 10, Avx512F.UnpackHigh(quad03Rows45, quad47Rows45).AsInt32());
            sink.Take(row + 12, Avx512F.UnpackLow(quad03Rows67, quad47Rows67).AsInt32());
            sink.Take(row + 14, Avx512F.UnpackHigh(quad03Rows67, quad47Rows67).AsInt32());
        }
    }
}
