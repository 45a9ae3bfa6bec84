using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Maddness.Training;

/// <summary>
/// The columns of one range, centred so that sums over buckets do not cancel, scaled by a power of two so that squares neither overflow nor vanish, and padded
/// with zeros to whole vectors. Values are float32, relative to the column's mean; everything summed from them is double.
/// </summary>
internal sealed class RangeBlock
{
    /// <summary>Doubles of a vector; rows are a multiple of it.</summary>
    internal const int Lanes = 8;

    internal RangeBlock(TrainingRows data, int firstColumn, int columns)
    {
        Rows = data.Rows;
        Columns = columns;
        Stride = (columns + Lanes - 1) / Lanes * Lanes;
        Values = new float[checked(Rows * Stride)];
        float[] centres = Centres(data, firstColumn, columns, out double largest);

        // Largest deviation in [1, 2); a range of constants stays all zero.
        double scale = largest > 0 ? Math.ScaleB(1, -Math.ILogB(largest)) : 1;
        for (int n = 0; n < Rows; n++)
        {
            ReadOnlySpan<float> row = data.Row(n).Slice(firstColumn, columns);
            Span<float> destination = Values.AsSpan(n * Stride, columns);
            for (int j = 0; j < row.Length; j++)
            {
                destination[j] = (float)(((double)row[j] - centres[j]) * scale);
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

    private static float[] Centres(TrainingRows data, int firstColumn, int columns, out double largest)
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

        largest = 0;
        for (int n = 0; n < data.Rows; n++)
        {
            ReadOnlySpan<float> row = data.Row(n).Slice(firstColumn, columns);
            for (int j = 0; j < row.Length; j++)
            {
                largest = Math.Max(largest, Math.Abs((double)row[j] - centres[j]));
            }
        }

        return centres;
    }
}
