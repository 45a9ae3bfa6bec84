using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Maddness.Kernels;

/// <content>The largest outputs. A lane serves one row, or with 32 leaves two: nothing is to be compared across lanes.</content>
internal readonly unsafe partial struct Avx512VbmiKernel<TPermutation>
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void KeepLargest(in OutputTile tile, int place, LargestOutputs largest)
    {
        if (tile.Leaves == 32)
        {
            KeepLargest32(tile, place, largest);
            return;
        }

        KeepLargest16(tile, place, largest);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private static void KeepLargest16(in OutputTile tile, int place, LargestOutputs largest)
    {
        byte* memory = stackalloc byte[(16 * 64) + StackMemory.Slack];
        int* sums = (int*)StackMemory.Align(memory);
        for (int first = 0; first < tile.Rows; first += 16)
        {
            SumBlock(tile.Codes + (first / 16 * tile.CodeBlockStride), tile.Tables, (tile.Codebooks + 1) / 2, sums);
            Compare(tile, sums, 16, place, largest.From(first));
        }
    }

    /// <summary>With 32 leaves even rows of a block stand before odd ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WriteLargest(LargestOutputs largest, int leaves, int* indices, int rows)
    {
        if (leaves == 16)
        {
            new ReadOnlySpan<int>(largest.Places, rows).CopyTo(new Span<int>(indices, rows));
            return;
        }

        for (int row = 0; row < rows; row++)
        {
            indices[row] = largest.Places[(row / 32 * 32) + (row % 2 * 16) + (row % 32 / 2)];
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void KeepNarrowLargest(in OutputTile tile, int place, LargestOutputs largest)
    {
        byte* memory = stackalloc byte[(4 * 64) + StackMemory.Slack];
        int* sums = (int*)StackMemory.Align(memory);
        for (int first = 0; first < tile.Rows; first += 16)
        {
            byte* index = tile.Codes + (first / 16 * tile.CodeBlockStride);
            SumNarrowBlock(index, tile.Tables, (tile.Codebooks + 1) / 2, sums);
            Compare(tile, sums, 4, place, largest.From(first));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private static void KeepLargest32(in OutputTile tile, int place, LargestOutputs largest)
    {
        byte* memory = stackalloc byte[(16 * 64) + StackMemory.Slack];
        int* sums = (int*)StackMemory.Align(memory);
        for (int first = 0; first < tile.Rows; first += 32)
        {
            SumBlock(tile.Codes + (first / 16 * tile.CodeBlockStride), tile.Tables, (tile.Codebooks + 1) / 2, sums);
            LargestOutputs even = largest.From(first), odd = largest.From(first + 16);
            Vector512<float> value0 = Vector512.Load(even.Values), value1 = Vector512.Load(odd.Values);
            Vector512<int> place0 = Vector512.Load(even.Places), place1 = Vector512.Load(odd.Places);
            Vector512<int> current = Vector512.Create(place);
            for (int i = 0; i < tile.Outputs; i++)
            {
                Vector512<int> both = Vector512.Load(sums + (16 * i));
                Keep(tile, i, both & Vector512.Create(0xFFFF), current, ref value0, ref place0);
                Keep(tile, i, both >>> 16, current, ref value1, ref place1);
                current += Vector512<int>.One;
            }

            value0.Store(even.Values);
            value1.Store(odd.Values);
            place0.Store(even.Places);
            place1.Store(odd.Places);
        }
    }

    /// <summary>Dword r of register i: row r, output i in the low half, output <paramref name="registers"/> + i in the high one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Compare(in OutputTile tile, int* sums, int registers, int place, LargestOutputs largest)
    {
        Vector512<float> value = Vector512.Load(largest.Values);
        Vector512<int> kept = Vector512.Load(largest.Places);
        Vector512<int> current = Vector512.Create(place);
        int lows = Math.Min(registers, tile.Outputs);
        for (int i = 0; i < lows; i++)
        {
            Keep(tile, i, Vector512.Load(sums + (16 * i)) & Vector512.Create(0xFFFF), current, ref value, ref kept);
            current += Vector512<int>.One;
        }

        for (int i = registers; i < tile.Outputs; i++)
        {
            Keep(tile, i, Vector512.Load(sums + (16 * (i - registers))) >>> 16, current, ref value, ref kept);
            current += Vector512<int>.One;
        }

        value.Store(largest.Values);
        kept.Store(largest.Places);
    }

    /// <summary>The float of a 16-bit sum, and its place, where it is greater than what is kept. One output's scale serves one vector: a conversion and a product take less than the shifted scale of a fused product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep(in OutputTile tile, int output, Vector512<int> sums, Vector512<int> current, ref Vector512<float> value, ref Vector512<int> kept)
    {
        Vector512<float> product = Vector512.ConvertToSingle(sums) * Vector512.Create(tile.Scales[output]);
        Vector512<float> candidate = product + Vector512.Create(tile.Offsets[output]) + Vector512.Create(tile.Bias[output]);
        kept = Vector512.ConditionalSelect(Vector512.GreaterThan(candidate, value).AsInt32(), current, kept);

        // "Native": of two zeros either may stay, as they are equal.
        value = Vector512.MaxNative(candidate, value);
    }
}
