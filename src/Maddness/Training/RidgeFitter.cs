using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>X = X0 + (GᵀG + Λ)⁻¹ Gᵀ·R: the joint ridge regression of all codebooks, shrinking towards X0 (paper §4.2, where Λ = λI).</summary>
internal static class RidgeFitter
{
    /// <summary>K·C up to which a factor is made, at most 270 MB for each penalty; beyond it, the matrix is never made.</summary>
    internal const int MaxFactorOrder = 8192;

    /// <summary>Ways to the same tables, but for rounding, and for the tolerance of iterations.</summary>
    internal enum Method
    {
        /// <summary>A factor of a matrix as large as there are rows.</summary>
        Rows,

        /// <summary>A factor of a matrix as large as there are leaves.</summary>
        Leaves,

        /// <summary>Conjugate gradients, without a matrix.</summary>
        Iterations,
    }

    /// <param name="trees">Codes and counts of the training rows.</param>
    /// <param name="source">R, in chunks of columns.</param>
    /// <param name="start">X0, row-major [c·K + k][column]; overwritten by X. A leaf without rows gets its ancestor's mean, see <see cref="BucketMeans"/>.</param>
    /// <param name="penalty">Λ.</param>
    /// <param name="scope">Threads, cancellation, progress.</param>
    /// <param name="method">Null for the fastest.</param>
    internal static void Fit(LearnedTrees trees, ResidualSource source, double[] start, TreePenalty penalty, TrainingScope scope, Method? method = null) =>
        Fit(trees, source, [start], [penalty], scope, method);

    /// <summary>The same for several penalties, each with its own copy of X0: what they have in common is computed once.</summary>
    [MethodImpl(Compiled.Once)]
    internal static void Fit(LearnedTrees trees, ResidualSource source, double[][] starts, TreePenalty[] penalties, TrainingScope scope, Method? method = null)
    {
        int order = trees.Codebooks * trees.Leaves;
        int rows = trees.Codes[0].Length;
        int columns = source.Columns;
        Method used = method ?? (RowSpaceSolver.Suits(rows, order) ? Method.Rows : order <= MaxFactorOrder ? Method.Leaves : Method.Iterations);
        Func<double[], double[], double[]>[] solvers = [.. penalties.Select(penalty => SolverOf(used, trees, penalty, scope))];
        int chunks = (columns + ResidualSource.Stride - 1) / ResidualSource.Stride;
        scope.For(TrainingStage.FittingTables, chunks, [MethodImpl(Compiled.Once)] (chunk) =>
        {
            int first = chunk * ResidualSource.Stride;
            int count = Math.Min(ResidualSource.Stride, columns - first);
            double[] residual = new double[checked(rows * ResidualSource.Stride)];
            double[] sums = used == Method.Rows ? [] : new double[checked(order * ResidualSource.Stride)];
            source.Fill(first, count, residual);
            if (used != Method.Rows)
            {
                BucketSums.Compute(trees, residual, sums);
            }

            for (int i = 0; i < solvers.Length; i++)
            {
                scope.Cancellation.ThrowIfCancellationRequested();
                Add(solvers[i](residual, sums), starts[i], first, count, columns);
            }
        });
        foreach (double[] start in starts)
        {
            for (int c = 0; c < trees.Codebooks; c++)
            {
                Span<double> own = start.AsSpan(c * trees.Leaves * columns, trees.Leaves * columns);
                BucketMeans.FillEmptyLeaves(trees.Counts.AsSpan(c * trees.Leaves, trees.Leaves), own, columns);
            }
        }
    }

    /// <summary>From R, or else GᵀR, neither of which it changes, to X − X0.</summary>
    private static Func<double[], double[], double[]> SolverOf(Method method, LearnedTrees trees, TreePenalty penalty, TrainingScope scope)
    {
        switch (method)
        {
            case Method.Rows:
                RowSpaceSolver rows = RowSpaceSolver.Factor(trees, penalty, scope);
                return (residual, _) => rows.Solve(residual);
            case Method.Leaves:
                CholeskySolver leaves = CholeskySolver.Factor(GramMatrix.Build(trees, penalty, scope), scope);
                return (_, sums) =>
                {
                    double[] solution = [.. sums];
                    leaves.Solve(solution);
                    return solution;
                };
            default:
                return (_, sums) => ConjugateGradient.Solve(trees, penalty, [.. sums], ConjugateGradient.Tolerance, ConjugateGradient.MaxIterations, scope.Cancellation);
        }
    }

    [MethodImpl(Compiled.Once)]
    private static void Add(double[] solution, double[] start, int first, int count, int columns)
    {
        for (int r = 0; r < solution.Length / ResidualSource.Stride; r++)
        {
            ReadOnlySpan<double> row = solution.AsSpan(r * ResidualSource.Stride, count);
            Span<double> destination = start.AsSpan((r * columns) + first, count);
            for (int j = 0; j < row.Length; j++)
            {
                destination[j] += row[j];
            }
        }
    }
}
