using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// Solves (GᵀG + Λ)·X = Gᵀ·R where there are fewer rows than leaves: X = Λ⁻¹·Gᵀ·α with (G·Λ⁻¹·Gᵀ + I)·α = R, a matrix as large as there are rows. An element of it is the sum over codebooks of what Λ⁻¹ has for the leaves of two rows.
/// </summary>
internal sealed class RowSpaceSolver
{
    /// <summary>
    /// Rows at most; of fewer than two leaves for each the matrix of leaves is as good. (Learning from 200 columns, 22 outputs, 32 codebooks of 64 leaves, one thread of Zen 4: 10, 50, 400 and 1,000 rows 13.8, 15.3, 16.0 and 5.4 s with
    /// a matrix of leaves, 2.5, 2.7, 4.7 and 2.9 with one of rows. The regressions alone, four λ, 22 columns: 2,048 and 4,096 rows and 8,192 leaves 44.2 and 42.5 s by leaves, 1.4 and 9.1 by rows; 2,048 rows and 16,384 leaves, 22 and 512
    /// columns, 1.8 and 37.8 s by iterations, 2.0 and 5.5 by rows.)
    /// </summary>
    private const int MaxRows = 4096;

    private readonly LearnedTrees _trees;
    private readonly TreePenalty _penalty;
    private readonly CholeskySolver _solver;
    private readonly int _padded;

    private RowSpaceSolver(LearnedTrees trees, TreePenalty penalty, CholeskySolver solver, int padded)
    {
        _trees = trees;
        _penalty = penalty;
        _solver = solver;
        _padded = padded;
    }

    /// <summary>Whether rows are few enough.</summary>
    internal static bool Suits(int rows, int order) => rows <= MaxRows && 2 * rows <= order;

    [MethodImpl(Compiled.Once)]
    internal static RowSpaceSolver Factor(LearnedTrees trees, TreePenalty penalty, TrainingScope scope)
    {
        byte[][] codes = trees.Codes;
        int rows = codes[0].Length;
        int blocks = (rows + CholeskySolver.Block - 1) / CholeskySolver.Block;
        double[][] matrix = new double[blocks * CholeskySolver.Block][];
        scope.Parallel(blocks, [MethodImpl(Compiled.Once)] (block) =>
        {
            int start = block * CholeskySolver.Block;
            int end = start + CholeskySolver.Block;
            for (int n = start; n < end; n++)
            {
                double[] row = new double[end];
                for (int c = 0; c < codes.Length && n < rows; c++)
                {
                    ReadOnlySpan<byte> others = codes[c];
                    ReadOnlySpan<double> shared = penalty.InverseRow(others[n]);
                    for (int m = 0; m <= n; m++)
                    {
                        row[m] += shared[others[m]];
                    }
                }

                // Rows that only fill the last block stand alone.
                row[n] += 1;
                matrix[n] = row;
            }
        });
        return new RowSpaceSolver(trees, penalty, CholeskySolver.Factor(matrix, scope), matrix.Length);
    }

    /// <summary>X of <see cref="ResidualSource.Stride"/> columns, [c·K + k].</summary>
    /// <param name="residual">R, row by row.</param>
    [MethodImpl(Compiled.Once)]
    internal double[] Solve(double[] residual)
    {
        const int Stride = ResidualSource.Stride;
        double[] sides = new double[_padded * Stride];
        residual.CopyTo(sides, 0);
        _solver.Solve(sides);
        int leaves = _trees.Leaves;
        double[] sums = new double[_trees.Codebooks * leaves * Stride], solution = new double[sums.Length];
        BucketSums.Compute(_trees, sides, sums);
        for (int r = 0; r < sums.Length; r += Stride)
        {
            if (_trees.Counts[r / Stride] == 0)
            {
                continue;
            }

            // Λ⁻¹ is symmetric: its row is its column.
            int first = r / Stride / leaves * leaves;
            ReadOnlySpan<double> shared = _penalty.InverseRow((r / Stride) - first);
            for (int k = 0; k < leaves; k++)
            {
                if (shared[k] != 0)
                {
                    VectorSums.AddScaled(solution.AsSpan((first + k) * Stride, Stride), shared[k], sums.AsSpan(r, Stride));
                }
            }
        }

        return solution;
    }
}
