using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Maddness.Kernels;

/// <content>32 and 64 leaves: see <see cref="LeafTables"/>.</content>
internal readonly unsafe partial struct Vector128Kernel
{
    /// <summary>Outputs of a tile: one register of bytes for each leaf.</summary>
    private const int LeafWidth = 16;

    /// <summary>Rows summed at once: two accumulators each, half of 16 registers.</summary>
    private const int LeafRows = 4;

    /// <summary>The even bytes of a leaf's 16 are outputs 0..7, the odd ones outputs 8..15.</summary>
    private static void PackLeaves(in TableSource source, int firstOutput, byte* packed) =>
        LeafTables.Pack(source, firstOutput, LeafWidth, static output => (2 * (output % 8)) + (output / 8), packed);

    [SkipLocalsInit]
    private static void SumLeafTile(in OutputTile tile)
    {
        int* sums = stackalloc int[LeafRows * LeafWidth];
        for (int first = 0; first < tile.Rows; first += LeafRows)
        {
            ushort* index = (ushort*)(tile.Codes + (first / 16 * tile.CodeBlockStride)) + (first % 16);
            float* destination = tile.Destination + (first * tile.RowStride);
            new Span<int>(sums, LeafRows * LeafWidth).Clear();
            for (int codebook = 0; codebook < tile.Codebooks; codebook += OutputTile.FlushCodebooks)
            {
                byte* tables = tile.Tables + ((nint)codebook * tile.Leaves * LeafWidth);
                AddLeaves(index + (codebook * 16), tables, Math.Min(OutputTile.FlushCodebooks, tile.Codebooks - codebook), tile.Leaves, sums);
            }

            for (int row = 0; row < Math.Min(LeafRows, tile.Rows - first); row++)
            {
                for (int output = 0; output < tile.Outputs; output += 4)
                {
                    StorePart(Vector128.Load(sums + (row * LeafWidth) + output), tile, destination + (row * tile.RowStride), output, tile.Outputs - output);
                }
            }
        }
    }

    /// <summary>Adds the sums of up to 256 codebooks, 4 rows × 16 outputs, to <paramref name="sums"/>, [row][output].</summary>
    private static void AddLeaves(ushort* index, byte* tables, int codebooks, int leaves, int* sums)
    {
        // A row's 16 bytes at its code are two outputs to a 16-bit lane. all: the lanes added whole, modulo 65,536; odd: their high bytes, exact. The low bytes' sums follow by subtraction.
        Vector128<ushort> all0 = default, all1 = default, all2 = default, all3 = default;
        Vector128<ushort> odd0 = default, odd1 = default, odd2 = default, odd3 = default;
        int tableBytes = leaves * LeafWidth;
        for (int codebook = 0; codebook < codebooks; codebook++)
        {
            Vector128<ushort> entries = LoadLeaf(tables, index[0]);
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
            index += 16;
            tables += tableBytes;
        }

        AddRow(all0 - (odd0 << 8), odd0, sums);
        AddRow(all1 - (odd1 << 8), odd1, sums + LeafWidth);
        AddRow(all2 - (odd2 << 8), odd2, sums + (2 * LeafWidth));
        AddRow(all3 - (odd3 << 8), odd3, sums + (3 * LeafWidth));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow(Vector128<ushort> low, Vector128<ushort> high, int* sums)
    {
        (Vector128.Load(sums) + Vector128.WidenLower(low).AsInt32()).Store(sums);
        (Vector128.Load(sums + 4) + Vector128.WidenUpper(low).AsInt32()).Store(sums + 4);
        (Vector128.Load(sums + 8) + Vector128.WidenLower(high).AsInt32()).Store(sums + 8);
        (Vector128.Load(sums + 12) + Vector128.WidenUpper(high).AsInt32()).Store(sums + 12);
    }

    /// <summary>The 16 bytes of a leaf, eight units of 2 bytes for each code.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> LoadLeaf(byte* tables, ushort index) => Vector128.Load((ushort*)tables + index);
}
