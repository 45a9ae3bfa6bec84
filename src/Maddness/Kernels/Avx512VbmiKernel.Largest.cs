using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>The largest outputs. A lane serves one row, or with 32 leaves two: nothing is to be compared across lanes.</content>
internal readonly unsafe partial struct Avx512VbmiKernel<TPermutation>
{
    /// <inheritdoc/>
    public static void KeepLargest(in OutputTile tile, int place, LargestOutputs largest)
    {
        if (tile.HasBias)
        {
            KeepLargest<WithBias>(tile, place, largest);
        }
        else
        {
            KeepLargest<WithoutBias>(tile, place, largest);
        }
    }

    /// <inheritdoc/>
    public static void KeepNarrowLargest(in OutputTile tile, int place, LargestOutputs largest)
    {
        if (tile.HasBias)
        {
            KeepNarrowLargest<WithBias>(tile, place, largest);
        }
        else
        {
            KeepNarrowLargest<WithoutBias>(tile, place, largest);
        }
    }

    /// <summary>With 32 leaves even rows of a block stand before odd ones.</summary>
    [MethodImpl(Compiled.Once)]
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

    [MethodImpl(Compiled.Once)]
    [SkipLocalsInit]
    private static void KeepLargest<TBias>(in OutputTile tile, int place, LargestOutputs largest)
        where TBias : struct, IBias
    {
        byte* memory = stackalloc byte[(16 * 64) + StackMemory.Slack];
        int* sums = (int*)StackMemory.Align(memory);
        int rows = SearchedBlockRows(tile.Leaves);
        for (int first = 0; first < tile.Rows; first += rows)
        {
            SumBlock(tile.Codes + (first / 16 * tile.CodeBlockStride), tile.Tables, (tile.Codebooks + 1) / 2, sums);
            if (rows == 16)
            {
                CompareOutputs<TBias>(tile, sums, 16, place, largest.From(first));
            }
            else
            {
                CompareRows<TBias>(tile, sums, place, largest.From(first), largest.From(first + 16));
            }
        }
    }

    [MethodImpl(Compiled.Once)]
    [SkipLocalsInit]
    private static void KeepNarrowLargest<TBias>(in OutputTile tile, int place, LargestOutputs largest)
        where TBias : struct, IBias
    {
        byte* memory = stackalloc byte[(4 * 64) + StackMemory.Slack];
        int* sums = (int*)StackMemory.Align(memory);
        for (int first = 0; first < tile.Rows; first += 16)
        {
            SumNarrowBlock(tile.Codes + (first / 16 * tile.CodeBlockStride), tile.Tables, (tile.Codebooks + 1) / 2, sums);
            CompareOutputs<TBias>(tile, sums, 4, place, largest.From(first));
        }
    }

    /// <summary>Dword r of register i: output i of row 2r in the low half, of row 2r + 1 in the high one.</summary>
    [MethodImpl(Compiled.Once)]
    private static void CompareRows<TBias>(in OutputTile tile, int* sums, int place, LargestOutputs even, LargestOutputs odd)
        where TBias : struct, IBias
    {
        Vector512<float> value0 = Vector512.Load(even.Values), value1 = Vector512.Load(odd.Values);
        Vector512<float> place0 = Vector512.Load(even.Places).AsSingle(), place1 = Vector512.Load(odd.Places).AsSingle();
        Vector512<int> current = Vector512.Create(place);
        for (int i = 0; i < tile.Outputs; i++)
        {
            Vector512<int> both = Vector512.Load(sums + (16 * i));
            Keep<TBias>(tile, i, both & Vector512.Create(0xFFFF), current, ref value0, ref place0);
            Keep<TBias>(tile, i, both >>> 16, current, ref value1, ref place1);
            current += Vector512<int>.One;
        }

        value0.Store(even.Values);
        value1.Store(odd.Values);
        place0.AsInt32().Store(even.Places);
        place1.AsInt32().Store(odd.Places);
    }

    /// <summary>Dword r of register i: row r, output i in the low half, output <paramref name="registers"/> + i in the high one. What the high halves keep is of later places: it counts where it is greater.</summary>
    [MethodImpl(Compiled.Once)]
    private static void CompareOutputs<TBias>(in OutputTile tile, int* sums, int registers, int place, LargestOutputs largest)
        where TBias : struct, IBias
    {
        Vector512<float> value = Vector512.Load(largest.Values), highValue = Vector512.Create(float.NegativeInfinity);
        Vector512<float> kept = Vector512.Load(largest.Places).AsSingle(), highKept = kept;
        Vector512<int> current = Vector512.Create(place), highCurrent = Vector512.Create(place + registers);
        int lows = Math.Min(registers, tile.Outputs), highs = Math.Max(0, tile.Outputs - registers);
        for (int i = 0; i < lows; i++)
        {
            Vector512<int> both = Vector512.Load(sums + (16 * i));
            Keep<TBias>(tile, i, both & Vector512.Create(0xFFFF), current, ref value, ref kept);
            current += Vector512<int>.One;
            if (i < highs)
            {
                Keep<TBias>(tile, registers + i, both >>> 16, highCurrent, ref highValue, ref highKept);
                highCurrent += Vector512<int>.One;
            }
        }

        Vector512<float> isHigh = Avx512F.CompareGreaterThan(highValue, value);
        Avx512F.BlendVariable(value, highValue, isHigh).Store(largest.Values);
        Avx512F.BlendVariable(kept, highKept, isHigh).AsInt32().Store(largest.Places);
    }

    /// <summary>The float of a 16-bit sum, and its place, where it is greater than what is kept. One output's scale serves one vector: a conversion and a product take less than the shifted scale of a fused product. Places pass for floats: of another type the mask would leave its register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep<TBias>(in OutputTile tile, int output, Vector512<int> sums, Vector512<int> current, ref Vector512<float> value, ref Vector512<float> kept)
        where TBias : struct, IBias
    {
        Vector512<float> candidate = (Vector512.ConvertToSingle(sums) * Vector512.Create(tile.Scales[output])) + Vector512.Create(tile.Offsets[output]);
        if (TBias.IsAdded)
        {
            candidate += Vector512.Create(tile.Bias[output]);
        }

        Vector512<float> isGreater = Avx512F.CompareGreaterThan(candidate, value);
        value = Avx512F.BlendVariable(value, candidate, isGreater);
        kept = Avx512F.BlendVariable(kept, current.AsSingle(), isGreater);
    }
}
