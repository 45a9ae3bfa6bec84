using Maddness.Training;

namespace Maddness.Tests.Training;

/// <summary>The oracle makes whole one-hot matrices, with a constant, and solves the normal equations by Gaussian elimination in double.</summary>
public sealed class JointFitTests
{
    private const int Rows = 300;

    private const int Leaves = 16;

    private const int Codebooks = 3;

    private const double Ridge = 3;

    private static readonly TrainingScope s_scope = new(1, null, CancellationToken.None);

    [Fact]
    public void Tables_are_those_of_the_joint_ridge_regression()
    {
        LearnedTree[] trees = Trees();
        OutputTargets targets = Targets(5);
        JointFit fit = new(targets, trees, Leaves, Ridge, s_scope);
        ShouldFit(fit.Tables(), trees, targets);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(20)]
    public void A_replaced_tree_leaves_what_a_new_fit_gives(int components)
    {
        LearnedTree[] trees = Trees();
        OutputTargets targets = Targets(components);
        JointFit fit = new(targets, trees, Leaves, Ridge, s_scope);
        byte[] codes = Codes(77, Leaves);
        fit.Take(1);
        fit.StandIn([.. codes.Select(k => (byte)(k / 4))], 4);
        fit.PutBack(trees[1] with { Codes = codes }, mustReplace: true, 0).Should().BeTrue();
        trees[1].Codes.Should().Equal(codes);
        ShouldFit(fit.Tables(), trees, targets);

        fit.Take(2);
        fit.PutBack(trees[2] with { Codes = Codes(78, Leaves) }, mustReplace: false, 0.5).Should().BeFalse("no tree halves the error of noise");
        ShouldFit(fit.Tables(), trees, targets);
    }

    [Fact]
    public void A_tree_that_gains_too_little_is_refused()
    {
        // One row in another leaf lowers the squared error by a part of 3 to 6e-5.
        LearnedTree[] trees = Trees();
        byte[] codes = [.. trees[2].Codes];
        codes[7] = 13;
        LearnedTree better = trees[2] with { Codes = codes };
        JointFit fit = new(Targets(5), trees, Leaves, Ridge, s_scope);
        fit.Take(2);
        fit.PutBack(better, mustReplace: false, 1e-4).Should().BeFalse();
        trees[2].Codes.Should().NotEqual(codes);
        fit.PutBack(better, mustReplace: false, 1e-5).Should().BeTrue();
        trees[2].Codes.Should().Equal(codes);
    }

    [Fact]
    public void The_residual_is_what_the_tables_of_the_others_and_of_the_buckets_leave()
    {
        LearnedTree[] trees = Trees();
        OutputTargets targets = Targets(5);
        JointFit fit = new(targets, trees, Leaves, Ridge, s_scope);
        byte[] buckets = Codes(79, 4);
        fit.Take(0);
        fit.StandIn(buckets, 4);

        double[][] g = [.. Enumerable.Range(0, Rows).Select(n => OneHot(n, [(buckets, 4), (trees[1].Codes, Leaves), (trees[2].Codes, Leaves)]))];
        double[,] penalty = Penalty([4, Leaves, Leaves]);
        for (int j = 0; j < 5; j++)
        {
            double[] y = [.. Enumerable.Range(0, Rows).Select(n => (double)targets.Values[(n * targets.Stride) + j])];
            double[] solution = Solve(Normal(g, penalty), Product(g, y));
            for (int n = 0; n < Rows; n++)
            {
                fit.Residual.Values[(n * targets.Stride) + j].Should().BeApproximately((float)(y[n] - Dot(g[n], solution)), 1e-4f);
            }
        }
    }

    [Fact]
    public void Factors_are_the_reciprocals_of_tolerances()
    {
        const int Columns = 6;
        float[] values = Samples.Rows(Rows, Columns, 9);
        TrainingRows data = new(ElementType.Float32, values, Rows, Columns);
        BinnedColumns binned = new(data, s_scope);
        LearnedTree[] trees = Trees();
        JointFit fit = new(Targets(5), trees, Leaves, Ridge, s_scope);
        byte[] buckets = Codes(80, 2);
        fit.Take(2);
        fit.StandIn(buckets, 2);
        double[][] g = [.. Enumerable.Range(0, Rows).Select(n => OneHot(n, [(trees[0].Codes, Leaves), (trees[1].Codes, Leaves), (buckets, 2)]))];
        double[,] normal = Normal(g, Penalty([Leaves, Leaves, 2]));
        float[] factors = new float[2 * BinnedColumns.Bins];
        int compared = 0;
        for (int column = 0; column < Columns; column++)
        {
            new JointSplits(binned, fit.Order, Leaves, 2).Factors(column, fit, factors);
            for (int b = 0; b < 2; b++)
            {
                // Every fourth bin ends a group, where nothing is interpolated.
                for (int bin = 3; bin < BinnedColumns.Bins - 1; bin += 4)
                {
                    double[] side = [.. Enumerable.Range(0, Rows).Select(n => buckets[n] == b && values[(n * Columns) + column] <= binned.Edge(column, bin) ? 1.0 : 0)];
                    double left = side.Sum();
                    double rows = buckets.Count(k => k == b);
                    if (left == 0 || left == rows)
                    {
                        continue;
                    }

                    double[] products = Product(g, side);
                    double tolerance = (left - Dot(products, Solve(normal, products))) / (left - (left * left / rows));
                    factors[(b * BinnedColumns.Bins) + bin].Should().BeApproximately((float)(1 / Math.Clamp(tolerance, 0.05, 1)), 2e-3f);
                    compared++;
                }
            }
        }

        compared.Should().BeGreaterThan(100);
    }

