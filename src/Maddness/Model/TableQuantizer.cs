using System.Buffers.Binary;
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
    private const int Lanes = 16;

    /// <summary>2^23: a float between 0 and 255 added to it is rounded to the nearest integer, ties to even, which then stands in the low byte.</summary>
    private const float Rounding = 8388608;

    /// <param name="tables">T, row-major [c·K + k][m].</param>
    /// <param name="codebooks">C.</param>
    /// <param name="leaves">K.</param>
    /// <param name="outputs">M.</param>
    /// <param name="bias">One per output, or null for none.</param>
    /// <exception cref="ArgumentException">An output could exceed float32.</exception>
    [MethodImpl(Compiled.Once)]
    internal static LookupTables Quantize(ReadOnlySpan<float> tables, int codebooks, int leaves, int outputs, float[]? bias)
    {
        float[] lowest = new float[codebooks * outputs];
        float[] scales = new float[outputs];
        float[] offsets = new float[outputs];
        float[] highest = new float[outputs];
        double[] ranges = new double[outputs];
        double[] lowSums = new double[outputs];
        double[] highSums = new double[outputs];
        for (int c = 0; c < codebooks; c++)
        {
            Span<float> low = lowest.AsSpan(c * outputs, outputs);
            ReadOnlySpan<float> table = tables.Slice(c * leaves * outputs, leaves * outputs);
            FindRange(table, leaves, low, highest);
            AddRange(low, highest, ranges, lowSums, highSums);
        }

        for (int m = 0; m < outputs; m++)
        {
            scales[m] = (float)(ranges[m] / 255);
            offsets[m] = (float)lowSums[m];
            float largestSum = 255f * codebooks * scales[m];
            double low = lowSums[m] + (bias?[m] ?? 0);
            double high = highSums[m] + (bias?[m] ?? 0);
            if (!float.IsFinite(offsets[m]) || !float.IsFinite((float)highSums[m]) || !float.IsFinite(largestSum) || !float.IsFinite((float)low) || !float.IsFinite((float)high))
            {
                throw TooLarge("b", m, low, high);
            }
        }

        byte[] entries = GC.AllocateUninitializedArray<byte>(checked(codebooks * leaves * outputs));
        for (int c = 0; c < codebooks; c++)
        {
            ReadOnlySpan<float> table = tables.Slice(c * leaves * outputs, leaves * outputs);
            Round(table, leaves, lowest.AsSpan(c * outputs, outputs), scales, entries.AsSpan(c * leaves), codebooks * leaves);
        }

        return new LookupTables(codebooks, leaves, outputs, entries, scales, offsets, bias);
    }

    /// <summary>All callers name the matrix whose values are too large alike.</summary>
    private static ArgumentException TooLarge(string name, int output, double low, double high) =>
        new($"Output {output} of the product with '{name}' {(double.IsFinite(low) && double.IsFinite(high) ? $"could range from {low} to {high}" : "leaves the range of float32")}; expected what float32 holds, up to {float.MaxValue} in magnitude.", name);

    [MethodImpl(Compiled.Once)]
    private static void FindRange(ReadOnlySpan<float> table, int leaves, Span<float> lowest, Span<float> highest)
    {
        int outputs = lowest.Length;
        if (outputs < Lanes)
        {
            for (int m = 0; m < outputs; m++)
            {
                float low = table[m];
                float high = low;
                for (int k = 1; k < leaves; k++)
                {
                    low = Math.Min(low, table[(k * outputs) + m]);
                    high = Math.Max(high, table[(k * outputs) + m]);
                }

                lowest[m] = low;
                highest[m] = high;
            }

            return;
        }

        ref float values = ref MemoryMarshal.GetReference(table);
        for (int next = 0; next < outputs; next += Lanes)
        {
            // The last sixteen may overlap those before: they get the same values again.
            int m = Math.Min(next, outputs - Lanes);
            Vector512<float> low = Vector512.LoadUnsafe(ref values, (nuint)m);
            Vector512<float> high = low;
            for (int k = 1; k < leaves; k++)
            {
                Vector512<float> x = Vector512.LoadUnsafe(ref values, (nuint)((k * outputs) + m));
                low = Vector512.Min(low, x);
                high = Vector512.Max(high, x);
            }

            low.CopyTo(lowest[m..]);
            high.CopyTo(highest[m..]);
        }
    }

    /// <summary>Adds one codebook's smallest and largest values to their sums, and keeps the widest range. The difference in double cannot overflow; a value that is not finite spoils the sums, which are checked.</summary>
    [MethodImpl(Compiled.Once)]
    private static void AddRange(ReadOnlySpan<float> lowest, ReadOnlySpan<float> highest, Span<double> ranges, Span<double> lowSums, Span<double> highSums)
    {
        int m = 0;
        for (; m + Lanes <= lowest.Length; m += Lanes)
        {
            (Vector512<double> low0, Vector512<double> low1) = Vector512.Widen(Vector512.Create(lowest.Slice(m, Lanes)));
            (Vector512<double> high0, Vector512<double> high1) = Vector512.Widen(Vector512.Create(highest.Slice(m, Lanes)));
            AddRange(low0, high0, ranges.Slice(m, Lanes / 2), lowSums.Slice(m, Lanes / 2), highSums.Slice(m, Lanes / 2));
            AddRange(low1, high1, ranges.Slice(m + (Lanes / 2), Lanes / 2), lowSums.Slice(m + (Lanes / 2), Lanes / 2), highSums.Slice(m + (Lanes / 2), Lanes / 2));
        }

        for (; m < lowest.Length; m++)
        {
            ranges[m] = Math.Max(ranges[m], (double)highest[m] - lowest[m]);
            lowSums[m] += lowest[m];
            highSums[m] += highest[m];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRange(Vector512<double> low, Vector512<double> high, Span<double> ranges, Span<double> lowSums, Span<double> highSums)
    {
        Vector512.Max(Vector512.Create<double>(ranges), high - low).CopyTo(ranges);
        (Vector512.Create<double>(lowSums) + low).CopyTo(lowSums);
        (Vector512.Create<double>(highSums) + high).CopyTo(highSums);
    }

    /// <summary>Writes one codebook's entries: K bytes per output, <paramref name="stride"/> bytes apart.</summary>
    [MethodImpl(Compiled.Once)]
    private static void Round(ReadOnlySpan<float> table, int leaves, ReadOnlySpan<float> lowest, ReadOnlySpan<float> scales, Span<byte> entries, int stride)
    {
        int outputs = lowest.Length;
        if (outputs < Lanes)
        {
            for (int m = 0; m < outputs; m++)
            {
                float scale = scales[m] == 0 ? float.MaxValue : scales[m];
                for (int k = 0; k < leaves; k++)
                {
                    float x = (table[(k * outputs) + m] - lowest[m]) / scale;
                    entries[(m * stride) + k] = (byte)BitConverter.SingleToUInt32Bits(Math.Min(x, 255f) + Rounding);
                }
            }

            return;
        }

        ref float values = ref MemoryMarshal.GetReference(table);
        ref byte first = ref MemoryMarshal.GetReference(entries);
        Span<uint> words = stackalloc uint[Lanes];
        for (int next = 0; next < outputs; next += Lanes)
        {
            // As above, the last sixteen may overlap.
            int m = Math.Min(next, outputs - Lanes);
            Vector512<float> low = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(lowest), (nuint)m);
            Vector512<float> scale = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(scales), (nuint)m);

            // Where all tables are constant, any divisor gives 0.
            scale = Vector512.ConditionalSelect(Vector512.Equals(scale, Vector512<float>.Zero), Vector512.Create(float.MaxValue), scale);
            for (int k = 0; k < leaves; k += 4)
            {
                // Four leaves of sixteen outputs: the steps of an output become the bytes of one word, the first leaf lowest.
                Vector512<uint> word = Steps(ref values, (k * outputs) + m, low, scale)
                    | (Steps(ref values, ((k + 1) * outputs) + m, low, scale) << 8)
                    | (Steps(ref values, ((k + 2) * outputs) + m, low, scale) << 16)
                    | (Steps(ref values, ((k + 3) * outputs) + m, low, scale) << 24);
                word.CopyTo(words);
                for (int lane = 0; lane < Lanes; lane++)
                {
                    uint bytes = BitConverter.IsLittleEndian ? words[lane] : BinaryPrimitives.ReverseEndianness(words[lane]);
                    Unsafe.WriteUnaligned(ref Unsafe.Add(ref first, ((m + lane) * stride) + k), bytes);
                }
            }
        }
    }

    /// <summary>round((T − low) / scale) of sixteen outputs, 0 to 255.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Steps(ref float values, int place, Vector512<float> low, Vector512<float> scale)
    {
        Vector512<float> x = (Vector512.LoadUnsafe(ref values, (nuint)place) - low) / scale;
        return (Vector512.Min(x, Vector512.Create(255f)) + Vector512.Create(Rounding)).AsUInt32() & Vector512.Create(255u);
    }
}
