using System.Runtime.Intrinsics;
using Maddness.Tests.Support;
using Maddness.Training;

namespace Maddness.Tests.Training;

/// <summary>Tables refined for the arg-max.</summary>
public class ClassifierTests
{
    private const int Columns = 48;
    private const int Classes = 10;

    [Theory]
    [InlineData(16, 4, Objective.Auto)]
    [InlineData(16, 4, Objective.Reconstruction)]
    [InlineData(32, 3, Objective.Auto)]
    public void Refined_tables_follow_the_soft_max_more_closely(int leaves, int codebooks, Objective objective)
    {
        (float[] a, float[] b, float[] bias) = Problem();
        float[] test = a[(3000 * Columns)..];
        TrainingOptions options = new() { Codebooks = codebooks, Leaves = leaves, Objective = objective, Classifier = true };

        // The same trees: against those learned for the error, rows weighted for a classifier win and lose.
        TrainingOptions unrefined = options with { Recipe = options.Recipe with { ClassifierSteps = 0 } };
        MaddnessMatmul plain = MaddnessTrainer.Train(a.AsSpan(0, 3000 * Columns), 3000, Columns, b, Classes, bias, unrefined);
        MaddnessMatmul refined = MaddnessTrainer.Train(a.AsSpan(0, 3000 * Columns), 3000, Columns, b, Classes, bias, options);
        CrossEntropy(refined, test, b, bias).Should().BeLessThan(CrossEntropy(plain, test, b, bias));
    }

    [Theory]
    [InlineData(100, 91, false)]
    [InlineData(100, 90, false)]
    [InlineData(100, 89, true)]
    [InlineData(1, 0, false)]
    [InlineData(0, 0, false)]
    public void Fewer_disagreements_are_those_that_chance_does_not_explain(int first, int disagreements, bool expected) =>
        ProductTables.AreFewer(disagreements, first).Should().Be(expected);