    [Fact]
    public void Rounds_explain_more_than_passes()
    {
        // Forty columns of five causes: what one tree takes, others could have taken.
        float[] causes = Samples.Rows(2000, 5, 3), loads = Samples.Rows(5, 40, 4), noise = Samples.Rows(2000, 40, 5), b = Samples.Rows(40, 6, 6);
        float[] a = [.. Enumerable.Range(0, 2000 * 40).Select(i => (0.1f * noise[i]) + Enumerable.Range(0, 5).Sum(j => causes[(i / 40 * 5) + j] * loads[(j * 40) + (i % 40)]))];
        TrainingRows data = new(ElementType.Float32, a, 2000, 40);
        TrainingOptions options = new() { Codebooks = 6 };
        SquaredError(options).Should().BeLessThan(0.97 * SquaredError(options with { Recipe = new() { MaxJointOrder = 0 } }));

        double SquaredError(TrainingOptions chosen)
        {
            OutputLearner learner = new(data, b, 6, chosen, s_scope);
            return learner.Fit(null, null).SquaredError;
        }
    }

    /// <summary>Predictions are compared: tables themselves may differ by constants that cancel.</summary>
    private static void ShouldFit(float[][] tables, LearnedTree[] trees, OutputTargets targets)
    {
        double[][] g = [.. Enumerable.Range(0, Rows).Select(n => OneHot(n, [.. trees.Select(t => (t.Codes, Leaves))]))];
        double[,] normal = Normal(g, Penalty([.. trees.Select(_ => Leaves)]));
        for (int j = 0; j < targets.Components; j++)
        {
            double[] y = [.. Enumerable.Range(0, Rows).Select(n => (double)targets.Values[(n * targets.Stride) + j])];
            double[] solution = Solve(normal, Product(g, y));
            for (int n = 0; n < Rows; n++)
            {
                double sum = 0;
                for (int c = 0; c < trees.Length; c++)
                {
                    sum += tables[c][(trees[c].Codes[n] * targets.Stride) + j];
                }

                sum.Should().BeApproximately(Dot(g[n], solution), 1e-4);
            }
        }
    }

    private static LearnedTree[] Trees() => [.. Enumerable.Range(0, Codebooks).Select(c => new LearnedTree(new int[4], new float[Leaves], Codes(c + 1, Leaves)))];

    /// <summary>Codes that depend on one another; one leaf has no rows.</summary>
    private static byte[] Codes(int seed, int leaves)
    {
        Random common = new(5), own = new(seed);
        return [.. Enumerable.Range(0, Rows).Select(_ => (byte)Math.Max((common.Next(leaves) + own.Next(leaves / 2)) % leaves, leaves > 4 ? 1 : 0))];
    }

    /// <summary>Centred noise.</summary>
    private static OutputTargets Targets(int components)
    {
        OutputTargets targets = new(Rows, components);
        Random random = new(11);
        for (int j = 0; j < components; j++)
        {
            double[] y = [.. Enumerable.Range(0, Rows).Select(_ => random.NextDouble())];
            for (int n = 0; n < Rows; n++)
            {
                targets.Values[(n * targets.Stride) + j] = (float)(y[n] - y.Average());
            }
        }

        return targets;
    }

    /// <summary>A constant, which no penalty holds, then the leaf of each tree.</summary>
    private static double[] OneHot(int row, (byte[] Codes, int Leaves)[] trees)
    {
        List<double> values = [1];
        foreach ((byte[] codes, int leaves) in trees)
        {
            values.AddRange(Enumerable.Range(0, leaves).Select(k => codes[row] == k ? 1.0 : 0));
        }

        return [.. values];
    }

    private static double[,] Penalty(int[] leaves)
    {
        int order = 1 + leaves.Sum();
        double[,] matrix = new double[order, order];
        int first = 1;
        foreach (int own in leaves)
        {
            TreePenalty penalty = TreePenalty.OfNodes(own, Ridge);
            for (int k = 0; k < own; k++)
            {
                for (int l = 0; l < own; l++)
                {
                    // What all entries of a table have in common cancels with the constant, whatever holds it.
                    matrix[first + k, first + l] = penalty[k, l] + 1;
                }
            }

            first += own;
        }

        return matrix;
    }

    private static double[,] Normal(double[][] g, double[,] penalty)
    {
        double[,] matrix = (double[,])penalty.Clone();
        foreach (double[] row in g)
        {
            for (int i = 0; i < row.Length; i++)
            {
                for (int j = 0; j < row.Length; j++)
                {
                    matrix[i, j] += row[i] * row[j];
                }
            }
        }

        return matrix;
    }

    private static double[] Product(double[][] g, double[] y)
    {
        double[] sums = new double[g[0].Length];
        for (int n = 0; n < g.Length; n++)
        {
            for (int i = 0; i < sums.Length; i++)
            {
                sums[i] += g[n][i] * y[n];
            }
        }

        return sums;
    }

    private static double Dot(double[] x, double[] y) => x.Zip(y, (a, b) => a * b).Sum();

    private static double[] Solve(double[,] matrix, double[] side)
    {
        double[,] m = (double[,])matrix.Clone();
        double[] x = [.. side];
        for (int i = 0; i < x.Length; i++)
        {
            for (int r = i + 1; r < x.Length; r++)
            {
                double factor = m[r, i] / m[i, i];
                for (int k = i; k < x.Length; k++)
                {
                    m[r, k] -= factor * m[i, k];
                }

                x[r] -= factor * x[i];
            }
        }

        for (int i = x.Length - 1; i >= 0; i--)
        {
            for (int k = i + 1; k < x.Length; k++)
            {
                x[i] -= m[i, k] * x[k];
            }

            x[i] /= m[i, i];
        }

        return x;
    }
}
