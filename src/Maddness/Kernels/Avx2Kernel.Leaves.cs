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

    /// <summary>Bytes that the places of a block may take.</summary>
    private const int PlacesBytes = OutputTile.FlushCodebooks * 16;

    /// <summary>Takes the 16-bit sums of four rows: outputs 0..15 in <c>even</c>, 16..31 in <c>odd</c>, each with outputs 0..3 and 8..11 in the low 128-bit lane, 4..7 and 12..15 in the high one.</summary>
    private interface ILeafSink
    {
        void Take(
            Vector256<ushort> even0, Vector256<ushort> even1, Vector256<ushort> even2, Vector256<ushort> even3, Vector256<ushort> odd0, Vector256<ushort> odd1, Vector256<ushort> odd2, Vector256<ushort> odd3);
    }

    /// <summary>Takes the sums of one of the four rows.</summary>
    private interface IRowSink
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
        int rows = tile.Codebooks <= OutputTile.FlushCodebooks && tile.ScalesAreModerate ? WholeRowsOf(tile) / LeafRows * LeafRows : 0;
        if (tile.HasFloor)
        {
            SumWholeSteps<FullEpilogue>(tile, rows);
        }
        else if (tile.HasBias)
        {
            SumWholeSteps<BiasEpilogue>(tile, rows);
        }
        else
        {
            SumWholeSteps<NoEpilogue>(tile, rows);
        }

        SumParts(tile, rows);
    }

    /// <summary>
    /// Of how many rows all 32 outputs may be stored: of all that have as many, and where fewer follow each other without gaps, of those behind which as many floats are left. What they reach of later rows is stored after them
    /// (measured on Zen 4, from codes, C = 8, 25, 28 and 31 outputs 7.6, 7.5 and 7.9 to 4.7, 4.6 and 4.7; 32 take 4.6).
    /// </summary>
    private static int WholeRowsOf(in OutputTile tile) =>
        tile.Outputs == LeafWidth ? tile.Rows : tile.RowStride == tile.Outputs ? Math.Max(0, tile.Rows - ((LeafWidth - 1) / tile.Outputs)) : 0;

    /// <summary>From table look-ups to floats in memory without leaving the registers.</summary>
    [MethodImpl(Compiled.Once)]
    [SkipLocalsInit]
    private static void SumWholeSteps<TEpilogue>(in OutputTile tile, int rows)
        where TEpilogue : struct, IEpilogue
    {
        byte* memory = stackalloc byte[PlacesBytes + CacheLine.Bytes];
        byte* places = CacheLine.FirstIn(memory);
        for (int first = 0; first < rows; first += LeafRows)
        {
            if (first % 16 == 0)
            {
                FindPlaces(tile.CodesOf(first), tile.Codebooks, places);
            }

            tile.AskAhead(LeafRows, LeafWidth);
            SumLeaves(tile, places + (first % 16), tile.Tables, tile.Codebooks, new WholeRows<TEpilogue>(tile, tile.Destination + (first * tile.RowStride)));
        }
    }

    /// <summary>What is not whole: last rows, fewer outputs, more codebooks than 16-bit lanes hold, and extreme scales.</summary>
    [MethodImpl(Compiled.Once)]
    [SkipLocalsInit]
    private static void SumParts(in OutputTile tile, int start)
    {
        if (start == tile.Rows)
        {
            return;
        }

        int* sums = stackalloc int[LeafRows * LeafWidth];
        byte* memory = stackalloc byte[PlacesBytes + CacheLine.Bytes];
        byte* places = CacheLine.FirstIn(memory);
        for (int first = start; first < tile.Rows; first += LeafRows)
        {
            byte* codes = tile.CodesOf(first - (first % 16));
            float* destination = tile.Destination + (first * tile.RowStride);
            int count = Math.Min(LeafRows, tile.Rows - first);
            tile.AskAhead(count, tile.Outputs);
            if (tile.Codebooks <= OutputTile.FlushCodebooks)
            {
                if (first % 16 == 0 || first == start)
                {
                    FindPlaces(codes, tile.Codebooks, places);
                }

                SumLeaves(tile, places + (first % 16), tile.Tables, tile.Codebooks, new ByRows<PartsOfRows>(new(tile, destination, count)));
                continue;
            }

            new Span<int>(sums, LeafRows * LeafWidth).Clear();
            for (int codebook = 0; codebook < tile.Codebooks; codebook += OutputTile.FlushCodebooks)
            {
                byte* tables = tile.Tables + ((nint)codebook * tile.Leaves * LeafWidth);
                int codebooks = Math.Min(OutputTile.FlushCodebooks, tile.Codebooks - codebook);
                FindPlaces(codes + (codebook * 16), codebooks, places);
                SumLeaves(tile, places + (first % 16), tables, codebooks, new ByRows<AddingRows>(new(sums)));
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

    /// <summary>
    /// Where the leaves of a block of 16 rows stand, in units of 8 bytes: an address takes a byte of these as it is, a code only multiplied by 32. That is one of six operations for each 32 look-ups, and three of them are vectors'
    /// (measured on Zen 4, in a loop in C, cycles for 32 look-ups: 1.15 to 1.24 at codes, 1.02 at places).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FindPlaces(byte* codes, int codebooks, byte* places)
    {
        // Two codebooks at a time, the second of which may be missing: blocks of codes have an even number. Codes have six bits, so that none leaves its byte.
        for (int i = 0; i < codebooks * 16; i += 32)
        {
            (Vector256.Load(codes + i).AsUInt16() << 2).AsByte().StoreAligned(places + i);
        }
    }

    /// <summary>Sums up to 256 codebooks, 4 rows × 32 outputs, and hands them to a sink.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SumLeaves<TSink>(in OutputTile tile, byte* places, byte* tables, int codebooks, in TSink sink)
        where TSink : struct, ILeafSink, allows ref struct
    {
        // A row's 32 bytes at its code are two outputs to a 16-bit lane. all: the lanes added whole, modulo 65,536; odd: their high bytes, exact. The low bytes' sums follow by subtraction.
        Vector256<ushort> all0 = default, all1 = default, all2 = default, all3 = default;
        Vector256<ushort> odd0 = default, odd1 = default, odd2 = default, odd3 = default;
        nint tableBytes = (nint)tile.Leaves * LeafWidth;
        int codebook = 0;
        for (int fours = tile.FoursOf(codebooks); codebook < fours; codebook += 4)
        {
            byte* tables1 = tables + tableBytes, tables2 = tables1 + tableBytes, tables3 = tables2 + tableBytes;
            Vector256<ushort> entries = LoadLeaves(tables, tables1, tables2, tables3, places, 0);
            all0 += entries;
            odd0 += entries >>> 8;
            entries = LoadLeaves(tables, tables1, tables2, tables3, places, 1);
            all1 += entries;
            odd1 += entries >>> 8;
            entries = LoadLeaves(tables, tables1, tables2, tables3, places, 2);
            all2 += entries;
            odd2 += entries >>> 8;
            entries = LoadLeaves(tables, tables1, tables2, tables3, places, 3);
            all3 += entries;
            odd3 += entries >>> 8;
            places += 64;
            tables += 4 * tableBytes;
        }

        for (; codebook < codebooks; codebook++)
        {
            Vector256<ushort> entries = LoadLeaf(tables, places[0]);
            all0 += entries;
            odd0 += entries >>> 8;
            entries = LoadLeaf(tables, places[1]);
            all1 += entries;
            odd1 += entries >>> 8;
            entries = LoadLeaf(tables, places[2]);
            all2 += entries;
            odd2 += entries >>> 8;
            entries = LoadLeaf(tables, places[3]);
            all3 += entries;
            odd3 += entries >>> 8;
            places += 16;
            tables += tableBytes;
        }

        sink.Take(all0 - (odd0 << 8), all1 - (odd1 << 8), all2 - (odd2 << 8), all3 - (odd3 << 8), odd0, odd1, odd2, odd3);
    }

    /// <summary>The 32 bytes of a leaf.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> LoadLeaf(byte* tables, byte place) => Vector256.Load((ushort*)((ulong*)tables + place));

    /// <summary>The sums, bytes, of a row's leaves in four codebooks, whose places are 16 bytes apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> LoadLeaves(byte* tables0, byte* tables1, byte* tables2, byte* tables3, byte* places, int row)
    {
        Vector256<byte> first = Vector256.Load((byte*)((ulong*)tables0 + places[row])) + Vector256.Load((byte*)((ulong*)tables1 + places[row + 16]));
        Vector256<byte> second = Vector256.Load((byte*)((ulong*)tables2 + places[row + 32])) + Vector256.Load((byte*)((ulong*)tables3 + places[row + 48]));
        return (first + second).AsUInt16();
    }

    /// <summary>Dequantises to whole rows of the tile, eight outputs of all rows at a time: their scales and offsets are loaded once. The last ones first: what they reach of later rows is stored after them.</summary>
    private readonly ref struct WholeRows<TEpilogue>(in OutputTile tile, float* destination) : ILeafSink
        where TEpilogue : struct, IEpilogue
    {
        private readonly ref readonly OutputTile _tile = ref tile;
        private readonly float* _destination = destination;
        private readonly nint _stride = tile.RowStride;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Take(
            Vector256<ushort> even0, Vector256<ushort> even1, Vector256<ushort> even2, Vector256<ushort> even3, Vector256<ushort> odd0, Vector256<ushort> odd1, Vector256<ushort> odd2, Vector256<ushort> odd3)
        {
            Avx2Output.Affine<TEpilogue> affine = AffineOf(24);
            Store(affine.OfSecond(odd0), affine.OfSecond(odd1), affine.OfSecond(odd2), affine.OfSecond(odd3), 24);
            affine = AffineOf(16);
            Store(affine.OfFirst(odd0), affine.OfFirst(odd1), affine.OfFirst(odd2), affine.OfFirst(odd3), 16);
            affine = AffineOf(8);
            Store(affine.OfSecond(even0), affine.OfSecond(even1), affine.OfSecond(even2), affine.OfSecond(even3), 8);
            affine = AffineOf(0);
            Store(affine.OfFirst(even0), affine.OfFirst(even1), affine.OfFirst(even2), affine.OfFirst(even3), 0);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Avx2Output.Affine<TEpilogue> AffineOf(int output) => new(_tile, output);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Store(Vector256<float> row0, Vector256<float> row1, Vector256<float> row2, Vector256<float> row3, int output)
        {
            float* target = _destination + output;
            row0.Store(target);
            row1.Store(target + _stride);
            row2.Store(target + (2 * _stride));
            row3.Store(target + (3 * _stride));
        }
    }

    /// <summary>Hands sums on row by row.</summary>
    private readonly ref struct ByRows<TRows>(TRows rows) : ILeafSink
        where TRows : struct, IRowSink, allows ref struct
    {
        private readonly TRows _rows = rows;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Take(
            Vector256<ushort> even0, Vector256<ushort> even1, Vector256<ushort> even2, Vector256<ushort> even3, Vector256<ushort> odd0, Vector256<ushort> odd1, Vector256<ushort> odd2, Vector256<ushort> odd3)
        {
            _rows.Take(0, even0, odd0);
            _rows.Take(1, even1, odd1);
            _rows.Take(2, even2, odd2);
            _rows.Take(3, even3, odd3);
        }
    }

    /// <summary>Dequantises, and stores the rows and outputs there are.</summary>
    private readonly ref struct PartsOfRows(in OutputTile tile, float* destination, int rows) : IRowSink
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
    private readonly struct AddingRows(int* sums) : IRowSink
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
