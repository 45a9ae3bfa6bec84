using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Maddness.Kernels;

/// <content>The largest outputs.</content>
internal readonly unsafe partial struct Avx512Kernel
{
    /// <inheritdoc/>
    public static int LargestLanes(int leaves) => leaves == 16 ? LargestOutputs.QuarterLanes : 0;

    /// <inheritdoc/>
    public static void KeepNarrowLargest(in OutputTile tile, int place, LargestOutputs largest) => Avx2Kernel.KeepLargest(tile, place, largest);

    /// <inheritdoc/>
    public static void WriteLargest(LargestOutputs largest, int leaves, int* indices, int rows) => LargestOutputs.WriteQuarters(largest, indices, rows);

    /// <inheritdoc/>
    [SkipLocalsInit]
    public static void KeepLargest(in OutputTile tile, int place, LargestOutputs largest)
    {
        byte* memory = stackalloc byte[(16 * 64) + StackMemory.Slack];
        int* sums = (int*)StackMemory.Align(memory);
        for (int first = 0; first < tile.Rows; first += 16)
        {
            ShuffledBlock.Sum<Avx512Output.Accumulators>(tile, tile.Codes + (first / 16 * tile.CodeBlockStride), tile.Tables, tile.Codebooks, sums);
            Compare(tile, sums, place, largest);
            largest = largest.From(LargestOutputs.QuarterLanes);
        }
    }

    /// <summary>
    /// Registers 0..7 hold even rows, 8..15 odd ones. Lane l of register i serves output 4l + i/2, + 16 if i is odd; its dword d the rows of its parity from 4d on, the first in its low half, the one two rows on in its high half.
    /// </summary>
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