    [Theory]
    [InlineData(Objective.Auto)]
    [InlineData(Objective.Reconstruction)]
    public void Tables_are_refined_no_further_than_held_out_rows_gain_by_it(Objective objective)
    {
        // 512 leaves for 1,200 rows near 200 centres: twelve steps learn the rows by heart.
        const int Rows = 1200, NewRows = 2000;
        Random random = new(8);
        float[] centres = Made(200, (_, _) => Normal());
        float[] a = Made(Rows + NewRows, (row, column) => centres[(row * 7919 % 200 * Columns) + column] + Normal());
        float[] b = [.. Enumerable.Range(0, Columns * Classes).Select(_ => 0.3f * Normal())];
        Agreement(true).Should().BeGreaterThan(Agreement(false) - 0.01);

        float[] Made(int rows, Func<int, int, float> value) => [.. Enumerable.Range(0, rows * Columns).Select(i => value(i / Columns, i % Columns))];

        float Normal() => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));

        double Agreement(bool isClassifier)
        {
            TrainingOptions options = new() { Codebooks = 32, Objective = objective, Classifier = isClassifier };
            return MaddnessTrainer.Train(a.AsSpan(0, Rows * Columns), Rows, Columns, b, Classes, default, options).Evaluate(a.AsSpan(Rows * Columns), NewRows, b).ArgMaxAgreement;
        }
    }

    [Fact]
    public void Trees_follow_the_arg_max_where_the_squared_error_is_elsewhere()
    {
        // Which of two classes wins is told by one column; a third never does, and varies most, by four others.
        const int Rows = 2000, Inputs = 5;
        float[] b = [1, -1, 0, 0, 0, 8, 0, 0, 7, 0, 0, 6, 0, 0, 5], bias = [0, 0, -40];
        float[] a = Made(6), test = Made(7);
        TrainingOptions options = new() { Codebooks = 2, Objective = Objective.Output, Classifier = true };
        TrainingOptions logitsOnly = options with { Recipe = new() { TreeTemperatures = [] } };
        double both = Agreement(options), alone = Agreement(logitsOnly);
        both.Should().BeGreaterThan(0.97);
        alone.Should().BeLessThan(0.9);

        float[] Made(int seed)
        {
            Random random = new(seed);
            return [.. Enumerable.Range(0, Rows * Inputs).Select(_ => (float)((2 * random.NextDouble()) - 1))];
        }

        double Agreement(TrainingOptions chosen) =>
            MaddnessTrainer.Train(a, Rows, Inputs, b, 3, bias, chosen).Evaluate(test, Rows, b).ArgMaxAgreement;
    }

    [Fact]
    public void Trees_for_soft_maxes_are_tried_where_they_are_cheap_and_do_not_over_fit()
    {
        Tries(OutputMethod.Passes, 16, 1000).Should().BeTrue();
        Tries(OutputMethod.Passes, 23, 1000).Should().BeTrue();
        Tries(OutputMethod.Passes, 24, 1000).Should().BeFalse("rounds take long");
        Tries(OutputMethod.Passes, 16, 999).Should().BeFalse("rounds are not joint");
        Tries(OutputMethod.Ranges, 4, 1000).Should().BeTrue();
        Tries(OutputMethod.Ranges, 5, 1000).Should().BeFalse("held-out rows preferred trees that over-fit less");
        Tries(OutputMethod.Reconstruction, 5, 1000).Should().BeFalse("held-out rows preferred trees that over-fit less");
        OutputLearner.TriesSoftMaxes(1000, new(OutputMethod.Passes, null, 1), new() { Codebooks = 4 }).Should().BeFalse("nobody asked for a classifier");

        static bool Tries(OutputMethod method, int codebooks, int rows) =>
            OutputLearner.TriesSoftMaxes(rows, new(method, null, 1), new() { Codebooks = codebooks, Classifier = true });
    }

    [Fact]
    public void Threads_do_not_change_a_bit()
    {
        (float[] a, float[] b, float[] bias) = Problem();
        TrainingOptions options = new() { Codebooks = 3, Classifier = true };
        byte[] expected = SavedBytes.Of(MaddnessTrainer.Train(a, 5000, Columns, b, Classes, bias, options).Save);
        SavedBytes.Of(MaddnessTrainer.Train(a, 5000, Columns, b, Classes, bias, options with { MaxDegreeOfParallelism = 3 }).Save).Should().Equal(expected);
    }

    [Fact]
    public void Codebooks_beyond_the_largest_factor_and_single_outputs_work()
    {
        float[] a = Samples.Rows(40, 520, 2);
        float[] b = Samples.Rows(520, 2, 3);
        TrainingOptions many = new() { Codebooks = 520, Objective = Objective.Reconstruction, Classifier = true };
        TrainerTests.Predict(MaddnessTrainer.Train(a, 40, 520, b, 2, default, many), a).Should().OnlyContain(v => float.IsFinite(v));

        // Of one output nothing is taken out.
        TrainingOptions one = new() { Codebooks = 3, Objective = Objective.Output, Classifier = true };
        TrainerTests.Predict(MaddnessTrainer.Train(a, 40, 520, b.AsSpan(0, 520), 1, default, one), a)
            .Should().Equal(TrainerTests.Predict(MaddnessTrainer.Train(a, 40, 520, b.AsSpan(0, 520), 1, default, one with { Classifier = false }), a)).And.Contain(v => v > 0.1).And.Contain(v => v < -0.1);
    }

    [Fact]
    public void A_classifier_needs_a_known_B()
    {
        Action act = () => MaddnessTrainer.Train(Samples.Rows(20, 6, 1), 20, 6, new() { Codebooks = 2, Classifier = true });
        act.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*Classifier is True; expected false*");
        Action unknown = () => MaddnessTrainer.Train(Samples.Rows(20, 6, 1), 20, 6, new() { Codebooks = 2, Objective = Objective.Output });
        unknown.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*Objective is Output; expected Auto or Reconstruction where B is not known*");
    }

    [Fact]
    public void The_exponential_is_exact_to_rounding()
    {
        for (double x = 0; x > -690; x -= 0.37)
        {
            double own = SoftMax.Exp(Vector512.Create(x)).GetElement(3);
            (own / Math.Exp(x)).Should().BeApproximately(1, 1e-14);
        }

        SoftMax.Exp(Vector512.Create(double.NegativeInfinity)).GetElement(0).Should().BeInRange(0, 1e-300);
    }

    private static (float[] A, float[] B, float[] Bias) Problem()
    {
        Random random = new(4);
        float[] centres = [.. Enumerable.Range(0, 30 * Columns).Select(_ => (float)(random.NextDouble() - 0.5))];
        float[] b = [.. Enumerable.Range(0, Columns * Classes).Select(_ => (float)((4 * random.NextDouble()) - 2))];
        float[] a = new float[5000 * Columns];
        for (int i = 0; i < a.Length; i++)
        {
            (int n, int j) = Math.DivRem(i, Columns);
            a[i] = (float)Math.Max(0, centres[(n * 7 % 30 * Columns) + j] + (0.5 * (random.NextDouble() - 0.5)));
        }

        return (a, b, [.. Enumerable.Range(0, Classes).Select(m => 0.3f * m)]);
    }

    /// <summary>Of the approximate soft-max given the exact one, above the entropy of the exact one, in nats a row.</summary>
    private static double CrossEntropy(MaddnessMatmul matmul, float[] rows, float[] b, float[] bias)
    {
        float[] exact = TrainerTests.Product(rows, b, Columns, Classes);
        float[] predicted = TrainerTests.Predict(matmul, rows);
        double sum = 0;
        for (int n = 0; n < rows.Length / Columns; n++)
        {
            double[] p = LogSoftMax(exact, n, bias), q = LogSoftMax(predicted, n, bias);
            sum += p.Zip(q).Sum(v => Math.Exp(v.First) * (v.First - v.Second));
        }

        return sum / (rows.Length / Columns);
    }

    private static double[] LogSoftMax(float[] values, int row, float[] bias)
    {
        double[] logits = [.. Enumerable.Range(0, Classes).Select(m => (double)values[(row * Classes) + m] + bias[m])];
        double largest = logits.Max();
        double log = largest + Math.Log(logits.Sum(l => Math.Exp(l - largest)));
        return Array.ConvertAll(logits, l => l - log);
    }
}
