using Maddness.Model;
using Maddness.Pipeline;
using Maddness.Tests.Support;
using Maddness.Training;

namespace Maddness.Tests.Training;

public class PrototypeTests
{
    private const int Rows = 90;
    private const int Columns = 10;
    private static readonly int[] Starts = [0, 4, 7, 10];
    private static readonly float[] Data = Samples.Rows(Rows, Columns, 8, relu: true);
    private static readonly TrainingOptions Three = new() { Codebooks = 3 };

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.03)]
    [InlineData(500.0)]
    public void Dense_prototypes_are_the_ridge_solution(double ridge)
    {
        MaddnessModel model = MaddnessTrainer.Train(Data, Rows, Columns, Three with { RidgeStrength = ridge, Objective = Objective.Reconstruction });
        double[,] expected = TrainingOracle.DensePrototypes(model.Trees, Starts, Data, ridge);
        double[]?[] means = TrainingOracle.Means(model.Trees, Starts, Data);
        for (int r = 0; r < 48; r++)
        {
            for (int j = 0; j < Columns && means[r] is not null; j++)
            {
                ((double)model.Prototypes.Values[(r * Columns) + j]).Should().BeApproximately(expected[r, j], 1e-6);
            }
        }
    }

    [Fact]
    public void Local_prototypes_are_the_bucket_means()
    {
        MaddnessModel model = MaddnessTrainer.Train(Data, Rows, Columns, Three with { PrototypeLayout = PrototypeLayout.CodebookLocal });
        model.Prototypes.IsDense.Should().BeFalse();
        double[]?[] means = TrainingOracle.Means(model.Trees, Starts, Data);
        for (int c = 0; c < 3; c++)
        {
            for (int k = 0; k < 16; k++)
            {
                for (int j = Starts[c]; j < Starts[c + 1] && means[(c * 16) + k] is not null; j++)
                {
                    float actual = model.Prototypes.Values[(16 * Starts[c]) + (k * (Starts[c + 1] - Starts[c])) + j - Starts[c]];
                    ((double)actual).Should().BeApproximately(means[(c * 16) + k]![j], 1e-7);
                }
            }
        }
    }

    [Theory]
    [InlineData(PrototypeLayout.Dense)]
    [InlineData(PrototypeLayout.CodebookLocal)]
    public void Empty_leaves_take_the_mean_of_their_nearest_ancestor_with_rows(PrototypeLayout layout)
    {
        // Four distinct rows: at most four of the sixteen leaves hold any.
        float[] a = [0, 1, 0, 2, 8, 4, 9, 7, 9, 7];
        MaddnessModel model = MaddnessTrainer.Train(a, 5, 2, new() { Codebooks = 1, PrototypeLayout = layout, Objective = Objective.Reconstruction });
        int[] codes = TrainingOracle.Encode(model.Trees, a)[0];
        for (int k = 0; k < 16; k++)
        {
            int size = 1;
            while (!codes.Any(code => code / size == k / size))
            {
                size *= 2;
            }

            for (int j = 0; j < 2; j++)
            {
                double expected = codes.Where(code => code / size == k / size).Average(code => (double)model.Prototypes.Values[(code * 2) + j]);
                ((double)model.Prototypes.Values[(k * 2) + j]).Should().BeApproximately(expected, 1e-6);
            }
        }
    }

    [Fact]
    public void Empty_leaves_take_their_ancestors_mean_after_the_joint_fit_too()
    {
        // Eight rows: most of the 3 x 16 leaves are empty, and the regression moves the others.
        float[] a = Data[..(8 * Columns)];
        MaddnessModel model = MaddnessTrainer.Train(a, 8, Columns, Three);
        int[][] codes = TrainingOracle.Encode(model.Trees, a);
        for (int c = 0; c < 3; c++)
        {
            codes[c].Distinct().Count().Should().BeLessThan(16);
            for (int k = 0; k < 16; k++)
            {
                int size = 1;
                while (!codes[c].Any(code => code / size == k / size))
                {
                    size *= 2;
                }

                for (int j = 0; j < Columns; j++)
                {
                    double expected = codes[c].Where(code => code / size == k / size).Average(code => (double)model.Prototypes.Values[(((c * 16) + code) * Columns) + j]);
                    ((double)model.Prototypes.Values[(((c * 16) + k) * Columns) + j]).Should().BeApproximately(expected, 1e-6);
                }
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(17)]
    public void Tables_of_a_known_B_equal_prototypes_times_B(int outputs)
    {
        float[] b = Samples.Rows(Columns, outputs, 4);
        TrainingOptions options = Three with { WeightColumns = false, Objective = Objective.Reconstruction };
        LookupTables direct = MaddnessTrainer.Train(Data, Rows, Columns, b, outputs, options: options).Tables;
        MaddnessModel model = MaddnessTrainer.Train(Data, Rows, Columns, options);
        LookupTables later = new TableBuilder(model.Prototypes).Build(Maddness.Common.MatrixView<float>.Of(b, Columns, outputs, "b"), null);
        for (int m = 0; m < outputs; m++)
        {
            direct.Scales[m].Should().BeApproximately(later.Scales[m], 1e-5f * later.Scales[m]);
            direct.Offsets[m].Should().BeApproximately(later.Offsets[m], 1e-4f);
        }

        direct.Entries.Zip(later.Entries).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) <= 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Tables_are_products_of_each_prototype_and_its_rows_of_B(bool dense)
    {
        int[] starts = [0, 2, 5];
        Prototypes prototypes = new(dense, 16, starts, Samples.Rows(dense ? 32 : 16, 5, 6));
        float[] b = Samples.Rows(5, 3, 7);
        float[] tables = new TableBuilder(prototypes).Tables(Maddness.Common.MatrixView<float>.Of(b, 5, 3, "b"));
        for (int i = 0; i < tables.Length; i++)
        {
            (int prototype, int m) = (i / 3, i % 3);
            int c = prototype / 16;
            (int first, int width) = dense ? (0, 5) : (starts[c], starts[c + 1] - starts[c]);
            int place = dense ? prototype * 5 : (16 * first) + (prototype % 16 * width);
            double expected = Enumerable.Range(0, width).Sum(j => (double)prototypes.Values[place + j] * b[((first + j) * 3) + m]);
            ((double)tables[i]).Should().BeApproximately(expected, 1e-4);
        }
    }

    [Theory]
    [InlineData(true, 16)]
    [InlineData(true, 64)]
    [InlineData(false, 16)]
    [InlineData(false, 32)]
    [InlineData(false, 64)]
    public void One_builder_makes_the_tables_of_any_B_bit_for_bit(bool dense, int leaves)
    {
        // Ranges of 17, 0, 1 and 22 columns; dense prototypes in one product, and in products of one and of three codebooks.
        const int Inputs = 40, Codebooks = 4;
        int[] starts = [0, 17, 17, 18, Inputs];
        Prototypes prototypes = new(dense, leaves, starts, Samples.Rows(dense ? Codebooks * leaves : leaves, Inputs, 6));
        foreach (int maxValues in (int[])[int.MaxValue, 1, 3 * leaves * Inputs])
        {
            TableBuilder builder = new(prototypes, maxValues);
            foreach (int outputs in (int[])[3, 1, 29])
            {
                float[] b = Samples.Rows(Inputs, outputs, outputs);
                float[] tables = builder.Tables(Maddness.Common.MatrixView<float>.Of(b, Inputs, outputs, "b"));
                for (int i = 0; i < tables.Length; i++)
                {
                    (int prototype, int m) = (i / outputs, i % outputs);
                    int c = prototype / leaves;
                    (int first, int width) = dense ? (0, Inputs) : (starts[c], starts[c + 1] - starts[c]);
                    int place = dense ? prototype * Inputs : (leaves * first) + (prototype % leaves * width);
                    float expected = 0;
                    for (int j = 0; j < width; j++)
                    {
                        expected = MathF.FusedMultiplyAdd(prototypes.Values[place + j], b[((first + j) * outputs) + m], expected);
                    }

                    BitConverter.SingleToUInt32Bits(tables[i]).Should().Be(BitConverter.SingleToUInt32Bits(expected));
                }
            }
        }
    }

    [Fact]
    public void Threads_that_bind_the_first_B_together_get_the_same_tables()
    {
        MaddnessModel model = MaddnessTrainer.Train(Data, Rows, Columns, Three);
        using Barrier barrier = new(4);
        LookupTables[] tables = new LookupTables[4];
        Thread[] threads = [.. Enumerable.Range(0, tables.Length).Select(i => new Thread(() =>
        {
            barrier.SignalAndWait();
            tables[i] = model.Bind(Samples.Rows(Columns, 5, 4), 5).Tables;
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        LookupTables expected = new TableBuilder(model.Prototypes).Build(Maddness.Common.MatrixView<float>.Of(Samples.Rows(Columns, 5, 4), Columns, 5, "b"), null);
        foreach (LookupTables own in tables)
        {
            own.Entries.Should().Equal(expected.Entries);
            own.Scales.Should().Equal(expected.Scales);
            own.Offsets.Should().Equal(expected.Offsets);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Tables_are_built_from_any_strides(bool dense)
    {
        float[] b = Samples.Rows(Columns, 3, 4);
        float[] transposed = [.. Enumerable.Range(0, 30).Select(i => b[(i % 10 * 3) + (i / 10)])];
        MaddnessModel model = MaddnessTrainer.Train(Data, Rows, Columns, Three with { PrototypeLayout = dense ? PrototypeLayout.Dense : PrototypeLayout.CodebookLocal });
        LookupTables straight = new TableBuilder(model.Prototypes).Build(Maddness.Common.MatrixView<float>.Of(b, Columns, 3, "b"), null);
        LookupTables strided = new TableBuilder(model.Prototypes).Build(Maddness.Common.MatrixView<float>.Of(transposed, 3, Columns, "b").Transpose(), null);
        strided.Entries.Should().Equal(straight.Entries);
        strided.Offsets.Should().Equal(straight.Offsets);

        // The tables must be those of the prototypes: one looked up by hand.
        double[] column = [.. Enumerable.Range(0, 16).Select(k => Enumerable.Range(0, dense ? Columns : 4)
            .Sum(j => (double)model.Prototypes.Values[(k * (dense ? Columns : 4)) + j] * b[(j * 3) + 2]))];
        int top = Array.IndexOf(column, column.Max());
        straight.Entries.AsSpan(2 * 3 * 16, 16).ToArray().Should().HaveElementAt(top, straight.Entries.AsSpan(2 * 3 * 16, 16).ToArray().Max());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Conjugate_gradients_agree_with_the_factorisation(bool ofNodes)
    {
        TreePenalty penalty = ofNodes ? TreePenalty.OfNodes(16, 2) : TreePenalty.OfLeaves(16, 1);
        TrainingRows data = new(ElementType.Float32, Data, Rows, Columns);
        TrainingScope scope = new(1, null, CancellationToken.None);
        LearnedTrees trees = LearnedTrees.Learn(data, null, Three, scope);
        double[] residual = new double[Rows * ResidualSource.Stride];
        new RowResiduals(data, trees.Codes, trees).Fill(0, Columns, residual);
        double[] sides = new double[48 * ResidualSource.Stride];
        BucketSums.Compute(trees, residual, sides);
        double[] factored = [.. sides];
        CholeskySolver.Factor(GramMatrix.Build(trees, penalty, scope), scope).Solve(factored);
        double[] iterated = ConjugateGradient.Solve(trees, penalty, sides, 1e-13, 1000, CancellationToken.None);
        factored.Should().Contain(v => Math.Abs(v) > 0.01);
        for (int i = 0; i < factored.Length; i++)
        {
            iterated[i].Should().BeApproximately(factored[i], 1e-9);
        }
    }

    [Fact]
    public void The_default_tolerance_of_conjugate_gradients_costs_no_accuracy_that_matters()
    {
        float[] a = Samples.Rows(400, 48, 2, relu: true);
        TrainingRows data = new(ElementType.Float32, a, 400, 48);
        TrainingScope scope = new(1, null, CancellationToken.None);
        LearnedTrees trees = LearnedTrees.Learn(data, null, new() { Codebooks = 12 }, scope);
        RowResiduals residuals = new(data, trees.Codes, trees);
        double[] factored = new double[192 * 48];
        double[] iterated = new double[192 * 48];
        RidgeFitter.Fit(trees, residuals, factored, TreePenalty.OfLeaves(16, 1), scope, RidgeFitter.Method.Leaves);
        RidgeFitter.Fit(trees, residuals, iterated, TreePenalty.OfLeaves(16, 1), scope, RidgeFitter.Method.Iterations);
        double difference = Math.Sqrt(factored.Zip(iterated).Sum(p => Math.Pow(p.First - p.Second, 2)) / factored.Sum(v => v * v));
        difference.Should().BeInRange(1e-12, 0.02);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(40)]
    [InlineData(130)]
    public void Few_rows_give_the_tables_that_all_leaves_give(int rows)
    {
        const int Columns = 37;
        float[] a = Samples.Rows(rows, 24, 2);
        TrainingRows data = new(ElementType.Float32, a, rows, 24);
        TrainingScope scope = new(1, null, CancellationToken.None);
        foreach (int leaves in (int[])[16, 32, 64])
        {
            LearnedTrees trees = LearnedTrees.Learn(data, null, new() { Codebooks = 5, Leaves = leaves }, scope);
            foreach ((TreePenalty penalty, double tolerance) in ((TreePenalty, double)[])[(TreePenalty.OfLeaves(leaves, 0.1), 1e-9), (TreePenalty.OfNodes(leaves, 2), 1e-9), (TreePenalty.OfNodes(leaves, 1e12), 1e-9), (TreePenalty.OfLeaves(leaves, 1e-6), 1e-4)])
            {
                double[] byRows = new double[5 * leaves * Columns], byLeaves = new double[5 * leaves * Columns];
                AnyResiduals residuals = new();
                RidgeFitter.Fit(trees, residuals, byRows, penalty, scope, RidgeFitter.Method.Rows);
                RidgeFitter.Fit(trees, residuals, byLeaves, penalty, scope, RidgeFitter.Method.Leaves);
                double largest = byLeaves.Max(Math.Abs);
                largest.Should().BePositive();
                byRows.Zip(byLeaves).Should().OnlyContain(p => Math.Abs(p.First - p.Second) <= tolerance * largest);
            }
        }
    }

    [Fact]
    public void Codebooks_beyond_the_largest_factor_are_fitted()
    {
        const int Many = 520;
        float[] a = Samples.Rows(30, Many, 2);
        float[] b = Samples.Rows(Many, 2, 3);
        float[] exact = TrainerTests.Product(a, b, Many, 2);
        MaddnessMatmul matmul = MaddnessTrainer.Train(a, 30, Many, b, 2, default, new() { Codebooks = Many, Objective = Objective.Reconstruction });
        double error = TrainerTests.Predict(matmul, a).Zip(exact, (p, y) => Math.Pow(p - y, 2)).Sum() / exact.Sum(y => Math.Pow(y - exact.Average(), 2));
        error.Should().BeLessThan(1e-3);
    }

    [Fact]
    public void Cholesky_solves_orders_of_several_blocks()
    {
        const int Order = 64;
        Random random = new(3);
        double[,] full = new double[Order, Order];
        double[,] factor = new double[Order, Order];
        for (int i = 0; i < Order * Order; i++)
        {
            factor[i / Order, i % Order] = random.NextDouble() - 0.5;
        }

        double[][] lower = new double[Order][];
        for (int r = 0; r < Order; r++)
        {
            lower[r] = new double[((r / 16) + 1) * 16];
            for (int s = 0; s < Order; s++)
            {
                full[r, s] = Enumerable.Range(0, Order).Sum(k => factor[r, k] * factor[s, k]) + (r == s ? 1 : 0);
                if (s <= r)
                {
                    lower[r][s] = full[r, s];
                }
            }
        }

        double[] sides = [.. Enumerable.Range(0, Order * ResidualSource.Stride).Select(_ => random.NextDouble())];
        double[,] expected = new double[Order, ResidualSource.Stride];
        Buffer.BlockCopy(sides, 0, expected, 0, sides.Length * sizeof(double));
        TrainingOracle.Solve(full, expected);
        CholeskySolver.Factor(lower, new TrainingScope(3, null, CancellationToken.None)).Solve(sides);
        for (int i = 0; i < sides.Length; i++)
        {
            sides[i].Should().BeApproximately(expected[i / ResidualSource.Stride, i % ResidualSource.Stride], 1e-10);
        }
    }

    [Fact]
    public void A_matrix_that_is_not_positive_definite_is_refused()
    {
        double[][] negative = [.. Enumerable.Range(0, 16).Select(_ => new double[16])];
        negative[0][0] = -1.5;
        Action act = () => Cultures.WithCommas(() => CholeskySolver.Factor(negative, new TrainingScope(1, null, CancellationToken.None)));
        act.Should().Throw<ArgumentException>().WithMessage("*row 0 of its matrix leaves -1.5 on the diagonal*RidgeStrength*");
    }

    [Fact]
    public void A_ridge_strength_left_open_is_chosen_from_the_grid_by_the_data()
    {
        TrainingScope scope = new(1, null, CancellationToken.None);
        double few = RidgeSelector.Choose(new(ElementType.Float32, Samples.Rows(40, 32, 1), 40, 32), 0, null, 0, null, SubspacePartition.Ranges(32, 8), new() { Codebooks = 8 }, scope);
        double many = RidgeSelector.Choose(new(ElementType.Float32, Samples.Rows(3000, 8, 1), 3000, 8), 0, null, 0, null, SubspacePartition.Ranges(8, 4), new() { Codebooks = 4 }, scope);
        RidgeSelector.Grid.ToArray().Should().Contain(few).And.Contain(many);
        many.Should().BeLessThan(few, "many rows need less shrinking");

        MaddnessModel chosen = MaddnessTrainer.Train(Samples.Rows(40, 32, 1), 40, 32, new() { Codebooks = 8, Objective = Objective.Reconstruction, RidgeStrength = null });
        MaddnessModel given = MaddnessTrainer.Train(Samples.Rows(40, 32, 1), 40, 32, new() { Codebooks = 8, Objective = Objective.Reconstruction, RidgeStrength = few });
        chosen.Prototypes.Values.Should().Equal(given.Prototypes.Values);
    }

    /// <summary>What is left of 37 columns, whatever the rows.</summary>
    private sealed class AnyResiduals : ResidualSource
    {
        internal override int Columns => 37;

        internal override void Fill(int first, int count, double[] residual)
        {
            for (int i = 0; i < residual.Length; i++)
            {
                residual[i] = i % Stride < count ? Math.Sin((i * 7) + first) : 0;
            }
        }
    }
}
