using System.Numerics.Tensors;
using Maddness.Comparison.Core;

namespace Maddness.Comparison.Approximate;

/// <summary>
/// B ≈ S₁·S₂ with sparse factors of 8-bit entries, found by alternating projected gradient descent (PALM; Le Magoarou and Gribonval) on ‖A(B − S₁S₂)‖² over the training rows: a step
/// down the gradient of one factor, then the projection to its largest entries. The start is the pruned B times the identity; the last projection is to 8 bits with a scale per column.
/// </summary>
internal sealed class SparseQuantisedFactors : IMethod
{
    private const int Iterations = 60;

    public string Name => "sparse 8-bit factors (PALM)";

    public string Key => "factors";

    public MethodKind Kind => MethodKind.Approximate;

    public string SizeName => "% kept";

    public IEnumerable<int> Sizes(Problem problem, bool quick) => quick ? [10, 50] : [5, 10, 25, 50];

    public Product Prepare(Problem problem, int size)
    {
        float[] means = Gemm.ColumnMeans(problem.Train);
        Matrix centred = Gemm.Centre(problem.Train, means), b = problem.B;
        Matrix gram = Gemm.TransposeMultiply(centred, centred);
        int budget = Math.Max(b.Columns, (int)(size / 100.0 * b.Values.Length));

        // A tenth of the entries goes to the second factor, which mixes the outputs, but no less than its diagonal.
        int second = Math.Min(Math.Max(b.Columns, budget / 10), b.Columns * b.Columns), first = Math.Max(b.Columns, budget - second);
        Matrix left = Keep(MagnitudePruning.Prune(b, gram, (double)first / b.Values.Length), first), right = Identity(b.Columns);
        MagnitudePruning.Refit(left, b, gram);
        double largest = Linear.LargestEigenvalue(gram);
        for (int iteration = 0; iteration < Iterations; iteration++)
        {
            left = Step(left, LeftGradient(gram, b, left, right), largest * Linear.LargestEigenvalue(Gemm.MultiplyTranspose(right, right)), first);
            Matrix image = Gemm.Multiply(gram, left);
            Matrix rightGradient = Gemm.TransposeMultiply(image, Subtract(Gemm.Multiply(left, right), b));
            right = Step(right, rightGradient, Linear.LargestEigenvalue(Gemm.TransposeMultiply(left, image)), second);
        }

        left = Quantise(left);
        right = Quantise(right);
        float[] constant = MagnitudePruning.Constant(means, b, Gemm.Multiply(left, right));
        return new SparseFactors([new SparseMatrix(left), new SparseMatrix(right)], constant);
    }

    private static Matrix LeftGradient(Matrix gram, Matrix b, Matrix left, Matrix right) =>
        Gemm.MultiplyTranspose(Gemm.Multiply(gram, Subtract(Gemm.Multiply(left, right), b)), right);

    private static Matrix Identity(int size)
    {
        Matrix result = new(size, size);
        for (int i = 0; i < size; i++)
        {
            result[i, i] = 1;
        }

        return result;
    }

    private static Matrix Subtract(Matrix x, Matrix y)
    {
        TensorPrimitives.Subtract<float>(x.Values, y.Values, x.Values);
        return x;
    }

    private static Matrix Step(Matrix factor, Matrix gradient, double curvature, int kept)
    {
        TensorPrimitives.MultiplyAdd<float>(gradient.Values, (float)(-1 / Math.Max(curvature, 1e-30)), factor.Values, factor.Values);
        return Keep(factor, kept);
    }

    private static Matrix Keep(Matrix factor, int kept)
    {
        if (kept >= factor.Values.Length)
        {
            return factor;
        }

        float least = factor.Values.Select(Math.Abs).OrderDescending().ElementAt(kept - 1);
        return new([.. factor.Values.Select(v => Math.Abs(v) >= least ? v : 0)], factor.Rows, factor.Columns);
    }

    private static Matrix Quantise(Matrix factor)
    {
        Matrix result = new(factor.Rows, factor.Columns);
        for (int column = 0; column < factor.Columns; column++)
        {
            float largest = Enumerable.Range(0, factor.Rows).Max(row => Math.Abs(factor[row, column]));
            float scale = Math.Max(largest / 127, 1e-30f);
            for (int row = 0; row < factor.Rows; row++)
            {
                result[row, column] = MathF.Round(factor[row, column] / scale) * scale;
            }
        }

        return result;
    }
}
