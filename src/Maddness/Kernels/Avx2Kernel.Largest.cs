using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>The largest outputs.</content>
internal readonly unsafe partial struct Avx2Kernel
{
    /// <inheritdoc/>
    public static int LargestLanes(int leaves) => leaves == 16 ? LargestOutputs.QuarterLanes : 0;

    /// <summary>As sums of as many outputs by byte shuffles: with fewer rows most of a block is empty.</summary>
    public static int MinSearchedRows(int leaves, int outputs) => outputs >= RowChunk ? 9 : 6;

    /// <inheritdoc/>
    public static int SearchedOutputs(int leaves) => Width;

    /// <inheritdoc/>
    public static void PackSearchedTile(in TableSource source, int firstOutput, byte* packed) => PackShuffled(source, firstOutput, packed);

    /// <inheritdoc/>
    public static void WriteLargest(LargestOutputs largest, int leaves, int* indices, int rows) => LargestOutputs.WriteQuarters(largest, indices, rows);

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    [SkipLocalsInit]
    public static void KeepLargest(in OutputTile tile, int place, LargestOutputs largest)
    {
        byte* memory = stackalloc byte[(8 * 32) + StackMemory.Slack];
        int* sums = (int*)StackMemory.Align(memory);
        for (int first = 0; first < tile.Rows; first += 16)
        {
            byte* codes = tile.CodesOf(first);
            SumBlock<OutputsInLanes, Avx2Output.Accumulators>(tile, codes, codes, tile.Tables, tile.Codebooks, sums, 16);
            Compare(tile, sums, place, largest);
            largest = largest.From(LargestOutputs.QuarterLanes);
        }
    }

    /// <summary>
    /// Registers 0..3 hold even rows, 4..7 odd ones. The low lane of register i serves output i, the high one output 4 + i; dword d the rows of its parity from 4d on, the first in its low half, the one two rows on in its
    /// high half. The first two of four quarters are used.
    /// </summary>
    [MethodImpl(Compiled.Once)]
    private static void Compare(in OutputTile tile, int* sums, int place, LargestOutputs largest)
    {
        float* values = largest.Values;
        int* kept = largest.Places;
        Vector256<float> value0 = Vector256.Load(values), value1 = Vector256.Load(values + 16), value2 = Vector256.Load(values + 32), value3 = Vector256.Load(values + 48);
        Vector256<int> place0 = Vector256.Load(kept), place1 = Vector256.Load(kept + 16), place2 = Vector256.Load(kept + 32), place3 = Vector256.Load(kept + 48);
        for (int i = 0; i < 4; i++)
        {
            Vector256<float> scale = InLanes(tile.Scales + i);
            Vector256<float> shift = scale * Vector256.Create(-OutputTile.MantissaShift);
            Vector256<float> offset = InLanes(tile.Offsets + i);
            Vector256<float> bias = InLanes(tile.Bias + i);
            Vector256<int> current = Vector256.Create(Vector128.Create(place + i), Vector128.Create(place + 4 + i));
            Vector256<int> even = Vector256.Load(sums + (8 * i)), odd = Vector256.Load(sums + (8 * (4 + i)));
            Keep(even & Vector256.Create(0xFFFF), scale, shift, offset, bias, current, ref value0, ref place0);
            Keep(odd & Vector256.Create(0xFFFF), scale, shift, offset, bias, current, ref value1, ref place1);
            Keep(even >>> 16, scale, shift, offset, bias, current, ref value2, ref place2);
            Keep(odd >>> 16, scale, shift, offset, bias, current, ref value3, ref place3);
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

    /// <summary>One value in the low lane, the one four further on in the high lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> InLanes(float* values) => Vector256.Create(Vector128.Create(values[0]), Vector128.Create(values[4]));

    /// <summary>The float of a 16-bit sum, as the sinks of <see cref="Avx2Output"/> make it, and its place, where it is greater than what is kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep(
        Vector256<int> sums,
        Vector256<float> scale,
        Vector256<float> shift,
        Vector256<float> offset,
        Vector256<float> bias,
        Vector256<int> current,
        ref Vector256<float> value,
        ref Vector256<int> place)
    {
        Vector256<float> shifted = (sums | Vector256.Create(OutputTile.MantissaShift).AsInt32()).AsSingle();
        Vector256<float> output = Fma.MultiplyAdd(shifted, scale, shift) + offset + bias;
        place = Vector256.ConditionalSelect(Vector256.GreaterThan(output, value).AsInt32(), current, place);

        // "Native": of two zeros either may stay, as they are equal.
        value = Vector256.MaxNative(output, value);
    }
}
