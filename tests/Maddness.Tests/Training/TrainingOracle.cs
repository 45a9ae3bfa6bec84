using Maddness.Model;
using Maddness.Tests.Support;

namespace Maddness.Tests.Training;

/// <summary>What the training must find, computed the slow and obvious way in double, with nothing of the library's code.</summary>
internal static class TrainingOracle
{
    /// <summary>The leaves of rows, of one codebook after the other.</summary>
    internal static int[][] Encode(HashTrees trees, float[] a)
    {
        int rows = a.Length / trees.Inputs;
        return [.. Enumerable.Range(0, trees.Codebooks).Select(c =>
            Enumerable.Range(0, rows).Select(n => Oracle.Code(trees, c, j => a[(n * trees.Inputs) + j])).ToArray())];
    }

    /// <summary>Squared error of rows around their mean, over columns [first, end).</summary>
    internal static double Loss(float[] a, int columns, IReadOnlyCollection<int> rows, int first, int end, double[]? weights = null)
    {
        double loss = 0;
        for (int j = first; j < end && rows.Count > 0; j++)
        {
            double mean = rows.Average(n => (double)a[(n * columns) + j]);
            double weight = weights?[j] ?? 1;
            loss += weight * weight * rows.Sum(n => Math.Pow(a[(n * columns) + j] - mean, 2));
        }

        return loss;
    }

    /// <summary>The least total error that any one column, with any threshold per bucket, leaves.</summary>
    internal static double BestLoss(float[] a, int columns, List<List<int>> buckets, int first, int end, double[]? weights = null)
    {
        double best = double.PositiveInfinity;
        for (int column = first; column < end; column++)
        {
            double total = 0;
            foreach (List<int> bucket in buckets)
            {
                double bucketBest = Loss(a, columns, bucket, first, end, weights);
                foreach (float value in bucket.Select(n => a[(n * columns) + column]).Distinct())
                {
                    List<int> left = [.. bucket.Where(n => a[(n * columns) + column] <= value)];
                    List<int> right = [.. bucket.Except(left)];
                    bucketBest = Math.Min(bucketBest, Loss(a, columns, left, first, end, weights) + Loss(a, columns, right, first, end, weights));
                }

                total += bucketBest;
            }

            best = Math.Min(best, total);
        }

        return best;
    }

    /// <summary>Solves a dense system by Gaussian elimination with row exchanges; overwrites both arguments.</summary>
    internal static double[,] Solve(double[,] matrix, double[,] sides)
    {
        int order = matrix.GetLength(0);
        int columns = sides.GetLength(1);
        for (int p = 0; p < order; p++)
        {
            int pivot = Enumerable.Range(p, order - p).MaxBy(r => Math.Abs(matrix[r, p]));
            for (int j = 0; j < order; j++)
            {
                (matrix[p, j], matrix[pivot, j]) = (matrix[pivot, j], matrix[p, j]);
            }

            for (int j = 0; j < columns; j++)
            {
                (sides[p, j], sides[pivot, j]) = (sides[pivot, j], sides[p, j]);
            }

            for (int r = 0; r < order; r++)
            {
                double factor = r == p ? 0 : matrix[r, p] / matrix[p, p];
                for (int j = p; j < order && factor != 0; j++)
                {
                    matrix[r, j] -= factor * matrix[p, j];
                }

                for (int j = 0; j < columns && factor != 0; j++)
                {
                    sides[r, j] -= factor * sides[p, j];
                }
            }
        }

        for (int r = 0; r < order; r++)
        {
            for (int j = 0; j < columns; j++)
            {
                sides[r, j] /= matrix[r, r];
            }
        }

        return sides;
    }

    /// <summary>Bucket means in each codebook's range, zero elsewhere; null for leaves without rows.</summary>
    internal static double[]?[] Means(HashTrees trees, int[] starts, float[] a)
    {
        int[][] codes = Encode(trees, a);
        double[]?[] means = new double[trees.Codebooks * trees.Leaves][];
        for (int c = 0; c < trees.Codebooks; c++)
        {
            for (int k = 0; k < trees.Leaves; k++)
            {
                int[] rows = [.. Enumerable.Range(0, codes[c].Length).Where(n => codes[c][n] == k)];
                if (rows.Length > 0)
                {
                    double[] mean = new double[trees.Inputs];
                    for (int j = starts[c]; j < starts[c + 1]; j++)
                    {
                        mean[j] = rows.Average(n => (double)a[(n * trees.Inputs) + j]);
                    }

                    means[(c * trees.Leaves) + k] = mean;
                }
            }
        }

        return means;
    }

    /// <summary>Dense prototypes by the normal equations of the ridge regression (paper §4.2); rows of empty leaves are meaningless.</summary>
    internal static double[,] DensePrototypes(HashTrees trees, int[] starts, float[] a, double ridge)
    {
        int[][] codes = Encode(trees, a);
        double[]?[] means = Means(trees, starts, a);
        int order = means.Length;
        double[,] matrix = new double[order, order];
        double[,] sides = new double[order, trees.Inputs];
        for (int n = 0; n < codes[0].Length; n++)
        {
            int[] hot = [.. Enumerable.Range(0, trees.Codebooks).Select(c => (c * trees.Leaves) + codes[c][n])];
            foreach (int r in hot)
            {
                foreach (int s in hot)
                {
                    matrix[r, s]++;
                }

                for (int j = 0; j < trees.Inputs; j++)
                {
                    sides[r, j] += a[(n * trees.Inputs) + j] - hot.Sum(h => means[h]![j]);
                }
            }
        }

        for (int r = 0; r < order; r++)
        {
            matrix[r, r] += ridge;
        }

        double[,] solution = Solve(matrix, sides);
        for (int r = 0; r < order; r++)
        {
            for (int j = 0; j < trees.Inputs; j++)
            {
                solution[r, j] += means[r]?[j] ?? 0;
            }
        }

        return solution;
    }
}
