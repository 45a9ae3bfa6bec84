using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Model;

/// <summary>
/// Rounds tables to 8 bits (ALGORITHM §4): each table is measured from its own smallest value, and all tables of an output share one scale, so that sums of
/// bytes become outputs by one multiplication and one addition.
/// </summary>
internal static class TableQuantizer
{
    /// <summary>Leaves at once: every number of leaves is a multiple of it.</summary>
    private const int Lanes = 16;

    /// <summary>2^23: a float between 0 and 255 added to it is rounded to the nearest integer, ties to even, which then stands in the low byte.</summary>
    private const float Rounding = 8388608;

    /// <param name="tables">T, output after output: row-major [m][c·K + k].</param>
    /// <param name="codebooks">C.</param>
    /// <param name="leaves">K.</param>
    /// <param name="outputs">M.</param>
    /// <param name="bias">One per output, or null for none.</param>
    /// <exception cref="ArgumentException">An output could exceed float32.</exception>
    [MethodImpl(Compiled.Once)]
    internal static LookupTables Quantize(ReadOnlySpan<float> tables, int codebooks, int leaves, int outputs, float[]? bias)
    {
        float[] scales = new float[outputs];
        float[] offsets = new float[outputs];
        float[] lowest = new float[codebooks];
        int length = codebooks * leaves;
        byte[] entries = GC.AllocateUninitializedArray<byte>(checked(length * outputs));
        for (int m = 0; m < outputs; m++)
        {
            ReadOnlySpan<float> own = tables.Slice(m * length, length);
            (double range, double lowSum, double highSum) = FindRange(own, leaves, lowest);
            scales[m] = (float)(range / 255);
            offsets[m] = (float)lowSum;
            float largestSum = 255f * codebooks * scales[m];
            double low = lowSum + (bias?[m] ?? 0);
            double high = highSum + (bias?[m] ?? 0);
            if (!float.IsFinite(offsets[m]) || !float.IsFinite((float)highSum) || !float.IsFinite(largestSum) || !float.IsFinite((float)low) || !float.IsFinite((float)high))
            {
                throw TooLarge("b", m, low, high);
            }

            Round(own, leaves, lowest, scales[m], entries.AsSpan(m * length, length));
        }

        return new LookupTables(codebooks, leaves, outputs, entries, scales, offsets, bias);
    }

    /// <summary>All callers name the matrix whose values are too large alike.</summary>
    private static ArgumentException TooLarge(string name, int output, double low, double high) =>
        new($"Output {output} of the product with '{name}' {(double.IsFinite(low) && double.IsFinite(high) ? $"could range from {low} to {high}" : "leaves the range of float32")}; expected what float32 holds, up to {float.MaxValue} in magnitude.", name);

    /// <summary>The smallest value of each of an output's tables, their widest range, and the sums of their smallest and largest values; not numbers where a value is not finite. A difference in double cannot overflow.</summary>
    [MethodImpl(Compiled.Once)]
    private static (double Range, double LowSum, double HighSum) FindRange(ReadOnlySpan<float> tables, int leaves, Span<float> lowest)
    {
        ref float values = ref MemoryMarshal.GetReference(tables);

        // 0 as long as all values are finite: the native minimum and maximum may lose what is not a number.
        Vector512<float> zeros = default;
        double range = 0, lowSum = 0, highSum = 0;
        for (int c = 0; c < lowest.Length; c++)
        {
            Vector512<float> low = Vector512.LoadUnsafe(ref values, (nuint)(c * leaves)), high = low;
            zeros += low * Vector512<float>.Zero;
            for (int k = Lanes; k < leaves; k += Lanes)
            {
                Vector512<float> x = Vector512.LoadUnsafe(ref values, (nuint)((c * leaves) + k));
                low = Vector512.MinNative(low, x);
                high = Vector512.MaxNative(high, x);
                zeros += x * Vector512<float>.Zero;
            }

            float smallest = SmallestOf(low), largest = -SmallestOf(-high);
            lowest[c] = smallest;
            range = double.MaxNative(range, (double)largest - smallest);
            lowSum += smallest;
            highSum += largest;
        }

        return Vector512.EqualsAll(zeros, Vector512<float>.Zero) ? (range, lowSum, highSum) : (double.NaN, double.NaN, double.NaN);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SmallestOf(Vector512<float> values)
    {
        Vector256<float> eight = Vector256.MinNative(values.GetLower(), values.GetUpper());
        Vector128<float> four = Vector128.MinNative(eight.GetLower(), eight.GetUpper());
        Vector128<float> two = Vector128.MinNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MinNative(two, Vector128.Shuffle(two, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    /// <summary>round((T − low) / scale) of an output's tables, 0 to 255.</summary>
    [MethodImpl(Compiled.Once)]
    private static void Round(ReadOnlySpan<float> tables, int leaves, ReadOnlySpan<float> lowest, float scale, Span<byte> entries)
    {
        ref float values = ref MemoryMarshal.GetReference(tables);
        ref byte bytes = ref MemoryMarshal.GetReference(entries);

        // Where all tables are constant, any divisor gives 0.
        Vector512<float> divisor = Vector512.Create(scale == 0 ? float.MaxValue : scale);
        int i = 0;
        for (int c = 0; c < lowest.Length; c++)
        {
            Vector512<float> low = Vector512.Create(lowest[c]);
            for (int end = i + leaves; i < end; i += Lanes)
            {
                Vector512<float> x = (Vector512.LoadUnsafe(ref values, (nuint)i) - low) / divisor;
                Vector512<uint> steps = (Vector512.MinNative(x, Vector512.Create(255f)) + Vector512.Create(Rounding)).AsUInt32() & Vector512.Create(255u);
                Vector256<ushort> words = Vector256.Narrow(steps.GetLower(), steps.GetUpper());
                Vector128.Narrow(words.GetLower(), words.GetUpper()).StoreUnsafe(ref bytes, (nuint)i);
            }
        }
    }
}
