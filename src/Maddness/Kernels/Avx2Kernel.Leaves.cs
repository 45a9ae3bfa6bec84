using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>Sums of tiles: see <see cref="LeafTables"/>.</content>
internal readonly unsafe partial struct Avx2Kernel
{
    /// <summary>Outputs of a tile: one register of bytes for each leaf.</summary>
    private const int LeafWidth = 32;

    /// <summary>Rows summed at once: two accumulators each, half of the 16 registers.</summary>
    private const int LeafRows = 4;

    /// <summary>Takes rows of 16-bit sums: outputs 0..15 in <c>even</c>, 16..31 in <c>odd</c>, each with outputs 0..3 and 8..11 in the low 128-bit lane, 4..7 and 12..15 in the high one.</summary>
    private interface ILeafSink
    {
        void Take(int row, Vector256<ushort> even, Vector256<ushort> odd);
    }

    /// <summary>Word w of the even sums comes from byte 2w of a leaf's 32 bytes, of the odd sums from byte 2w + 1.</summary>
    public static void PackTile(in TableSource source, int firstOutput, byte* packed) =>
        LeafTables.Pack(source, firstOutput, LeafWidth, static output => (2 * ((output / 4 % 2 * 8) + (output / 8 % 2 * 4) + (output % 4))) + (output / 16), packed);

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public static void SumTile(in OutputTile tile)
    {
        int rows = tile.Outputs == LeafWidth && tile.Codebooks <= OutputTile.FlushCodebooks ? tile.Rows / LeafRows * LeafRows : 0;
        if (tile.HasBias)
        {
            SumWholeSteps<WithBias>(tile, rows);
        }
        else
        {
            SumWholeSteps<WithoutBias>(tile, rows);
        }

        SumParts(tile, rows);
    }

    /// <summary>From table look-ups to floats in memory without leaving the registers.</summary>
    [MethodImpl(Compiled.Once)]
    private static void SumWholeSteps<TBias>(in OutputTile tile, int rows)
        where TBias : struct, IBias
    {
        for (int first = 0; first < rows; first += LeafRows)
        {
            tile.AskAhead(LeafRows, LeafWidth);
            SumLeaves(tile.CodesOf(first), tile.Tables, tile.Codebooks, tile.Leaves, new WholeRows<TBias>(tile, tile.Destination + (first * tile.RowStride)));
        }
    }

    /// <summary>What is not whole: last rows, fewer outputs, and more codebooks than 16-bit lanes hold.</summary>
    [MethodImpl(Compiled.Once)]
    [SkipLocalsInit]
    private static void SumParts(in OutputTile tile, int start)
    {
        int* sums = stackalloc int[LeafRows * LeafWidth];
        for (int first = start; first < tile.Rows; first += LeafRows)
        {
            byte* codes = tile.CodesOf(first);
            float* destination = tile.Destination + (first * tile.RowStride);
            int count = Math.Min(LeafRows, tile.Rows - first);
            tile.AskAhead(count, tile.Outputs);
            if (tile.Codebooks <= OutputTile.FlushCodebooks)
            {
                SumLeaves(codes, tile.Tables, tile.Codebooks, tile.Leaves, new PartsOfRows(tile, destination, count));
                continue;
            }

            new Span<int>(sums, LeafRows * LeafWidth).Clear();
            for (int codebook = 0; codebook < tile.Codebooks; codebook += OutputTile.FlushCodebooks)
            {
                byte* tables = tile.Tables + ((nint)codebook * tile.Leaves * LeafWidth);
                SumLeaves(codes + (codebook * 16), tables, Math.Min(OutputTile.FlushCodebooks, tile.Codebooks - codebook), tile.Leaves, new AddingRows(sums));
            }

            for (int row = 0; row < count; row++)
            {
                int* rowSums = sums + (row * LeafWidth);
                for (int output = 0; output < tile.Outputs; output += Width)
                {
                    StorePart(Vector256.Load(rowSums + output), tile, destination + (row * tile.RowStride), output, tile.Outputs - output);
                }
            }
        }
    }

    /// <summary>Sums up to 256 codebooks, 4 rows × 32 outputs, and hands them to a sink.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SumLeaves<TSink>(byte* codes, byte* tables, int codebooks, int leaves, in TSink sink)
        where TSink : struct, ILeafSink, allows ref struct
    {
        // A row's 32 bytes at its code are two outputs to a 16-bit lane. all: the lanes added whole, modulo 65,536; odd: their high bytes, exact. The low bytes' sums follow by subtraction.
        Vector256<ushort> all0 = default, all1 = default, all2 = default, all3 = default;
        Vector256<ushort> odd0 = default, odd1 = default, odd2 = default, odd3 = default;
        int tableBytes = leaves * LeafWidth;
        for (int codebook = 0; codebook < codebooks; codebook++)
        {
            Vector256<ushort> entries = LoadLeaf(tables, codes[0]);
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

    /// <summary>The 32 bytes of a leaf.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> LoadLeaf(byte* tables, byte code) => Vector256.Load((ushort*)(tables + ((nint)code * LeafWidth)));

    /// <summary>Dequantises to whole rows of the tile.</summary>
    private readonly struct WholeRows<TBias>(in OutputTile tile, float* destination) : ILeafSink
        where TBias : struct, IBias
    {
        private readonly float* _scales = tile.Scales;
        private readonly float* _offsets = tile.Offsets;
        private readonly float* _bias = tile.Bias;
        private readonly float* _destination = destination;
        private readonly nint _stride = tile.RowStride;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Take(int row, Vector256<ushort> even, Vector256<ushort> odd)
        {
            float* target = _destination + (row * _stride);
            Store(Avx2.UnpackLow(even, default).AsInt32(), target, 0);
            Store(Avx2.UnpackHigh(even, default).AsInt32(), target, 8);
            Store(Avx2.UnpackLow(odd, default).AsInt32(), target, 16);
            Store(Avx2.UnpackHigh(odd, default).AsInt32(), target, 24);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Store(Vector256<int> sums, float* target, int output)
        {
            Vector256<float> value = (Vector256.ConvertToSingle(sums) * Vector256.Load(_scales + output)) + Vector256.Load(_offsets + output);
            (TBias.IsAdded ? value + Vector256.Load(_bias + output) : value).Store(target + output);
        }
    }

    /// <summary>Dequantises, and stores the rows and outputs there are.</summary>
    private readonly ref struct PartsOfRows(in OutputTile tile, float* destination, int rows) : ILeafSink
    {
        private readonly ref readonly OutputTile _tile = ref tile;
        private readonly float* _destination = destination;
        private readonly int _rows = rows;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Take(int row, Vector256<ushort> even, Vector256<ushort> odd)
        {
            if (row < _rows)
            {
                float* target = _destination + (row * _tile.RowStride);
                int left = _tile.Outputs;
                StorePart(Avx2.UnpackLow(even, default).AsInt32(), _tile, target, 0, left);
                StorePart(Avx2.UnpackHigh(even, default).AsInt32(), _tile, target, 8, left - 8);
                StorePart(Avx2.UnpackLow(odd, default).AsInt32(), _tile, target, 16, left - 16);
                StorePart(Avx2.UnpackHigh(odd, default).AsInt32(), _tile, target, 24, left - 24);
            }
        }
    }

    /// <summary>Adds to 32-bit sums in memory, [row][output].</summary>
    private readonly struct AddingRows(int* sums) : ILeafSink
    {
        private readonly int* _sums = sums;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Take(int row, Vector256<ushort> even, Vector256<ushort> odd)
        {
            int* target = _sums + (row * LeafWidth);
            Add(target, Avx2.UnpackLow(even, default).AsInt32());
            Add(target + 8, Avx2.UnpackHigh(even, default).AsInt32());
            Add(target + 16, Avx2.UnpackLow(odd, default).AsInt32());
            Add(target + 24, Avx2.UnpackHigh(odd, default).AsInt32());
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Add(int* target, Vector256<int> sums) => (Vector256.Load(target) + sums).Store(target);
    }
}
