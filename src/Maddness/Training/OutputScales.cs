using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// Factors that give all outputs that vary the variance 1 over the training rows: columns of B times these make an error in each output count beside the output's own variance, and tables divided by these are those of B again.
/// </summary>
internal static class OutputScales
{
    /// <summary>Rows that variances are measured on at most, scattered ones: each is then known to a few parts of a hundred.</summary>
    private const int MaxRows = 4096;

    /// <summary>Outputs of rows at once, at most and where one row has no more.</summary>
    private const int BlockValues = 1 << 20;

    /// <summary>Of an output's size, the standard deviation up to which it may be rounding alone: such an output is taken for a constant.</summary>
    private const double LeastVariation = 1e-6;

    /// <summary>What constants are made: little beside the variance of others, as nothing needs to be learned for them.</summary>
    private const double SizeOfConstants = 1e-3;

    /// <summary>One factor for each output: 1 where it is 0, or where the product with it would leave float32.</summary>
    /// <param name="data">The training rows.</param>
    /// <param name="b">D × M, row-major.</param>
    /// <param name="outputs">M.</param>
    /// <param name="cancellation">Looked at between blocks of rows.</param>
    [MethodImpl(Compiled.Once)]
    internal static float[] Of(TrainingRows data, float[] b, int outputs, CancellationToken cancellation)
    {
        int[] places = ScatteredPlaces.Of(data.Rows, ((data.Rows - 1) / MaxRows) + 1);
        TrainingRows rows = data.Select(places);
        ExactMatmul product = new(b, data.Columns, outputs);
        int block = Math.Clamp(BlockValues / outputs, 1, rows.Rows);
        float[] y = new float[block * outputs];

        // From the first row's outputs, so that large means cancel nothing.
        double[] first = new double[outputs], sums = new double[outputs], squares = new double[outputs];
        for (int start = 0; start < rows.Rows; start += block)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(block, rows.Rows - start);
            product.Multiply(rows.Values.AsSpan(start * data.Columns, count * data.Columns), count, y.AsSpan(0, count * outputs));
            for (int m = 0; m < outputs && start == 0; m++)
            {
                first[m] = y[m];
            }

            for (int n = 0; n < count; n++)
            {
                for (int m = 0; m < outputs; m++)
                {
                    double distance = y[(n * outputs) + m] - first[m];
                    sums[m] += distance;
                    squares[m] += distance * distance;
                }
            }
        }

        float[] scales = new float[outputs];
        for (int m = 0; m < outputs; m++)
        {
            double mean = sums[m] / rows.Rows, variance = Math.Max(0, (squares[m] / rows.Rows) - (mean * mean)), square = variance + ((first[m] + mean) * (first[m] + mean));
            double deviation = Math.Sqrt(variance), size = Math.Sqrt(square);
            scales[m] = (float)(deviation > LeastVariation * size ? 1 / deviation : SizeOfConstants / size);
        }

        for (int i = 0; i < b.Length; i++)
        {
            int m = i % outputs;
            bool isFloat = float.IsFinite(b[i] * scales[m]) && float.IsNormal(scales[m]);
            scales[m] = isFloat ? scales[m] : 1;
        }

        return scales;
    }

    /// <summary>Columns times their factors.</summary>
    [MethodImpl(Compiled.Once)]
    internal static void Apply(float[] scales, float[] b)
    {
        for (int i = 0; i < b.Length; i++)
        {
            b[i] *= scales[i % scales.Length];
        }
    }

    /// <summary>Columns divided by their factors.</summary>
    [MethodImpl(Compiled.Once)]
    internal static void TakeBack(float[] scales, float[] tables)
    {
        for (int i = 0; i < tables.Length; i++)
        {
            tables[i] /= scales[i % scales.Length];
        }
    }
}
