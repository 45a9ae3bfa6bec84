using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Maddness.Common;

namespace Maddness.Kernels;

/// <summary>Portable 128-bit vectors: SSE on x86, NEON on Arm, software elsewhere.</summary>
internal readonly unsafe partial struct Vector128Kernel : IKernel
{
    /// <summary>Outputs of a tile: 4, with two accumulators each (even and odd rows), leave half of 16 registers free.</summary>
    private const int Width = 4;

    /// <summary>Outputs summed at once row by row.</summary>
    private const int RowChunk = 16;

    /// <inheritdoc/>
    public static KernelLevel Level => KernelLevel.Vector128;

    /// <inheritdoc/>
    public static bool IsSupported => true;

    /// <summary>Takes the rows of a block, four sums each.</summary>
    private interface IBlockSink
    {
        void Take(int row, Vector128<int> sums);
    }

    /// <summary>Whether the byte shuffle that everything rests on is an instruction here.</summary>
    internal static bool IsAccelerated => Vector128.IsHardwareAccelerated && (Ssse3.IsSupported || AdvSimd.Arm64.IsSupported);

    /// <inheritdoc/>
    public static int TileOutputs(int leaves) => leaves == 16 ? Width : LeafWidth;

    /// <summary>16 leaves, 100 outputs, C = 8, from codes, ns a call: one of 8 rows took 1,062 by tiles and 846 row by row, one of 10 1,088 and 1,021 (32 outputs 439 and 401). Row by row 16 outputs cost what one does. Earlier, with C = 16 1,630 by a tile (row by row 1,542 of 8 rows, 1,683 of 9), C = 32 1,940 (1,895 of 6, 2,148 of 7), C = 64 2,800 (2,847 of 5, 3,315 of 6).</summary>
    public static int MinTileRows(int leaves, int outputs, int codebooks) => leaves == 16 && outputs >= RowChunk ? codebooks switch { < 16 => 12, < 32 => 9, < 64 => 7, _ => 6 } : 6;

    /// <summary>As above, a call of 17 rows took 3,524 ns with its last one in a tile and 2,508 without, one of 20 2,860 without. With more leaves a tile takes 4 rows at a time.</summary>
    public static int MinTailRows(int leaves, int outputs) => leaves == 16 && outputs >= RowChunk ? 6 : 0;

    /// <summary>16 leaves: [codebook][output]: 16 bytes each.</summary>
    [MethodImpl(Compiled.Once)]
    public static void PackTile(in TableSource source, int firstOutput, byte* packed)
    {
        if (source.Leaves != 16)
        {
            PackLeaves(source, firstOutput, packed);
            return;
        }

        source.CopyTables(firstOutput, Width, packed);
    }

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public static void SumTile(in OutputTile tile)
    {
        if (tile.Leaves != 16)
        {
            SumLeafTile(tile);
        }
        else
        {
            SumShuffleTile(tile);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public static void SumRows(in OutputTile tile)
    {
        for (int row = 0; row < tile.Rows; row++)
        {
            byte* codes = tile.CodesOf(row);
            float* destination = tile.Destination + (row * tile.RowStride);
            for (int output = 0; output < tile.Outputs; output += RowChunk)
            {
                Vector128<int> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
                for (int start = 0; start < tile.Codebooks; start += OutputTile.FlushCodebooks)
                {
                    // 16 outputs: two vectors of eight 16-bit sums.
                    Vector128<ushort> low = default, high = default;
                    int end = Math.Min(start + OutputTile.FlushCodebooks, tile.Codebooks);
                    for (int codebook = start; codebook < end; codebook++)
                    {
                        Vector128<byte> entries = Vector128.Load(tile.Tables + (((codebook * tile.Leaves) + codes[codebook * 16]) * tile.LeafStride) + output);
                        low += Vector128.WidenLower(entries);
                        high += Vector128.WidenUpper(entries);
                    }

                    sum0 += Vector128.WidenLower(low).AsInt32();
                    sum1 += Vector128.WidenUpper(low).AsInt32();
                    sum2 += Vector128.WidenLower(high).AsInt32();
                    sum3 += Vector128.WidenUpper(high).AsInt32();
                }

                int left = tile.Outputs - output;
                StorePart(sum0, tile, destination, output, left);
                StorePart(sum1, tile, destination, output + 4, left - 4);
                StorePart(sum2, tile, destination, output + 8, left - 8);
                StorePart(sum3, tile, destination, output + 12, left - 12);
            }
        }
    }

    [MethodImpl(Compiled.Once)]
    [SkipLocalsInit]
    private static void SumShuffleTile(in OutputTile tile)
    {
        int* sums = stackalloc int[16 * Width];
        for (int first = 0; first < tile.Rows; first += 16)
        {
            byte* codes = tile.CodesOf(first);
            tile.AskAhead(16, tile.Outputs);
            float* destination = tile.Destination + (first * tile.RowStride);
            if (tile.Codebooks <= OutputTile.FlushCodebooks && tile.Outputs >= Width && tile.Rows - first >= 16)
            {
                SumBlock(tile, codes, tile.Tables, tile.Codebooks, new StoringWholeBlock(tile, destination));
                continue;
            }

            StoringBlock store = new(tile, destination, Math.Min(16, tile.Rows - first));
            if (tile.Codebooks <= OutputTile.FlushCodebooks)
            {
                SumBlock(tile, codes, tile.Tables, tile.Codebooks, store);
                continue;
            }

            new Span<int>(sums, 16 * Width).Clear();
            for (int codebook = 0; codebook < tile.Codebooks; codebook += OutputTile.FlushCodebooks)
            {
                int count = Math.Min(OutputTile.FlushCodebooks, tile.Codebooks - codebook);
                SumBlock(tile, codes + (codebook * 16), tile.Tables + (codebook * 16 * Width), count, new AddingBlock(sums));
            }

            for (int row = 0; row < 16; row++)
            {
                store.Take(row, Vector128.Load(sums + (row * Width)));
            }
        }
    }

    /// <summary>Sums up to 256 codebooks, 16 rows × 4 outputs, and hands them to a sink.</summary>
    [MethodImpl(Compiled.Once)]
    private static void SumBlock<TSink>(in OutputTile tile, byte* codes, byte* tables, int codebooks, in TSink sink)
        where TSink : struct, IBlockSink
    {
        // all: 16-bit lanes of row pairs added whole, modulo 65,536; odd: their high bytes, the odd rows, exact. The even rows follow by subtraction.
        Vector128<ushort> all0 = default, all1 = default, all2 = default, all3 = default;
        Vector128<ushort> odd0 = default, odd1 = default, odd2 = default, odd3 = default;
        int codebook = 0;
        for (int fours = tile.FoursOf(codebooks); codebook < fours; codebook += 4)
        {
            Vector128<byte> code0 = Vector128.Load(codes), code1 = Vector128.Load(codes + 16), code2 = Vector128.Load(codes + 32), code3 = Vector128.Load(codes + 48);
            Vector128<ushort> entries = ShuffleFour(tables, code0, code1, code2, code3);
            all0 += entries;
            odd0 += entries >>> 8;
            entries = ShuffleFour(tables + 16, code0, code1, code2, code3);
            all1 += entries;
            odd1 += entries >>> 8;
            entries = ShuffleFour(tables + 32, code0, code1, code2, code3);
            all2 += entries;
            odd2 += entries >>> 8;
            entries = ShuffleFour(tables + 48, code0, code1, code2, code3);
            all3 += entries;
            odd3 += entries >>> 8;
            codes += 64;
            tables += 256;
        }

        for (; codebook < codebooks; codebook++)
        {
            Vector128<byte> code = Vector128.Load(codes);
            Vector128<ushort> entries = Portable.Shuffle(Vector128.Load(tables), code).AsUInt16();
            all0 += entries;
            odd0 += entries >>> 8;
            entries = Portable.Shuffle(Vector128.Load(tables + 16), code).AsUInt16();
            all1 += entries;
            odd1 += entries >>> 8;
            entries = Portable.Shuffle(Vector128.Load(tables + 32), code).AsUInt16();
            all2 += entries;
            odd2 += entries >>> 8;
            entries = Portable.Shuffle(Vector128.Load(tables + 48), code).AsUInt16();
            all3 += entries;
            odd3 += entries >>> 8;
            codes += 16;
            tables += 64;
        }

        DeliverRows(all0 - (odd0 << 8), all1 - (odd1 << 8), all2 - (odd2 << 8), all3 - (odd3 << 8), sink, 0);
        DeliverRows(odd0, odd1, odd2, odd3, sink, 1);
    }

    /// <summary>The sums, bytes, of an output's entries in four codebooks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> ShuffleFour(byte* tables, Vector128<byte> code0, Vector128<byte> code1, Vector128<byte> code2, Vector128<byte> code3)
    {
        Vector128<byte> first = Portable.Shuffle(Vector128.Load(tables), code0) + Portable.Shuffle(Vector128.Load(tables + 64), code1);
        Vector128<byte> second = Portable.Shuffle(Vector128.Load(tables + 128), code2) + Portable.Shuffle(Vector128.Load(tables + 192), code3);
        return (first + second).AsUInt16();
    }

    /// <summary>Transposes four outputs × eight every-other rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void DeliverRows<TSink>(Vector128<ushort> output0, Vector128<ushort> output1, Vector128<ushort> output2, Vector128<ushort> output3, in TSink sink, int row)
        where TSink : struct, IBlockSink
    {
        // Outputs 0 and 1 (2 and 3) of rows 0..3 (4..7) as pairs of 16 bits.
        Vector128<uint> pairs01Low = InterleaveLow(output0, output1).AsUInt32();
        Vector128<uint> pairs01High = InterleaveHigh(output0, output1).AsUInt32();
        Vector128<uint> pairs23Low = InterleaveLow(output2, output3).AsUInt32();
        Vector128<uint> pairs23High = InterleaveHigh(output2, output3).AsUInt32();
        DeliverTwo(InterleaveLow(pairs01Low, pairs23Low).AsUInt16(), sink, row);
        DeliverTwo(InterleaveHigh(pairs01Low, pairs23Low).AsUInt16(), sink, row + 4);
        DeliverTwo(InterleaveLow(pairs01High, pairs23High).AsUInt16(), sink, row + 8);
        DeliverTwo(InterleaveHigh(pairs01High, pairs23High).AsUInt16(), sink, row + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void DeliverTwo<TSink>(Vector128<ushort> rows, in TSink sink, int row)
        where TSink : struct, IBlockSink
    {
        sink.Take(row, Vector128.WidenLower(rows).AsInt32());
        sink.Take(row + 2, Vector128.WidenUpper(rows).AsInt32());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePart(Vector128<int> sums, in OutputTile tile, float* destination, int output, int left)
    {
        if (left > 0)
        {
            Store(Dequantize(sums, Vector128.Load(tile.Scales + output), Vector128.Load(tile.Offsets + output), Vector128.Load(tile.Bias + output), Vector128.Create(tile.Floor)), destination + output, left);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Dequantize(Vector128<int> sums, Vector128<float> scale, Vector128<float> offset, Vector128<float> bias, Vector128<float> floor)
    {
        // No maximum: instruction sets differ in what it is of zeros and of what is no number.
        Vector128<float> value = (Vector128.ConvertToSingle(sums) * scale) + offset + bias;
        return Vector128.ConditionalSelect(Vector128.LessThan(value, floor), floor, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector128<float> value, float* destination, int outputs)
    {
        if (outputs >= Vector128<float>.Count)
        {
            value.Store(destination);
            return;
        }

        for (int i = 0; i < outputs; i++)
        {
            destination[i] = value[i];
        }
    }

    /// <summary>a0 b0 a1 b1 a2 b2 a3 b3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<ushort> InterleaveLow(Vector128<ushort> a, Vector128<ushort> b)
    {
        if (Sse2.IsSupported)
        {
            return Sse2.UnpackLow(a, b);
        }

        return AdvSimd.Arm64.IsSupported
            ? AdvSimd.Arm64.ZipLow(a, b)
            : Vector128.Create(a[0], b[0], a[1], b[1], a[2], b[2], a[3], b[3]);
    }

    /// <summary>a4 b4 a5 b5 a6 b6 a7 b7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<ushort> InterleaveHigh(Vector128<ushort> a, Vector128<ushort> b)
    {
        if (Sse2.IsSupported)
        {
            return Sse2.UnpackHigh(a, b);
        }

        return AdvSimd.Arm64.IsSupported
            ? AdvSimd.Arm64.ZipHigh(a, b)
            : Vector128.Create(a[4], b[4], a[5], b[5], a[6], b[6], a[7], b[7]);
    }

    /// <summary>a0 b0 … a7 b7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<byte> InterleaveLow(Vector128<byte> a, Vector128<byte> b)
    {
        if (Sse2.IsSupported)
        {
            return Sse2.UnpackLow(a, b);
        }

        return AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a, b) : (Vector128.WidenLower(a) | (Vector128.WidenLower(b) << 8)).AsByte();
    }

    /// <summary>a8 b8 … a15 b15.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<byte> InterleaveHigh(Vector128<byte> a, Vector128<byte> b)
    {
        if (Sse2.IsSupported)
        {
            return Sse2.UnpackHigh(a, b);
        }

        return AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a, b) : (Vector128.WidenUpper(a) | (Vector128.WidenUpper(b) << 8)).AsByte();
    }

    /// <summary>a0 b0 a1 b1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> InterleaveLow(Vector128<uint> a, Vector128<uint> b)
    {
        if (Sse2.IsSupported)
        {
            return Sse2.UnpackLow(a, b);
        }

        return AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a, b) : Vector128.Create(a[0], b[0], a[1], b[1]);
    }

    /// <summary>a2 b2 a3 b3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> InterleaveHigh(Vector128<uint> a, Vector128<uint> b)
    {
        if (Sse2.IsSupported)
        {
            return Sse2.UnpackHigh(a, b);
        }

        return AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a, b) : Vector128.Create(a[2], b[2], a[3], b[3]);
    }

    /// <summary>Dequantises, and stores 16 rows of four outputs.</summary>
    private readonly struct StoringWholeBlock(in OutputTile tile, float* destination) : IBlockSink
    {
        private readonly Vector128<float> _scale = Vector128.Load(tile.Scales);
        private readonly Vector128<float> _offset = Vector128.Load(tile.Offsets);
        private readonly Vector128<float> _bias = Vector128.Load(tile.Bias);
        private readonly Vector128<float> _floor = Vector128.Create(tile.Floor);
        private readonly float* _destination = destination;
        private readonly nint _stride = tile.RowStride;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Take(int row, Vector128<int> sums) => Dequantize(sums, _scale, _offset, _bias, _floor).Store(_destination + (row * _stride));
    }

    /// <summary>Dequantises, and stores the rows and outputs there are.</summary>
    private readonly struct StoringBlock(in OutputTile tile, float* destination, int rows) : IBlockSink
    {
        private readonly Vector128<float> _scale = Vector128.Load(tile.Scales);
        private readonly Vector128<float> _offset = Vector128.Load(tile.Offsets);
        private readonly Vector128<float> _bias = Vector128.Load(tile.Bias);
        private readonly Vector128<float> _floor = Vector128.Create(tile.Floor);
        private readonly float* _destination = destination;
        private readonly nint _stride = tile.RowStride;
        private readonly int _rows = rows;
        private readonly int _outputs = tile.Outputs;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Take(int row, Vector128<int> sums)
        {
            if (row < _rows)
            {
                Store(Dequantize(sums, _scale, _offset, _bias, _floor), _destination + (row * _stride), _outputs);
            }
        }
    }

    /// <summary>Adds to 32-bit sums in memory, [row][output].</summary>
    private readonly struct AddingBlock(int* sums) : IBlockSink
    {
        private readonly int* _sums = sums;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Take(int row, Vector128<int> sums)
        {
            int* target = _sums + (row * Width);
            (Vector128.Load(target) + sums).Store(target);
        }
    }
}
