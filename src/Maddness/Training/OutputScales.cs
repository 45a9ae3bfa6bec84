using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// Factors that give all outputs that vary the variance 1 over the training rows: columns of B times these make an error in each output count beside the output's own variance, and tables divided by these are those of B again.
/// </summary>
internal static class OutputScales
{
    /// <summary>Multiply-adds that variances may take, about: 65,536 rows × 512 × 500. Of larger products they are measured on scattered rows, as many as that allows.</summary>
    private const long Work = 16_777_216_000;

    /// <summary>Rows at the least: a standard deviation of so many is known to a twentieth.</summary>
    private const int MinRows = 256;

    /// <summary>Rows at once: enough for the product to be fast.</summary>
    private const int BlockRows = 64;

    /// <summary>What the terms of constants are made: little beside the variance of others, as nothing needs to be learned for them.</summary>
    private const double SizeOfConstants = 1e-3;

    /// <summary>One factor for each output: 1 for one of zeros, and where the product with it would leave float32.</summary>
    /// <param name="data">The training rows.</param>
    /// <param name="b">D × M, row-major.</param>
    /// <param name="outputs">M.</param>
    /// <param name="maxDegreeOfParallelism">Threads.</param>
    /// <param name="cancellation">Looked at between blocks of rows.</param>
    /// <param name="work">Multiply-adds that it may take, about.</param>
    [MethodImpl(Compiled.Once)]
    internal static float[] Of(TrainingRows data, float[] b, int outputs, int maxDegreeOfParallelism, CancellationToken cancellation, long work = Work)
    {
        long most = Math.Clamp(work / ((long)data.Columns * outputs), Math.Min(MinRows, data.Rows), data.Rows);
        TrainingRows rows = most >= data.Rows ? data : data.Select(ScatteredPlaces.Of(data.Rows, (int)((data.Rows + most - 1) / most)));
        float[] means = rows.ColumnMeans();
        double[] sums = new double[outputs], squares = new double[outputs];
        float furthest = AddProducts(rows, means, b, sums, squares, maxDegreeOfParallelism, cancellation);

        // Of each output the mean of the rows as they are, and its largest weight.
        double[] sizes = new double[outputs];
        float[] largest = new float[outputs], scales = new float[outputs];
        for (int d = 0; d < data.Columns; d++)
        {
            for (int m = 0; m < outputs; m++)
            {
                float weight = b[(d * outputs) + m];
                sizes[m] += (double)means[d] * weight;
                largest[m] = Math.Max(largest[m], Math.Abs(weight));
            }
        }

        for (int m = 0; m < outputs; m++)
        {
            double mean = sums[m] / rows.Rows, deviation = Math.Sqrt(Math.Max(0, (squares[m] / rows.Rows) - (mean * mean)));
            double scale = Constants.Vary(deviation, sizes[m] + mean) ? 1 / deviation : SizeOfConstants / ((double)largest[m] * furthest);
            scales[m] = float.IsNormal((float)scale) && float.IsFinite(largest[m] * (float)scale) ? (float)scale : 1;
        }

        return scales;
    }

    /// <summary>Columns times their factors.</summary>
    [MethodImpl(Compiled.Once)]
    internal static void Apply(float[] scales, float[] b)
    {
        for (int start = 0; start < b.Length; start += scales.Length)
        {
            for (int m = 0; m < scales.Length; m++)
            {
                b[start + m] *= scales[m];
            }
        }
    }

    /// <summary>Columns divided by their factors.</summary>
    [MethodImpl(Compiled.Once)]
    internal static void TakeBack(float[] scales, float[] tables)
    {
        for (int start = 0; start < tables.Length; start += scales.Length)
        {
            for (int m = 0; m < scales.Length; m++)
            {
                tables[start + m] /= scales[m];
            }
        }
    }

    /// <summary>Adds up the outputs of centred rows, in which no large mean cancels anything, and their squares. Returns the largest distance of a value from its column's mean.</summary>
    [MethodImpl(Compiled.Once)]
    private static float AddProducts(TrainingRows rows, float[] means, float[] b, double[] sums, double[] squares, int maxDegreeOfParallelism, CancellationToken cancellation)
    {
        int outputs = sums.Length, block = Math.Min(BlockRows, rows.Rows);
        ExactMatmul product = new(b, rows.Columns, outputs);
        float[] centred = new float[block * rows.Columns], y = new float[checked(block * outputs)];
        float furthest = 0;
        for (int start = 0; start < rows.Rows; start += block)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(block, rows.Rows - start);
            Span<float> values = centred.AsSpan(0, count * rows.Columns);
            rows.Centre(start, 0, rows.Columns, means, values);
            foreach (float value in values)
            {
                furthest = Math.Max(furthest, Math.Abs(value));
            }

            product.Multiply(values, count, y.AsSpan(0, count * outputs), maxDegreeOfParallelism);
            for (int n = 0; n < count; n++)
            {
                ReadOnlySpan<float> row = y.AsSpan(n * outputs, outputs);
                for (int m = 0; m < row.Length; m++)
                {
                    sums[m] += row[m];
                    squares[m] += (double)row[m] * row[m];
                }
            }
        }

        return furthest;
    }
}
