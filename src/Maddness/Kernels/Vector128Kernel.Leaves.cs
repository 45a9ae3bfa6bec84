using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>32 and 64 leaves: see <see cref="LeafTables"/>.</content>
internal readonly unsafe partial struct Vector128Kernel
{
    /// <summary>Outputs of a tile: one register of bytes for each leaf.</summary>
    private const int LeafWidth = 16;

    /// <summary>Rows summed at once: two accumulators each, half of 16 registers.</summary>
    private const int LeafRows = 4;

    /// <summary>Takes rows of 16-bit sums: outputs 0..7 in <c>even</c>, 8..15 in <c>odd</c>.</summary>
    private interface ILeafSink
    {
        void Take(int row, Vector128<ushort> even, Vector128<ushort> odd);
    }

    /// <summary>The even bytes of a leaf's 16 are outputs 0..7, the odd ones outputs 8..15.</summary>
    private static void PackLeaves(in TableSource source, int firstOutput, byte* packed) =>
        LeafTables.Pack(source, firstOutput, LeafWidth, static output => (2 * (output % 8)) + (output / 8), packed);

    [MethodImpl(Compiled.Once)]
    [SkipLocalsInit]
    private static void SumLeafTile(in OutputTile tile)
    {
        int* sums = stackalloc int[LeafRows * LeafWidth];
        for (int first = 0; first < tile.Rows; first += LeafRows)
        {
            byte* codes = tile.CodesOf(first);
            float* destination = tile.Destination + (first * tile.RowStride);
            int count = Math.Min(LeafRows, tile.Rows - first);
            tile.AskAhead(count, tile.Outputs);
            if (tile.Codebooks <= OutputTile.FlushCodebooks)
            {
                SumLeaves(codes, tile.Tables, tile.Codebooks, tile.FoursOf(tile.Codebooks), tile.Leaves, new StoringRows(tile, destination, count));
                continue;
            }

            new Span<int>(sums, LeafRows * LeafWidth).Clear();
            for (int codebook = 0; codebook < tile.Codebooks; codebook += OutputTile.FlushCodebooks)
            {
                byte* tables = tile.Tables + ((nint)codebook * tile.Leaves * LeafWidth);
                int summed = Math.Min(OutputTile.FlushCodebooks, tile.Codebooks - codebook);
                SumLeaves(codes + (codebook * 16), tables, summed, tile.FoursOf(summed), tile.Leaves, new AddingRows(sums));
            }

            for (int row = 0; row < count; row++)
            {
                for (int output = 0; output < tile.Outputs; output += 4)
                {
                    StorePart(Vector128.Load(sums + (row * LeafWidth) + output), tile, destination + (row * tile.RowStride), output, tile.Outputs - output);
                }
            }
        }
    }

    /// <summary>Sums up to 256 codebooks, 4 rows × 16 outputs, and hands them to a sink.</summary>
    /// <param name="codes">Of the first row and codebook.</param>
    /// <param name="tables">Of the first codebook.</param>
    /// <param name="codebooks">How many.</param>
    /// <param name="fours">How many of them are summed by four, see <see cref="OutputTile.FoursOf"/>.</param>
    /// <param name="leaves">K.</param>
    /// <param name="sink">Takes the rows.</param>
    [MethodImpl(Compiled.Once)]
    private static void SumLeaves<TSink>(byte* codes, byte* tables, int codebooks, int fours, int leaves, in TSink sink)
        where TSink : struct, ILeafSink, allows ref struct
    {
        // A row's 16 bytes at its code are two outputs to a 16-bit lane. all: the lanes added whole, modulo 65,536; odd: their high bytes, exact. The low bytes' sums follow by subtraction.
        Vector128<ushort> all0 = default, all1 = default, all2 = default, all3 = default;
        Vector128<ushort> odd0 = default, odd1 = default, odd2 = default, odd3 = default;
        int tableBytes = leaves * LeafWidth;
        int codebook = 0;
        for (; codebook < fours; codebook += 4)
        {
            Vector128<ushort> entries = LoadLeaves(tables, tableBytes, codes);
            all0 += entries;
            odd0 += entries >>> 8;
            entries = LoadLeaves(tables, tableBytes, codes + 1);
            all1 += entries;
            odd1 += entries >>> 8;
            entries = LoadLeaves(tables, tableBytes, codes + 2);
            all2 += entries;
            odd2 += entries >>> 8;
            entries = LoadLeaves(tables, tableBytes, codes + 3);
            all3 += entries;
            odd3 += entries >>> 8;
            codes += 64;
            tables += 4 * tableBytes;
        }

        for (; codebook < codebooks; codebook++)
        {
            Vector128<ushort> entries = LoadLeaf(tables, codes[0]);
            all0 += entries;
            odd0 += entries >>> 8;
            entries = LoadLeaf(tables, codes[1]);
            all1 += entries;
            odd1 += entries >>> 8;
            entries = LoadLeaf(tables, codes[2]);
            all2 += entries;
            odd2 += entries >>> 8;
            entries = LoadLeaf(tables, codes[3]);
            all3 += entries;
            odd3 += entries >>> 8;
            codes += 16;
            tables += tableBytes;
        }

        sink.Take(0, all0 - (odd0 << 8), odd0);
        sink.Take(1, all1 - (odd1 << 8), odd1);
        sink.Take(2, all2 - (odd2 << 8), odd2);
        sink.Take(3, all3 - (odd3 << 8), odd3);
    }

    /// <summary>The 16 bytes of a leaf.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> LoadLeaf(byte* tables, byte code) => Vector128.Load((ushort*)(tables + ((nint)code * LeafWidth)));

    /// <summary>The sums, bytes, of a row's leaves in four codebooks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> LoadLeaves(byte* tables, int tableBytes, byte* codes)
    {
        Vector128<byte> first = LoadLeaf(tables, codes[0]).AsByte() + LoadLeaf(tables + tableBytes, codes[16]).AsByte();
        Vector128<byte> second = LoadLeaf(tables + (2 * tableBytes), codes[32]).AsByte() + LoadLeaf(tables + (3 * tableBytes), codes[48]).AsByte();
        return (first + second).AsUInt16();
    }

    /// <summary>Dequantises, and stores the rows and outputs there are.</summary>
    private readonly ref struct StoringRows(in OutputTile tile, float* destination, int rows) : ILeafSink
    {
        private readonly ref readonly OutputTile _tile = ref tile;
        private readonly float* _destination = destination;
        private readonly int _rows = rows;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Take(int row, Vector128<ushort> even, Vector128<ushort> odd)
        {
            if (row < _rows)
            {
                float* target = _destination + (row * _tile.RowStride);
                int left = _tile.Outputs;
                StorePart(Vector128.WidenLower(even).AsInt32(), _tile, target, 0, left);
                StorePart(Vector128.WidenUpper(even).AsInt32(), _tile, target, 4, left - 4);
                StorePart(Vector128.WidenLower(odd).AsInt32(), _tile, target, 8, left - 8);
                StorePart(Vector128.WidenUpper(odd).AsInt32(), _tile, target, 12, left - 12);
            }
        }
    }

    /// <summary>Adds to 32-bit sums in memory, [row][output].</summary>
    private readonly struct AddingRows(int* sums) : ILeafSink
    {
        private readonly int* _sums = sums;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Take(int row, Vector128<ushort> even, Vector128<ushort> odd)
        {
            int* target = _sums + (row * LeafWidth);
            Add(target, Vector128.WidenLower(even).AsInt32());
            Add(target + 4, Vector128.WidenUpper(even).AsInt32());
            Add(target + 8, Vector128.WidenLower(odd).AsInt32());
            Add(target + 12, Vector128.WidenUpper(odd).AsInt32());
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Add(int* target, Vector128<int> sums) => (Vector128.Load(target) + sums).Store(target);
    }
}
