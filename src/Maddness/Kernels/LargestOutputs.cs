using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Kernels;

/// <summary>
/// The largest outputs so far of blocks of rows, and their places, in <see cref="IKernel.LargestLanes"/> lanes a block. Kernels that sum in 16-bit lanes of row pairs keep 64 lanes a block: vector v of 16 serves
/// rows v, 4 + v, 8 + v and 12 + v, four of them in each quarter; a quarter has seen its share of the outputs.
/// </summary>
internal readonly unsafe struct LargestOutputs(float* values, int* places)
{
    /// <summary>Lanes of a block of 16 rows in quarters.</summary>
    internal const int QuarterLanes = 64;

    internal float* Values { get; } = values;

    internal int* Places { get; } = places;

    /// <summary>What is kept from some lane on.</summary>
    internal LargestOutputs From(nint lane) => new(Values + lane, Places + lane);

    /// <summary>Writes the places of rows in quarters: of each four quarters the largest value, the first place among equals.</summary>
    [MethodImpl(Compiled.Once)]
    internal static void WriteQuarters(LargestOutputs largest, int* indices, int rows)
    {
        for (int first = 0; first < rows; first += 16)
        {
            for (int v = 0; v < 4; v++)
            {
                MergeQuarters(largest.From(v * 16));
            }

            int count = Math.Min(16, rows - first);
            for (int row = 0; row < count; row++)
            {
                indices[first + row] = largest.Places[(row % 4 * 16) + (row / 4)];
            }

            largest = largest.From(QuarterLanes);
        }
    }

    /// <summary>Of a vector's four quarters the places of the largest values, to the first quarter of the places.</summary>
    [MethodImpl(Compiled.Once)]
    private static void MergeQuarters(LargestOutputs vector)
    {
        Vector256<float> value = Vector256.Load(vector.Values), otherValue = Vector256.Load(vector.Values + 8);
        Vector256<int> place = Vector256.Load(vector.Places), otherPlace = Vector256.Load(vector.Places + 8);
        Vector256<int> isOther = Vector256.GreaterThan(otherValue, value).AsInt32() | (Vector256.Equals(otherValue, value).AsInt32() & Vector256.LessThan(otherPlace, place));
        value = Vector256.MaxNative(otherValue, value);
        place = Vector256.ConditionalSelect(isOther, otherPlace, place);
        Vector128<float> low = value.GetLower(), high = value.GetUpper();
        Vector128<int> lowPlace = place.GetLower(), highPlace = place.GetUpper();
        Vector128<int> isHigh = Vector128.GreaterThan(high, low).AsInt32() | (Vector128.Equals(high, low).AsInt32() & Vector128.LessThan(highPlace, lowPlace));
        Vector128.ConditionalSelect(isHigh, highPlace, lowPlace).Store(vector.Places);
    }
}
