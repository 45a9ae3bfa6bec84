using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Maddness.Common;
using static System.FormattableString;

namespace Maddness.Model;

/// <summary>
/// Rounds tables to 8 bits: each table is measured from its own smallest value, and all tables of an output share one scale, so that sums of
/// bytes become outputs by one multiplication and one addition. The scale is the widest range / 255, or, where that costs next to nothing, such that the sums of four codebooks' entries fit a byte as well: these are added with fewer
/// operations (docs/kernels.md).
/// </summary>
internal static class TableQuantizer
{
    /// <summary>Leaves at once: every number of leaves is a multiple of it.</summary>
    private const int Lanes = 16;

    /// <summary>2^23: a float between 0 and 255 added to it is rounded to the nearest integer, ties to even, which then stands in the low byte.</summary>
    private const float Rounding = 8388608;

    /// <summary>Of four ranges together: each entry is rounded up by half a step at most, and all four to no more than 255.</summary>
    private const double LargestOfFour = 253;

    /// <summary>What <see cref="LookupTables.FoursFit"/> may add to the squared error of all outputs together, as a part of what is known of it.</summary>
    private const double Tolerance = 0.02;

    /// <summary>Where nobody knows the error, the part it is taken for of the variance that tables would have whose values are spread evenly over their ranges.</summary>
    private const double AssumedError = 0.025;

    /// <summary>Of an output's tables.</summary>
    /// <param name="Widest">The widest range.</param>
    /// <param name="FoursScale">The step with which sums of four fit a byte, and entries of tables that are left over do.</param>
    /// <param name="Squares">The sum of the squared ranges.</param>
    /// <param name="LowSum">The sum of the smallest values.</param>
    /// <param name="HighSum">The sum of the largest values.</param>
    private readonly record struct Ranges(double Widest, double FoursScale, double Squares, double LowSum, double HighSum);

    /// <param name="tables">T, output after output: row-major [m][c·K + k].</param>
    /// <param name="codebooks">C.</param>
    /// <param name="leaves">K.</param>
    /// <param name="outputs">M.</param>
    /// <param name="bias">One per output, or null for none.</param>
    /// <param name="squaredError">A row's squared error before rounding, of all outputs together, in the mean of rows that the tables were not learned from; null if it is not known.</param>
    /// <param name="factors">What each output was multiplied by where <paramref name="squaredError"/> was measured; null for ones.</param>
    /// <exception cref="ArgumentException">An output could exceed float32.</exception>
    [MethodImpl(Compiled.Once)]
    internal static LookupTables Quantize(ReadOnlySpan<float> tables, int codebooks, int leaves, int outputs, float[]? bias, double? squaredError = null, float[]? factors = null)
    {
        float[] scales = new float[outputs];
        float[] foursScales = new float[outputs];
        float[] offsets = new float[outputs];
        float[] lowest = GC.AllocateUninitializedArray<float>(checked(outputs * codebooks));
        int length = codebooks * leaves;
        byte[] entries = GC.AllocateUninitializedArray<byte>(checked(length * outputs));
        bool foursFit = codebooks >= 4;
        double added = 0, squares = 0;
        for (int m = 0; m < outputs; m++)
        {
            Ranges ranges = FindRanges(tables.Slice(m * length, length), leaves, lowest.AsSpan(m * codebooks, codebooks));
            scales[m] = (float)(ranges.Widest / 255);
            foursScales[m] = (float)ranges.FoursScale;
            offsets[m] = (float)ranges.LowSum;
            float largestSum = 255f * codebooks * scales[m];
            double low = ranges.LowSum + (bias?[m] ?? 0);
            double high = ranges.HighSum + (bias?[m] ?? 0);
            if (!float.IsFinite(offsets[m]) || !float.IsFinite((float)ranges.HighSum) || !float.IsFinite(largestSum) || !float.IsFinite((float)low) || !float.IsFinite((float)high))
            {
                throw TooLarge("b", m, codebooks, ranges, bias?[m] ?? 0);
            }

            // A subnormal scale may be too small by half: then four could exceed a byte. And nothing that the widest range leaves finite may be rounded up beyond float32.
            double roundedUp = codebooks / 2.0 * foursScales[m];
            foursFit &= float.IsFinite(255f * codebooks * foursScales[m])
                && float.IsFinite((float)(ranges.HighSum + roundedUp))
                && float.IsFinite((float)(high + roundedUp))
                && (ranges.Widest == 0 || float.IsNormal(foursScales[m]));
            double weight = factors is null ? 1 : (double)factors[m] * factors[m];
            added += weight * Math.Max(0, ((double)foursScales[m] * foursScales[m]) - ((double)scales[m] * scales[m])) * codebooks;
            squares += weight * ranges.Squares;
        }

        // Rounding to a step s has the variance s² / 12; so has a table whose values spread evenly over a range s.
        foursFit &= added / 12 <= Tolerance * (squaredError ?? (AssumedError * squares / 12));
        if (foursFit)
        {
            scales = foursScales;
        }

        for (int m = 0; m < outputs; m++)
        {
            Round(tables.Slice(m * length, length), leaves, lowest.AsSpan(m * codebooks, codebooks), scales[m], entries.AsSpan(m * length, length));
        }

        return new LookupTables(codebooks, leaves, outputs, entries, scales, offsets, bias, foursFit);
    }

