using Maddness.Comparison.Core;

namespace Maddness.Comparison.Approximate;

/// <summary>
/// Keeps the entries of B with the largest |b| · root mean square of their column of A (what an entry adds to an output), refits them by least squares on the training rows, and
/// multiplies by the sparse matrix.
/// </summary>
internal sealed class MagnitudePruning : IMethod
{
    private const int Sweeps = 20;

    public string Name => "magnitude pruning";

    public string Key => "pruning";

    public MethodKind Kind => MethodKind.Approximate;

    public string SizeName => "% kept";

    public IEnumerable<int> Sizes(Problem problem, bool quick) => quick ? [10, 50] : [2, 5, 10, 25, 50];

    public Product Prepare(Problem problem, int size)
    {
        float[] means = Gemm.ColumnMeans(problem.Train);
        Matrix centred = Gemm.Centre(problem.Train, means);
        Matrix gram = Gemm.TransposeMultiply(centred, centred);
        Matrix kept = Prune(problem.B, gram, size / 100.0);
        Refit(kept, problem.B, gram);
        return new SparseFactors([new SparseMatrix(kept)], Constant(means, problem.B, kept));
    }

    /// <summary>What the means of A add to the outputs beyond what the approximation of B gives.</summary>
    internal static float[] Constant(float[] means, Matrix b, Matrix approximation)
    {
        float[] constant = Gemm.RowTimes(means, b);
        System.Numerics.Tensors.TensorPrimitives.Subtract(constant, Gemm.RowTimes(means, approximation), constant);
        return constant;
    }

    internal static Matrix Prune(Matrix b, Matrix gram, double share)
    {
        float[] weights = [.. b.Values.Select((v, i) => MathF.Abs(v) * MathF.Sqrt(Math.Max(0, gram[i / b.Columns, i / b.Columns])))];
        float[] sorted = [.. weights.OrderDescending()];
        float least = sorted[Math.Clamp((int)(share * sorted.Length) - 1, 0, sorted.Length - 1)];
        return new([.. b.Values.Select((v, i) => weights[i] >= least ? v : 0)], b.Rows, b.Columns);
    }

    /// <summary>Coordinate descent on ‖A(B − kept)‖² over the kept entries.</summary>
    internal static void Refit(Matrix kept, Matrix b, Matrix gram)
    {
        float[] gradient = new float[b.Rows], difference = new float[b.Rows];
        for (int column = 0; column < b.Columns; column++)
        {
            for (int i = 0; i < b.Rows; i++)
            {
                difference[i] = b[i, column] - kept[i, column];
            }

            Gemm.Multiply(gram, new Matrix(difference, b.Rows, 1)).Values.CopyTo(gradient, 0);
            for (int sweep = 0; sweep < Sweeps; sweep++)
            {
                for (int i = 0; i < b.Rows; i++)
                {
                    if (kept[i, column] == 0 || gram[i, i] <= 0)
                    {
                        continue;
                    }

                    float step = gradient[i] / gram[i, i];
                    kept[i, column] += step;
                    System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(gram.Row(i), -step, gradient, gradient);
                }
            }
        }
    }
}
