using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Maddness.Training;

/// <summary>
/// The columns of one range, centred so that sums over buckets do not cancel, scaled by a power of two so that squares neither overflow nor vanish, and padded
/// with zeros to whole vectors. Values are float32, relative to the column's mean; everything summed from them is double. Where columns have weights, values are
/// multiplied by them, so that squared errors count by the squares of the weights.
/// </summary>
internal sealed class RangeBlock
{
    /// <summary>Doubles of a vector; rows are a multiple of it.</summary>
    internal const int Lanes = 8;

    internal RangeBlock(TrainingRows data, int firstColumn, int columns, ReadOnlySpan<double> weights = default)
    {
        Rows = data.Rows;
        Columns = columns;
        Stride = (columns + Lanes - 1) / Lanes * Lanes;
        Values = new float[checked(Rows * Stride)];
        float[] centres = Centres(data, firstColumn, columns);
        double[] scales = Scales(data, firstColumn, centres, weights);
        for (int n = 0; n < Rows; n++)
        {
            ReadOnlySpan<float> row = data.Row(n).Slice(firstColumn, columns);
            Span<float> destination = Values.AsSpan(n * Stride, columns);
            for (int j = 0; j < row.Length; j++)
            {
                destination[j] = (float)(((double)row[j] - centres[j]) * scales[j]);
            }
        }
    }

    internal int Rows { get; }

    internal int Columns { get; }

    /// <summary>Values from one row to the next.</summary>
    internal int Stride { get; }

    internal float[] Values { get; }

    /// <summary>Eight values, widened.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Load(ref float first, nuint offset) =>
        Vector512.WidenLower(Vector256.LoadUnsafe(ref first, offset).ToVector512Unsafe());

    private static float[] Centres(TrainingRows data, int firstColumn, int columns)
    {
        double[] sums = new double[columns];
        for (int n = 0; n < data.Rows; n++)
        {
            ReadOnlySpan<float> row = data.Row(n).Slice(firstColumn, columns);
            for (int j = 0; j < row.Length; j++)
            {
                sums[j] += row[j];
            }
        }

        float[] centres = new float[columns];
        for (int j = 0; j < columns; j++)
        {
            centres[j] = (float)(sums[j] / data.Rows);
        }

        return centres;
    }

    /// <summary>The weights, times the power of two that brings the largest weighted deviation into [1, 2); a range of constants stays all zero.</summary>
    private static double[] Scales(TrainingRows data, int firstColumn, float[] centres, ReadOnlySpan<double> weights)
    {
        double[] largest = new double[centres.Length];
        for (int n = 0; n < data.Rows; n++)
        {
            ReadOnlySpan<float> row = data.Row(n).Slice(firstColumn, centres.Length);
            for (int j = 0; j < row.Length; j++)
            {
                largest[j] = Math.Max(largest[j], Math.Abs((double)row[j] - centres[j]));
            }
        }

        double overall = 0;
        for (int j = 0; j < largest.Length; j++)
        {
            overall = Math.Max(overall, largest[j] * (weights.IsEmpty ? 1 : weights[firstColumn + j]));
        }

        double[] scales = new double[centres.Length];
        int exponent = overall > 0 ? -Math.ILogB(overall) : 0;
        for (int j = 0; j < scales.Length; j++)
        {
            scales[j] = Math.ScaleB(weights.IsEmpty ? 1 : weights[firstColumn + j], exponent);
        }

        return scales;
    }
}