    /// <summary>All callers name the matrix whose values are too large alike, though it is no parameter here. Steps are added up before the smallest value is, so their sum must be a float as well.</summary>
    private static ArgumentException TooLarge(string name, int output, int codebooks, Ranges ranges, double bias)
    {
        (double low, double high) = (ranges.LowSum + bias, ranges.HighSum + bias);
        string what = !double.IsFinite(low) || !double.IsFinite(high) ? "leaves the range of float32"
            : !AreFloats(low, high) ? Invariant($"could range from {low} to {high}")
            : !AreFloats(ranges.LowSum, ranges.HighSum) ? Invariant($"could range from {ranges.LowSum} to {ranges.HighSum} before its bias is added")
            : Invariant($"is a sum of steps, which could come to {codebooks * ranges.Widest} were all its tables as wide as the widest");
        return new ArgumentException(Invariant($"Output {output} of the product with '{name}' {what}; expected what float32 holds, up to {float.MaxValue} in magnitude."), name);

        static bool AreFloats(double low, double high) => float.IsFinite((float)low) && float.IsFinite((float)high);
    }

    /// <summary>The smallest value of each of an output's tables, and what their ranges say; not numbers where a value is not finite. A difference in double cannot overflow.</summary>
    [MethodImpl(Compiled.Once)]
    private static Ranges FindRanges(ReadOnlySpan<float> tables, int leaves, Span<float> lowest)
    {
        Debug.Assert(tables.Length == lowest.Length * leaves && leaves % Lanes == 0, "Whole vectors of each table.");
        ref float values = ref MemoryMarshal.GetReference(tables);

        // 0 as long as all values are finite: the native minimum and maximum may lose what is not a number.
        Vector512<float> zeros = default;
        double widest = 0, foursScale = 0, four = 0, squares = 0, lowSum = 0, highSum = 0;
        int whole = lowest.Length & ~3;
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
            double range = (double)largest - smallest;
            widest = double.MaxNative(widest, range);
            four = c % 4 == 0 ? range : four + range;
            foursScale = double.MaxNative(foursScale, c < whole ? four / LargestOfFour : range / 255);
            squares += range * range;
            lowSum += smallest;
            highSum += largest;
        }

        return Vector512.EqualsAll(zeros, Vector512<float>.Zero)
            ? new(widest, foursScale, squares, lowSum, highSum)
            : new(double.NaN, double.NaN, double.NaN, double.NaN, double.NaN);
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
        Debug.Assert(tables.Length == lowest.Length * leaves && entries.Length == tables.Length && leaves % Lanes == 0, "Whole vectors of each table.");
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
