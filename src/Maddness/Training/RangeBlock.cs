using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// Some columns, centred so that sums over buckets do not cancel, scaled by a power of two so that squares neither overflow nor vanish, and padded
/// with zeros to whole vectors. Values are float32, relative to the column's mean; everything summed from them is double. Where columns have weights, values are
/// multiplied by them, so that squared errors count by the squares of the weights.
/// </summary>
internal sealed class RangeBlock
{
    /// <summary>Doubles of a vector; rows are a multiple of it.</summary>
    internal const int Lanes = 8;

    private readonly AlignedBuffer<float> _values;

    [MethodImpl(Compiled.Once)]
    internal RangeBlock(TrainingRows data, int[] columns, double[]? weights)
    {
        Rows = data.Rows;
        Columns = columns.Length;
        Stride = (columns.Length + Lanes - 1) / Lanes * Lanes;
        _values = new AlignedBuffer<float>(checked(Rows * Stride));
        for (int n = 0; n < Rows; n++)
        {
            ReadOnlySpan<float> row = data.Row(n);
            Span<float> own = Values.Slice(n * Stride, columns.Length);
            for (int j = 0; j < own.Length; j++)
            {
                own[j] = row[columns[j]];
            }
        }

        double[] centres = new double[Stride];
        double[] scales = new double[Stride];
        Measure(centres, scales);
        Weigh(scales, weights is null ? [] : [.. columns.Select(j => weights[j])]);
        Standardise(centres, scales);
    }

    internal int Rows { get; }

    internal int Columns { get; }

    /// <summary>Values from one row to the next.</summary>
    internal int Stride { get; }

    /// <summary>[row][column]; whole vectors never lie in two cache lines.</summary>
    internal Span<float> Values => _values.Span;

    /// <summary>Eight values, widened.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Load(ref float first, nuint offset) =>
        Vector512.WidenLower(Vector256.LoadUnsafe(ref first, offset).ToVector512Unsafe());

    /// <summary>The mean of each column, rounded to float32 so that near values subtract exactly, and the largest deviation from it.</summary>
    [MethodImpl(Compiled.Once)]
    private void Measure(double[] centres, double[] deviations)
    {
        ref float values = ref MemoryMarshal.GetReference(Values);
        ref double sums = ref MemoryMarshal.GetArrayDataReference(centres);
        float[] lowest = Values[..Stride].ToArray();
        float[] highest = Values[..Stride].ToArray();
        ref float low = ref MemoryMarshal.GetArrayDataReference(lowest);
        ref float high = ref MemoryMarshal.GetArrayDataReference(highest);
        for (int n = 0; n < Rows; n++)
        {
            for (nuint j = 0; j < (nuint)Stride; j += Lanes)
            {
                Vector256<float> x = Vector256.LoadUnsafe(ref values, j);
                (Vector512.LoadUnsafe(ref sums, j) + Load(ref values, j)).StoreUnsafe(ref sums, j);
                Vector256.Min(Vector256.LoadUnsafe(ref low, j), x).StoreUnsafe(ref low, j);
                Vector256.Max(Vector256.LoadUnsafe(ref high, j), x).StoreUnsafe(ref high, j);
            }

            values = ref Unsafe.Add(ref values, Stride);
        }

        for (int j = 0; j < Stride; j++)
        {
            centres[j] = (float)(centres[j] / Rows);
            deviations[j] = Math.Max(highest[j] - centres[j], centres[j] - lowest[j]);
        }
    }

    /// <summary>Turns deviations into the weights times the power of two that brings the largest weighted one into [1, 2); a block of constants stays all zero.</summary>
    [MethodImpl(Compiled.Once)]
    private static void Weigh(double[] scales, ReadOnlySpan<double> weights)
    {
        double largest = 0;
        for (int j = 0; j < scales.Length; j++)
        {
            double weight = weights.IsEmpty ? 1 : j < weights.Length ? weights[j] : 0;
            largest = Math.Max(largest, scales[j] * weight);
            scales[j] = weight;
        }

        int exponent = largest > 0 ? -Math.ILogB(largest) : 0;
        for (int j = 0; j < scales.Length; j++)
        {
            scales[j] = Math.ScaleB(scales[j], exponent);
        }
    }

    [MethodImpl(Compiled.Once)]
    private void Standardise(double[] centres, double[] scales)
    {
        ref float values = ref MemoryMarshal.GetReference(Values);
        ref double centre = ref MemoryMarshal.GetArrayDataReference(centres);
        ref double scale = ref MemoryMarshal.GetArrayDataReference(scales);
        for (int n = 0; n < Rows; n++)
        {
            for (nuint j = 0; j < (nuint)Stride; j += Lanes)
            {
                Vector512<double> x = (Load(ref values, j) - Vector512.LoadUnsafe(ref centre, j)) * Vector512.LoadUnsafe(ref scale, j);
                Vector256.Narrow(x.GetLower(), x.GetUpper()).StoreUnsafe(ref values, j);
            }

            values = ref Unsafe.Add(ref values, Stride);
        }
    }
}
