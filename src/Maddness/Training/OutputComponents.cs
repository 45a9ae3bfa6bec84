using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// The numbers per row that trees are fitted to when they serve the outputs: the outputs themselves where they are few, else their leading principal components, centred, and scaled by a
/// power of two so that squares stay in range.
/// </summary>
internal sealed class OutputComponents
{
    /// <summary>Components of one vector and of two: one lane counts rows.</summary>
    internal const int OneVector = OutputTargets.Lanes - 1;

    internal const int TwoVectors = (2 * OutputTargets.Lanes) - 1;

    /// <summary>Rows that the principal components are taken from: twice as many at most, as they are one of each so many.</summary>
    private const int SampledRows = 1024;

    /// <summary>Inputs or outputs of all these rows, unless a single row has more (100,000 outputs of 64 columns, C = 8, of 2,000 rows 1,000 sampled, 667 and 334: error .207, .216 and .211, by chance; 20, 11 and 7 s).</summary>
    private const int SampledValues = 1 << 26;

    /// <summary>Rows, or outputs, that are taken together: of one thread, and between two looks at the cancellation.</summary>
    private const int Block = 64;

    private const int Iterations = 4;

    /// <summary>Of a power of two that is a float.</summary>
    private const int LargestExponent = 127;

    private OutputComponents(int count, double[]? basis, float[] factor, float[] means)
    {
        Count = count;
        Basis = basis;
        Factor = factor;
        Means = means;
    }

    /// <summary>P.</summary>
    internal int Count { get; }

    /// <summary>V, M × P with orthonormal columns; null where the components are the outputs.</summary>
    internal double[]? Basis { get; }

    /// <summary>B·V, D × P, row-major: centred rows times it are the components.</summary>
    internal float[] Factor { get; }

    /// <summary>The means of the columns of A.</summary>
    internal float[] Means { get; }

    [MethodImpl(Compiled.Once)]
    internal static OutputComponents Of(TrainingRows data, float[] b, int outputs, TrainingScope scope)
    {
        float[] means = data.ColumnMeans();
        if (outputs <= OneVector)
        {
            return new OutputComponents(outputs, null, b, means);
        }

        int count = Math.Min(outputs, TwoVectors);
        double[] basis = PrincipalBasis(Sample(data, means, b, outputs), outputs, count, scope);
        float[] factor = new float[data.Columns * count];
        scope.Parallel(data.Columns, [MethodImpl(Compiled.Once)] (d) =>
        {
            // Row after row of the basis, as it lies in memory.
            double[] sums = new double[count];
            for (int m = 0; m < outputs; m++)
            {
                VectorSums.AddScaled(sums, b[(d * outputs) + m], basis.AsSpan(m * count, count));
            }

            for (int p = 0; p < count; p++)
            {
                factor[(d * count) + p] = (float)sums[p];
            }
        });

        return new OutputComponents(count, basis, factor, means);
    }

    /// <summary>The components of a range of columns, for all rows; of all columns for the whole range.</summary>
    internal float[] Project(TrainingRows data, int firstColumn, int columns)
    {
        float[] centred = new float[checked(data.Rows * columns)];
        data.Centre(0, firstColumn, columns, Means, centred);
        float[] products = new float[checked(data.Rows * Count)];
        ExactMatmul.Multiply(centred, data.Rows, columns, Factor.AsSpan(firstColumn * Count, columns * Count), Count, products);
        return products;
    }

    /// <summary>Targets from components.</summary>
    internal OutputTargets Targets(ReadOnlySpan<float> products, float scale) => Targets(products, Count, scale);

    [MethodImpl(Compiled.Once)]
    private static OutputTargets Targets(ReadOnlySpan<float> products, int count, float scale)
    {
        int rows = products.Length / count;
        OutputTargets targets = new(rows, count);
        for (int n = 0; n < rows; n++)
        {
            Span<float> destination = targets.Values.Slice(n * targets.Stride, count);
            for (int p = 0; p < count; p++)
            {
                destination[p] = scale == 0 ? 0 : products[(n * count) + p] * scale;
            }
        }

        return targets;
    }

    /// <summary>Targets from outputs that are no product, such as soft-maxes: they themselves where they are few, else as many of their leading principal components as a product has.</summary>
    /// <param name="y">Centred, row-major, of magnitude 1 at most.</param>
    /// <param name="outputs">M.</param>
    /// <param name="scope">Threads, cancellation.</param>
    internal static OutputTargets TargetsOf(float[] y, int outputs, TrainingScope scope)
    {
        int rows = y.Length / outputs;
        if (outputs <= OneVector)
        {
            return Targets(y, outputs, 1);
        }

        int count = Math.Min(outputs, TwoVectors);
        int step = SampleStep(rows, outputs);
        float[] sample = [.. RowSample.Of(y, outputs, step).SelectMany(n => y.AsSpan(n * outputs, outputs).ToArray())];
        float[] basis = Array.ConvertAll(PrincipalBasis(sample, outputs, count, scope), v => (float)v);
        float[] products = new float[checked(rows * count)];
        ExactMatmul.Multiply(y, rows, outputs, basis, count, products);
        return Targets(products, count, 1);
    }

