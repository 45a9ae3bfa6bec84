using Maddness.Comparison.Core;

namespace Maddness.Comparison.Approximate;

/// <summary>
/// PCA with sparse components: truncated power iterations (Yuan and Zhang) with deflation, each component with a quarter of its entries; what the components say about the
/// outputs is fitted by least squares, since they are not orthogonal.
/// </summary>
internal sealed class SparsePca : IMethod
{
    private const double Density = 0.25;
    private const int Iterations = 30;

    public string Name => "sparse PCA";

    public string Key => "sparsepca";

    public MethodKind Kind => MethodKind.Approximate;

    public string SizeName => "components";

    public IEnumerable<int> Sizes(Problem problem, bool quick) => ProjectionSizes.Of(problem, quick);

    public Product Prepare(Problem problem, int size)
    {
        float[] means = Gemm.ColumnMeans(problem.Train);
        Matrix centred = Gemm.Centre(problem.Train, means);
        Matrix covariance = Gemm.TransposeMultiply(centred, centred);
        Matrix p = Components(covariance, size);
        Matrix scores = Gemm.Multiply(centred, p);
        Matrix targets = Gemm.Multiply(centred, problem.B);
        Matrix gram = Gemm.TransposeMultiply(scores, scores);
        double trace = Enumerable.Range(0, size).Sum(i => (double)gram[i, i]);
        Matrix q = Linear.Solve(gram, Gemm.TransposeMultiply(scores, targets), 1e-6 * trace / size);
        return new SparseFactors([new SparseMatrix(p), new SparseMatrix(q)], MagnitudePruning.Constant(means, problem.B, Gemm.Multiply(p, q)));
    }

    private static Matrix Components(Matrix covariance, int size)
    {
        int inputs = covariance.Rows, kept = Math.Max(1, (int)(Density * inputs));
        Matrix rest = new([.. covariance.Values], inputs, inputs), components = new(inputs, size);
        for (int component = 0; component < size; component++)
        {
            // The column of the largest variance left is a start that is never orthogonal to the answer.
            int start = 0;
            for (int i = 1; i < inputs; i++)
            {
                start = rest[i, i] > rest[start, start] ? i : start;
            }

            Matrix vector = Truncate(new Matrix([.. rest.Row(start)], inputs, 1), kept);
            for (int iteration = 0; iteration < Iterations; iteration++)
            {
                vector = Truncate(Gemm.Multiply(rest, vector), kept);
            }

            // Projection deflation: what the component explains is taken out of the covariance.
            Matrix image = Gemm.Multiply(rest, vector);
            float value = Math.Max(System.Numerics.Tensors.TensorPrimitives.Dot<float>(image.Values, vector.Values), 1e-20f);
            for (int i = 0; i < inputs; i++)
            {
                components[i, component] = vector.Values[i];
                System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(image.Values, -image.Values[i] / value, rest.Row(i), rest.Row(i));
            }
        }

        return components;
    }

    private static Matrix Truncate(Matrix vector, int kept)
    {
        float least = vector.Values.Select(Math.Abs).OrderDescending().ElementAt(kept - 1);
        float[] values = [.. vector.Values.Select(v => Math.Abs(v) >= least ? v : 0)];
        float norm = Math.Max(System.Numerics.Tensors.TensorPrimitives.Norm<float>(values), 1e-20f);
        return new([.. values.Select(v => v / norm)], vector.Rows, 1);
    }
}
