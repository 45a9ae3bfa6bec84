using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>The largest outputs.</content>
internal readonly unsafe partial struct Avx512Kernel
{
    /// <inheritdoc/>
    public static int LargestLanes(int leaves) => leaves == 16 ? LargestOutputs.QuarterLanes : 0;

    /// <summary>As sums of as many outputs by byte shuffles: with fewer rows most of a block is empty.</summary>
    public static int MinSearchedRows(int leaves, int outputs) => outputs >= RowChunk ? 9 : 6;

    /// <summary>16 leaves, by byte shuffles: four outputs per register, in eight registers with two accumulators each.</summary>
    public static int SearchedOutputs(int leaves) => Width;

    /// <summary>[codebook][register i in 0..7]: 64 bytes; lane l of register i serves output 4l + i/2, + 16 if i is odd.</summary>
    [MethodImpl(Compiled.Once)]
    public static void PackSearchedTile(in TableSource source, int firstOutput, byte* packed)
    {
        for (int codebook = 0; codebook < source.Codebooks; codebook++)
        {
            for (int i = 0; i < 8; i++)
            {
                for (int lane = 0; lane < 4; lane++)
                {
                    source.CopyTable(firstOutput + (4 * lane) + (i / 2) + (16 * (i % 2)), codebook, new Span<byte>(packed, 16));
                    packed += 16;
                }
            }
        }
    }

    /// <summary>Up to 16 outputs are AVX2 tiles.</summary>
    public static int NarrowSearchedOutputs(int leaves) => Avx2Kernel.SearchedOutputs(leaves);

    /// <inheritdoc/>
    public static int MaxSecondNarrowSearchedOutputs(int leaves) => NarrowSearchedOutputs(leaves);

    /// <inheritdoc/>
    public static void PackNarrowSearchedTile(in TableSource source, int firstOutput, byte* packed) => Avx2Kernel.PackSearchedTile(source, firstOutput, packed);

    /// <inheritdoc/>
    public static void KeepNarrowLargest(in OutputTile tile, int place, LargestOutputs largest) => Avx2Kernel.KeepLargest(tile, place, largest);

    /// <inheritdoc/>
    public static void WriteLargest(LargestOutputs largest, int leaves, int* indices, int rows) => LargestOutputs.WriteQuarters(largest, indices, rows);

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    [SkipLocalsInit]
    public static void KeepLargest(in OutputTile tile, int place, LargestOutputs largest)
    {
        byte* memory = stackalloc byte[(16 * 64) + StackMemory.Slack];
        int* sums = (int*)StackMemory.Align(memory);
        for (int first = 0; first < tile.Rows; first += 16)
        {
            SumShuffled(tile.CodesOf(first), tile.Tables, tile.Codebooks, sums);
            Compare(tile, sums, place, largest);
            largest = largest.From(LargestOutputs.QuarterLanes);
        }
    }

    /// <summary>Sums up to 256 codebooks, 16 rows × 32 outputs, to memory: 16 registers, of even rows, then of odd ones.</summary>
    [MethodImpl(Compiled.Once)]
    private static void SumShuffled(byte* codes, byte* tables, int codebooks, int* sums)
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
        all0.AsInt32().Store(sums);
        all1.AsInt32().Store(sums + 16);
        all2.AsInt32().Store(sums + 32);
        all3.AsInt32().Store(sums + 48);
        all4.AsInt32().Store(sums + 64);
        all5.AsInt32().Store(sums + 80);
        all6.AsInt32().Store(sums + 96);
        all7.AsInt32().Store(sums + 112);
        odd0.AsInt32().Store(sums + 128);
        odd1.AsInt32().Store(sums + 144);
        odd2.AsInt32().Store(sums + 160);
        odd3.AsInt32().Store(sums + 176);
        odd4.AsInt32().Store(sums + 192);
        odd5.AsInt32().Store(sums + 208);
        odd6.AsInt32().Store(sums + 224);
        odd7.AsInt32().Store(sums + 240);
    }

    /// <summary>
    /// Registers 0..7 hold even rows, 8..15 odd ones. Lane l of register i serves output 4l + i/2, + 16 if i is odd; its dword d the rows of its parity from 4d on, the first in its low half, the one two rows on in its high half.
    /// </summary>
    [MethodImpl(Compiled.Once)]
    private static void Compare(in OutputTile tile, int* sums, int place, LargestOutputs largest)
    {
        float* values = largest.Values;
        int* kept = largest.Places;
        Vector512<float> value0 = Vector512.Load(values), value1 = Vector512.Load(values + 16), value2 = Vector512.Load(values + 32), value3 = Vector512.Load(values + 48);
        Vector512<int> place0 = Vector512.Load(kept), place1 = Vector512.Load(kept + 16), place2 = Vector512.Load(kept + 32), place3 = Vector512.Load(kept + 48);
        Vector512<int> laneStarts = (Vector512<int>.Indices & Vector512.Create(~3)) + Vector512.Create(place);
        for (int half = 0; half < 2; half++)
        {
            Vector512<float> scales = Vector512.Load(tile.Scales + (16 * half));
            Vector512<float> offsets = Vector512.Load(tile.Offsets + (16 * half));
            Vector512<float> biases = Vector512.Load(tile.Bias + (16 * half));
            for (int i = 0; i < 4; i++)
            {
                // The scale of output 4l + i in all of lane l.
                Vector512<int> within = Vector512.Create(i);
                Vector512<float> scale = Avx512F.PermuteVar4x32(scales, within);
                Vector512<float> shift = scale * Vector512.Create(-OutputTile.MantissaShift);
                Vector512<float> offset = Avx512F.PermuteVar4x32(offsets, within);
                Vector512<float> bias = Avx512F.PermuteVar4x32(biases, within);
                Vector512<int> current = laneStarts + Vector512.Create((16 * half) + i);
                int* register = sums + (16 * ((2 * i) + half));
                Vector512<int> even = Vector512.Load(register), odd = Vector512.Load(register + (8 * 16));
                Keep(even & Vector512.Create(0xFFFF), scale, shift, offset, bias, current, ref value0, ref place0);
                Keep(odd & Vector512.Create(0xFFFF), scale, shift, offset, bias, current, ref value1, ref place1);
                Keep(even >>> 16, scale, shift, offset, bias, current, ref value2, ref place2);
                Keep(odd >>> 16, scale, shift, offset, bias, current, ref value3, ref place3);
            }
        }

        value0.Store(values);
        value1.Store(values + 16);
        value2.Store(values + 32);
        value3.Store(values + 48);
        place0.Store(kept);
        place1.Store(kept + 16);
        place2.Store(kept + 32);
        place3.Store(kept + 48);
    }

    /// <summary>The float of a 16-bit sum, as the sinks of <see cref="Avx512Output"/> make it, and its place, where it is greater than what is kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep(
        Vector512<int> sums,
        Vector512<float> scale,
        Vector512<float> shift,
        Vector512<float> offset,
        Vector512<float> bias,
        Vector512<int> current,
        ref Vector512<float> value,
        ref Vector512<int> place)
    {
        Vector512<float> shifted = (sums | Vector512.Create(OutputTile.MantissaShift).AsInt32()).AsSingle();
        Vector512<float> output = Avx512F.FusedMultiplyAdd(shifted, scale, shift) + offset + bias;
        place = Vector512.ConditionalSelect(Vector512.GreaterThan(output, value).AsInt32(), current, place);

        // "Native": of two zeros either may stay, as they are equal.
        value = Vector512.MaxNative(output, value);
    }
}
