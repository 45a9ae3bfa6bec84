using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Maddness.Kernels;

/// <content>32 and 64 leaves, and 16 for <see cref="Avx512VbmiKernel{TPermutation}"/>: see <see cref="LeafTables"/>.</content>
internal readonly unsafe partial struct Avx512Kernel
{
    /// <summary>Outputs of a tile: one register of bytes for each leaf.</summary>
    internal const int LeafWidth = 2 * Width;

    /// <summary>Rows summed at once: two accumulators each, half of the 32 registers.</summary>
    private const int LeafRows = 8;

    /// <summary>Sums a tile in the layout of <see cref="PackLeafTile"/>, of any number of leaves, by index words (<see cref="LeafTables.ExpandCodes"/>).</summary>
    internal static void SumLeafTile(in OutputTile tile) => SumTile<LeafTile>(tile);

    /// <summary>
    /// Dword i of a leaf's 64 bytes holds outputs i, 32 + i, 16 + i and 48 + i: the even bytes become dwords of outputs i and 16 + i, as the sinks of <see cref="Avx512Output"/> take them, the odd ones the same of outputs 32 on.
    /// </summary>
    internal static void PackLeafTile(in TableSource source, int firstOutput, byte* packed) =>
        LeafTables.Pack(source, firstOutput, LeafWidth, static output => (4 * (output % 16)) + (2 * (output / 16 % 2)) + (output / Width), packed);

    /// <summary>Dword i of a leaf's 32 bytes, once they are 16-bit words, holds outputs i and 16 + i.</summary>
    private static void PackHalfLeaves(in TableSource source, int firstOutput, byte* packed) =>
        LeafTables.Pack(source, firstOutput, Width, static output => (2 * (output % 16)) + (output / 16), packed);

    /// <summary>A tile as two halves of 32 outputs, which share their tables.</summary>
    private readonly struct LeafTile : ITileSums
    {
        public static int Outputs => LeafWidth;

        public static void SumWholeBlocks<TSink>(in OutputTile tile, int rows)
            where TSink : struct, Avx512Output.ISink<TSink>
        {
            OutputTile left = Left(tile), right = Right(tile);
            for (int first = 0; first < rows; first += LeafRows)
            {
                tile.AskAhead(LeafRows, LeafWidth);
                nint start = first * tile.RowStride;
                SumLeaves<TSink>(left, right, LeafIndex(tile, first), tile.Tables, tile.Codebooks, left.Destination + start, right.Destination + start);
            }
        }

        public static void SumParts(in OutputTile tile, int start) => SumLeafParts(Left(tile), Right(tile), start);

        private static OutputTile Left(OutputTile tile)
        {
            tile.Outputs = Math.Min(Width, tile.Outputs);
            return tile;
        }

        private static OutputTile Right(OutputTile tile)
        {
            tile.Outputs -= Math.Min(Width, tile.Outputs);
            tile.Scales += Width;
            tile.Offsets += Width;
            tile.Bias += Width;
            tile.Destination += Width;
            tile.Heads = null;
            return tile;
        }
    }

    /// <summary>What is not whole: last rows, last outputs, more codebooks than 16-bit lanes hold, and extreme scales.</summary>
    [SkipLocalsInit]
    private static void SumLeafParts(in OutputTile left, in OutputTile right, int start)
    {
        const int Sums = 16 * Width;
        byte* memory = stackalloc byte[(2 * Sums * (sizeof(ushort) + sizeof(int))) + StackMemory.Slack];
        ushort* leftRows = (ushort*)StackMemory.Align(memory);
        ushort* rightRows = leftRows + Sums;
        int* leftSums = (int*)(rightRows + Sums);
        int* rightSums = leftSums + Sums;
        for (int first = start; first < left.Rows; first += 16)
        {
            int count = Math.Min(16, left.Rows - first);
            left.AskAhead(count, left.Outputs + right.Outputs);
            nint row = first * left.RowStride;
            if (left.Codebooks <= OutputTile.FlushCodebooks)
            {
                SpillLeaves(left, right, first, count, 0, left.Codebooks, leftRows, rightRows);
                Avx512Output.Store(left, leftRows, left.Destination + row, count);
                Avx512Output.Store(right, rightRows, right.Destination + row, count);
                continue;
            }

            new Span<int>(leftSums, 2 * Sums).Clear();
            for (int codebook = 0; codebook < left.Codebooks; codebook += OutputTile.FlushCodebooks)
            {
                SpillLeaves(left, right, first, 16, codebook, Math.Min(OutputTile.FlushCodebooks, left.Codebooks - codebook), leftRows, rightRows);
                Avx512Output.Add(leftRows, leftSums);
                Avx512Output.Add(rightRows, rightSums);
            }

            Avx512Output.Store(left, leftSums, Width, left.Destination + row, count);
            Avx512Output.Store(right, rightSums, Width, right.Destination + row, count);
        }
    }

    /// <summary>Sums up to 256 codebooks of up to 16 rows to memory, [row][dword of two 16-bit sums].</summary>
    private static void SpillLeaves(in OutputTile left, in OutputTile right, int first, int count, int codebook, int codebooks, ushort* leftRows, ushort* rightRows)
    {
        byte* tables = left.Tables + ((nint)codebook * left.Leaves * LeafWidth);
        for (int row = 0; row < count; row += LeafRows)
        {
            SumLeaves<Avx512Output.Spill>(left, right, LeafIndex(left, first + row) + (codebook * 16), tables, codebooks, leftRows + (row * Width), rightRows + (row * Width));
        }
    }

    private static ushort* LeafIndex(in OutputTile tile, int row) => (ushort*)(tile.Codes + (row / 16 * tile.CodeBlockStride)) + (row % 16);

    /// <summary>Sums up to 256 codebooks, 8 rows × 64 outputs, and hands row r as register r to two sinks, 32 outputs each.</summary>
    private static void SumLeaves<TSink>(in OutputTile left, in OutputTile right, ushort* index, byte* tables, int codebooks, void* leftTarget, void* rightTarget)
        where TSink : struct, Avx512Output.ISink<TSink>
    {
        // A row's 64 bytes at its code are two outputs to a 16-bit lane. all: the lanes added whole, modulo 65,536; odd: their high bytes, exact. The low bytes' sums follow by subtraction.
        Vector512<ushort> all0 = default, all1 = default, all2 = default, all3 = default, all4 = default, all5 = default, all6 = default, all7 = default;
        Vector512<ushort> odd0 = default, odd1 = default, odd2 = default, odd3 = default, odd4 = default, odd5 = default, odd6 = default, odd7 = default;
        int tableBytes = left.Leaves * LeafWidth;
        for (int codebook = 0; codebook < codebooks; codebook++)
        {
            Vector512<ushort> entries = LoadLeaf(tables, index[0]);
            all0 += entries;
            odd0 += entries >>> 8;
            entries = LoadLeaf(tables, index[1]);
            all1 += entries;
            odd1 += entries >>> 8;
            entries = LoadLeaf(tables, index[2]);
            all2 += entries;
            odd2 += entries >>> 8;
            entries = LoadLeaf(tables, index[3]);
            all3 += entries;
            odd3 += entries >>> 8;
            entries = LoadLeaf(tables, index[4]);
            all4 += entries;
            odd4 += entries >>> 8;
            entries = LoadLeaf(tables, index[5]);
            all5 += entries;
            odd5 += entries >>> 8;
            entries = LoadLeaf(tables, index[6]);
            all6 += entries;
            odd6 += entries >>> 8;
            entries = LoadLeaf(tables, index[7]);
            all7 += entries;
            odd7 += entries >>> 8;
            index += 16;
            tables += tableBytes;
        }

        TSink sink = TSink.Create(left, leftTarget);
        sink.Take(0, (all0 - (odd0 << 8)).AsInt32());
        sink.Take(1, (all1 - (odd1 << 8)).AsInt32());
        sink.Take(2, (all2 - (odd2 << 8)).AsInt32());
        sink.Take(3, (all3 - (odd3 << 8)).AsInt32());
        sink.Take(4, (all4 - (odd4 << 8)).AsInt32());
        sink.Take(5, (all5 - (odd5 << 8)).AsInt32());
        sink.Take(6, (all6 - (odd6 << 8)).AsInt32());
        sink.Take(7, (all7 - (odd7 << 8)).AsInt32());
        sink = TSink.Create(right, rightTarget);
        sink.Take(0, odd0.AsInt32());
        sink.Take(1, odd1.AsInt32());
        sink.Take(2, odd2.AsInt32());
        sink.Take(3, odd3.AsInt32());
        sink.Take(4, odd4.AsInt32());
        sink.Take(5, odd5.AsInt32());
        sink.Take(6, odd6.AsInt32());
        sink.Take(7, odd7.AsInt32());
    }

    /// <summary>The 64 bytes of a leaf, eight units of 8 bytes for each code.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ushort> LoadLeaf(byte* tables, ushort index) => Vector512.Load((ushort*)((ulong*)tables + index));

    /// <summary>Half a tile, for last outputs: entries are widened as they are loaded, and one accumulator holds a row.</summary>
    private readonly struct LeafBlock : IBlock
    {
        public static int CodeBytes => 16 * sizeof(ushort);

        public static void Sum<TSink>(in OutputTile tile, byte* codes, byte* tables, int codebooks, void* target)
            where TSink : struct, Avx512Output.ISink<TSink>
        {
            Vector512<ushort> sum0 = default, sum1 = default, sum2 = default, sum3 = default, sum4 = default, sum5 = default, sum6 = default, sum7 = default;
            Vector512<ushort> sum8 = default, sum9 = default, sum10 = default, sum11 = default, sum12 = default, sum13 = default, sum14 = default, sum15 = default;
            ushort* index = (ushort*)codes;
            int tableBytes = tile.Leaves * Width;
            for (int codebook = 0; codebook < codebooks; codebook++)
            {
                sum0 += LoadHalfLeaf(tables, index[0]);
                sum1 += LoadHalfLeaf(tables, index[1]);
                sum2 += LoadHalfLeaf(tables, index[2]);
                sum3 += LoadHalfLeaf(tables, index[3]);
                sum4 += LoadHalfLeaf(tables, index[4]);
                sum5 += LoadHalfLeaf(tables, index[5]);
                sum6 += LoadHalfLeaf(tables, index[6]);
                sum7 += LoadHalfLeaf(tables, index[7]);
                sum8 += LoadHalfLeaf(tables, index[8]);
                sum9 += LoadHalfLeaf(tables, index[9]);
                sum10 += LoadHalfLeaf(tables, index[10]);
                sum11 += LoadHalfLeaf(tables, index[11]);
                sum12 += LoadHalfLeaf(tables, index[12]);
                sum13 += LoadHalfLeaf(tables, index[13]);
                sum14 += LoadHalfLeaf(tables, index[14]);
                sum15 += LoadHalfLeaf(tables, index[15]);
                index += 16;
                tables += tableBytes;
            }

            TSink sink = TSink.Create(tile, target);
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
        }

        /// <summary>The 32 bytes of a leaf, eight units of 4 bytes for each code.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<ushort> LoadHalfLeaf(byte* tables, ushort index) => Avx512BW.ConvertToVector512UInt16(Vector256.Load((byte*)((uint*)tables + index)));
    }
}