    /// <summary>The power of two that brings the largest value into [1, 2), or as near to it as floats do, or 0 if there is none or it is not finite.</summary>
    [MethodImpl(Compiled.Once)]
    internal static float Scale(ReadOnlySpan<float> products)
    {
        float largest = 0;
        foreach (float value in products)
        {
            if (!float.IsFinite(value))
            {
                return 0;
            }

            largest = Math.Max(largest, Math.Abs(value));
        }

        return largest == 0 ? 0 : MathF.ScaleB(1, Math.Min(-MathF.ILogB(largest), LargestExponent));
    }

    /// <summary>The distance of rows of so many values that are sampled.</summary>
    internal static int SampleStep(int rows, int values) => Math.Max(1, rows / Math.Clamp(SampledValues / values, 1, SampledRows));

    /// <summary>The outputs of some rows, of all parts.</summary>
    [MethodImpl(Compiled.Once)]
    private static float[] Sample(TrainingRows data, float[] means, float[] b, int outputs)
    {
        int step = SampleStep(data.Rows, Math.Max(data.Columns, outputs));
        int[] places = RowSample.Of(data.Values, data.Columns, step);
        int rows = places.Length;
        float[] sample = new float[rows * data.Columns];
        for (int i = 0; i < rows; i++)
        {
            data.Centre(places[i], 0, data.Columns, means, sample.AsSpan(i * data.Columns, data.Columns));
        }

        float[] y = new float[rows * outputs];
        ExactMatmul.Multiply(sample, rows, data.Columns, b, outputs, y);
        return y;
    }

    /// <summary>Subspace iteration on centred outputs of some rows, from a fixed start. Threads share rows, then outputs, and add up in the same order as one does.</summary>
    [MethodImpl(Compiled.Once)]
    private static double[] PrincipalBasis(float[] y, int outputs, int count, TrainingScope scope)
    {
        int rows = y.Length / outputs;
        SeededRandom random = new(0);
        double[] basis = new double[outputs * count];
        for (int i = 0; i < basis.Length; i++)
        {
            basis[i] = random.Below(1 << 20) - (1 << 19);
        }

        Orthonormalise(basis, outputs, count, scope);
        double[] images = new double[rows * count];
        for (int iteration = 0; iteration < Iterations; iteration++)
        {
            Array.Clear(images);
            scope.Parallel((rows + Block - 1) / Block, [MethodImpl(Compiled.Once)] (block) =>
            {
                for (int n = block * Block; n < Math.Min(rows, (block + 1) * Block); n++)
                {
                    ReadOnlySpan<float> row = y.AsSpan(n * outputs, outputs);
                    Span<double> image = images.AsSpan(n * count, count);
                    for (int m = 0; m < outputs; m++)
                    {
                        VectorSums.AddScaled(image, row[m], basis.AsSpan(m * count, count));
                    }
                }
            });
            double[] next = new double[basis.Length];
            scope.Parallel((outputs + Block - 1) / Block, [MethodImpl(Compiled.Once)] (block) =>
            {
                int first = block * Block, end = Math.Min(outputs, first + Block);
                for (int n = 0; n < rows; n++)
                {
                    ReadOnlySpan<double> image = images.AsSpan(n * count, count);
                    for (int m = first; m < end; m++)
                    {
                        VectorSums.AddScaled(next.AsSpan(m * count, count), y[(n * outputs) + m], image);
                    }
                }
            });
            Orthonormalise(next, outputs, count, scope);
            basis = next;
        }

        return basis;
    }

    /// <summary>Gram-Schmidt, twice; a column that the others span becomes zero.</summary>
    [MethodImpl(Compiled.Once)]
    private static void Orthonormalise(double[] basis, int rows, int columns, TrainingScope scope)
    {
        double largest = 0;
        foreach (double value in basis)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        double scale = largest > 0 && double.IsFinite(largest) ? Math.ScaleB(1, -Math.ILogB(largest)) : 1;
        for (int i = 0; i < basis.Length; i++)
        {
            basis[i] *= scale;
        }

        for (int p = 0; p < columns; p++)
        {
            scope.Cancellation.ThrowIfCancellationRequested();
            double before = Math.Sqrt(Dot(basis, rows, columns, p, p));
            for (int q = 0; q < 2 * p; q++)
            {
                double overlap = Dot(basis, rows, columns, p, q % p);
                for (int m = 0; m < rows; m++)
                {
                    basis[(m * columns) + p] -= overlap * basis[(m * columns) + (q % p)];
                }
            }

            double length = Math.Sqrt(Dot(basis, rows, columns, p, p));
            double factor = length > 1e-12 * before ? 1 / length : 0;
            for (int m = 0; m < rows; m++)
            {
                basis[(m * columns) + p] *= factor;
            }
        }
    }

    [MethodImpl(Compiled.Once)]
    private static double Dot(double[] basis, int rows, int columns, int p, int q)
    {
        double sum = 0;
        for (int m = 0; m < rows; m++)
        {
            sum += basis[(m * columns) + p] * basis[(m * columns) + q];
        }

        return sum;
    }
}
