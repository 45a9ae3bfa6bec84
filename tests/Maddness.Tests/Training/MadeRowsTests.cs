using Maddness.Tests.Support;
using Maddness.Training;

namespace Maddness.Tests.Training;

/// <summary>Rows made from few, to learn from beside them.</summary>
public class MadeRowsTests
{
    [Theory]
    [InlineData(5, 10, 1000, 4000)]
    [InlineData(200, 10, 1000, 4000)]
    [InlineData(201, 10, 1005, 4020)]
    [InlineData(400, 512, 2000, 7812)]
    [InlineData(999, 400, 2500, 10_000)]
    [InlineData(1000, 512, 2500, 7812)]
    [InlineData(1001, 400, 2502, 10_000)]
    [InlineData(2000, 25, 5000, 10_000)]
    [InlineData(2000, 900, 4444, 4444)]
    [InlineData(2000, 1_001, 0, 0)]
    [InlineData(4000, 25, 10_000, 10_000)]
    [InlineData(4001, 25, 0, 0)]
    [InlineData(36, 20_000, 200, 200)]
    [InlineData(5, 20_001, 0, 0)]
    [InlineData(100, 20_000, 200, 200)]
    [InlineData(101, 20_000, 0, 0)]
    [InlineData(36, 5_000_000, 0, 0)]
    public void Rows_are_made_where_there_are_few_and_not_too_wide(int rows, int columns, int ofTrial, int ofTraining)
    {
        MadeRows.OfTrial(rows, columns).Should().Be(ofTrial);
        MadeRows.OfTraining(ofTrial, columns).Should().Be(ofTraining);
    }

    [Theory]
    [InlineData(10_000, 10_000)]
    [InlineData(9_999, 9_999)]
    [InlineData(2_500, 2_500)]
    [InlineData(3, 2_500)]
    public void No_more_are_learned_from_than_are_wanted_but_as_many_as_in_the_trial(int most, int expected) => MadeRows.OfTraining(2_500, 400, most).Should().Be(expected);

    [Fact]
    public void A_classifier_learns_from_as_many_as_have_soft_maxes()
    {
        // Judged by 3,000 of the outputs, learned for all.
        const int Outputs = 9_000;
        TrainingRows data = new(ElementType.Float32, Samples.Rows(5, 3, 9), 5, 3);
        OutputPlan plan = ObjectiveSelector.Choose(data, Samples.Rows(3, Outputs, 1), Outputs, null, null, new() { Codebooks = 1, Classifier = true, Recipe = OutputRecipe.Default with { ClassifierSteps = 1 } }, new(1, null, CancellationToken.None));
        plan.Rows.Should().Be(LogitTargets.MaxRows(Outputs)).And.BeLessThan(4_000);
    }

    [Theory]
    [InlineData(false, 10_000)]
    [InlineData(true, 0)]
    public void Classifiers_make_rows_where_there_are_fewer_than_a_thousand(bool isClassifier, int expected)
    {
        (float[] rows, float[] b) = OfFourCauses(1_000);
        ObjectiveSelector.Choose(new(ElementType.Float32, rows, 1_000, 40), b, 6, null, null, new() { Codebooks = 8, Classifier = isClassifier }, new(1, null, CancellationToken.None)).Rows.Should().Be(expected);
    }

    [Fact]
    public void Rows_given_stay_and_made_ones_follow_within_their_columns()
    {
        TrainingRows given = new(ElementType.Float32, Samples.Rows(30, 7, 1), 30, 7);
        TrainingRows all = MadeRows.Add(given, 300, 5);
        (all.Rows, all.Columns).Should().Be((300, 7));
        all.Values[..given.Values.Length].Should().Equal(given.Values);
        for (int j = 0; j < 7; j++)
        {
            float[] column = [.. Enumerable.Range(0, 300).Select(n => all.Values[(n * 7) + j])];
            float least = column.Take(30).Min(), most = column.Take(30).Max();
            column.Should().OnlyContain(value => value >= least && value <= most);
        }

        for (int n = 30; n < 300; n++)
        {
            all.Row(n).SequenceEqual(given.Row(n % 30)).Should().BeFalse();
        }

        MadeRows.Add(given, 300, 5).Values.Should().Equal(all.Values);
        MadeRows.Add(given, 300, 6).Values.Should().NotEqual(all.Values);
        MadeRows.Of(given, 300, 5).Values.Should().Equal(all.Values);
        MadeRows.Of(given, 0, 5).Should().BeSameAs(given);
    }

    [Fact]
    public void Made_rows_vary_as_the_rows_do()
    {
        // On the line from (0, 0) to (1, 2): differences are along it, and so are made rows but where a column's reach cuts them off, which both columns do together.
        float[] line = [.. Enumerable.Range(0, 50).SelectMany(i => new[] { i / 49f, 2 * i / 49f })];
        TrainingRows all = MadeRows.Add(new(ElementType.Float32, line, 50, 2), 2000, 1);
        for (int n = 0; n < all.Rows; n++)
        {
            all.Row(n)[1].Should().BeApproximately(2 * all.Row(n)[0], 1e-5f);
        }
    }

    [Fact]
    public void Integers_stay_integers_and_zeros_positive()
    {
        float[] values = Array.ConvertAll(Samples.Rows(40, 5, 2), v => MathF.Round(3 * v) + 0f);
        foreach (float value in MadeRows.Add(new(ElementType.Int8, values, 40, 5), 1000, 3).Values.Skip(values.Length))
        {
            value.Should().Be(MathF.Round(value));
            (value == 0 && float.IsNegative(value)).Should().BeFalse();
        }
    }

    [Fact]
    public void Copies_of_all_rows_are_left_out_of_what_is_made_from()
    {
        float[] once = Samples.Rows(30, 4, 3);
        MadeRows.Of(new(ElementType.Float32, [.. once, .. once, .. once], 90, 4), 200, 1).Values.Should().Equal(MadeRows.Add(new(ElementType.Float32, once, 30, 4), 200, 1).Values);
    }

    [Theory]
    [InlineData(200, 150, 0)]
    [InlineData(200, 20, 10)]
    public void Uneven_copies_of_rows_are_learned_from(int distinct, int copies, int more)
    {
        // Of a sample, or of what is kept, copies are not as even as of all rows: whether somebody made them is told of all rows.
        float[] once = Samples.Rows(distinct, 8, 6), b = Samples.Rows(8, 3, 7);
        float[] rows = [.. Enumerable.Repeat(once, copies).SelectMany(values => values), .. Enumerable.Repeat(once[..(more * 8)], 3).SelectMany(values => values)];
        TrainingOptions options = new() { Codebooks = 2 };
        MaddnessTrainer.Train(rows, rows.Length / 8, 8, b, 3, options: options).Evaluate(once, distinct, b).NormalizedMeanSquaredError.Should().BeLessThan(0.5);
        MaddnessTrainer.Train(rows, rows.Length / 8, 8, options with { RidgeStrength = null }).Bind(b, 3).Evaluate(once, distinct, b).NormalizedMeanSquaredError.Should().BeLessThan(0.7);
    }

    [Fact]
    public void Small_floats_of_both_signs_make_no_negative_zeros()
    {
        Random random = new(1);
        float[] values = [.. Enumerable.Range(0, 60).Select(_ => ((random.Next(3) - 1) * float.Epsilon) + 0f)];
        MadeRows.Add(new(ElementType.Float32, values, 20, 3), 400, 1).Values.Should().OnlyContain(value => value != 0 || !float.IsNegative(value));
    }

    [Fact]
    public void Large_floats_of_both_signs_make_finite_rows()
    {
        Random random = new(1);
        float[] values = [.. Enumerable.Range(0, 40).Select(_ => random.Next(2) == 0 ? float.MaxValue : -float.MaxValue)];
        MadeRows.Add(new(ElementType.Float32, values, 20, 2), 400, 1).Values.Should().OnlyContain(value => float.IsFinite(value));
    }

    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.Int8)]
    public void A_made_row_is_the_next_of_those_given_moved_by_parts_of_two_differences(ElementType type)
    {
        const int Given = 20, Columns = 3;
        float[] values = Array.ConvertAll(Samples.Rows(Given, Columns, 8), v => type == ElementType.Int8 ? MathF.Round(9 * v) + 0f : v);

        // The last row reaches farthest, upwards and downwards.
        (values[^1], values[^2]) = (30, -30);
        float[] made = MadeRows.Add(new(type, values, Given, Columns), 300, 7).Values;
        SeededRandom random = new(~7UL);
        for (int n = Given; n < 300; n++)
        {
            int a = random.Below(Given), b = random.Below(Given), c = random.Below(Given), d = random.Below(Given);
            double first = 0.4 * random.Unit(), second = 0.4 * random.Unit();
            for (int j = 0; j < Columns; j++)
            {
                float[] column = [.. Enumerable.Range(0, Given).Select(i => values[(i * Columns) + j])];
                double value = column[n % Given] + (first * ((double)column[a] - column[b])) + (second * ((double)column[c] - column[d]));
                value = Math.Clamp(type == ElementType.Int8 ? Math.Round(value) : value, column.Min(), column.Max());
                made[(n * Columns) + j].Should().Be((float)value);
            }
        }
    }

    [Theory]
    [InlineData(60, 1, 0)]
    [InlineData(450, 1, 3)]
    [InlineData(60, 4, 0)]
    public void No_row_that_judges_is_among_those_that_rows_are_made_from(int distinct, int copies, ulong seed)
    {
        HeldOutTurns turns = HeldOutTurns.Of(Repeated(Samples.Rows(distinct, 4, 3), 4, copies), 1, seed);
        for (int turn = 0; turn < turns.Count; turn++)
        {
            TrainingRows sources = turns.KeptOnce(turn), judges = turns.Turn(turn).HeldOut;
            (sources.Rows + judges.Rows).Should().Be(distinct);
            string[] all = [.. Keys(sources), .. Keys(judges)];
            all.Should().OnlyHaveUniqueItems();
        }

        static IEnumerable<string> Keys(TrainingRows rows) => Enumerable.Range(0, rows.Rows).Select(n => string.Join(' ', rows.Row(n).ToArray()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    public void The_final_training_has_four_times_the_rows_of_trials_however_often_rows_are_given(int copies)
    {
        (float[] once, float[] b) = OfFourCauses(60);
        TrainingRows data = Repeated(once, 40, copies);
        TrainingOptions options = new() { Codebooks = 8 };
        TrainingScope scope = new(1, null, CancellationToken.None);
        ObjectiveSelector.Choose(data, b, 6, null, null, options, scope).Rows.Should().Be(4_000);
        PartSelector.Choose(data, options, scope).Rows.Should().Be(4_000);
    }

    [Fact]
    public void Rows_alone_are_learned_from_where_made_ones_are_only_as_good()
    {
        // Nothing to learn: no error either way.
        TrainingRows data = new(ElementType.Float32, Samples.Rows(30, 6, 1), 30, 6);
        ObjectiveSelector.Choose(data, new float[6 * 2], 2, null, null, new() { Codebooks = 2 }, new(1, null, CancellationToken.None)).Rows.Should().Be(0);
    }

    [Fact]
    public void A_model_is_learned_from_the_made_rows_of_its_seed()
    {
        (float[] rows, _) = OfFourCauses(60);
        TrainingOptions options = new() { Codebooks = 8, Seed = 3 };
        TrainingScope scope = new(1, null, CancellationToken.None);
        TrainingRows data = new(ElementType.Float32, rows, 60, 40);
        PartSelector.PartPlan plan = PartSelector.Choose(data, options, scope);
        TrainingRows all = MadeRows.Add(data, 4_000, 3);
        LearnedTrees trees = LearnedTrees.Learn(all, plan.Parts, null, options, scope);
        MaddnessModel expected = new(trees.ToHashTrees(all, 4), PrototypeFitter.Fit(all, trees, PrototypeLayout.Dense, 1, scope));
        SavedBytes.Of(MaddnessTrainer.Train(rows, 60, 40, options).Save).Should().Equal(SavedBytes.Of(expected.Save));
    }

    [Theory]
    [InlineData(60, 24)]
    [InlineData(40, 12)]
    public void The_ridge_of_a_model_is_chosen_by_rows_that_none_are_made_from(int rows, int columns)
    {
        // Noise: strong penalties are best for rows to come, and the weakest for rows that made ones are near to.
        TrainingRows data = new(ElementType.Float32, Samples.Rows(rows, columns, rows), rows, columns);
        RidgeSelector.Choose(data, 1_000, null, 0, null, SubspacePartition.Ranges(columns, 4), new() { Codebooks = 4 }, new(1, null, CancellationToken.None)).Should().BeGreaterThan(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Few_rows_gain(bool isModel)
    {
        // 60 to learn from, 500 others to judge by.
        (float[] rows, float[] b) = OfFourCauses(560);
        Error(OutputRecipe.Default).Should().BeLessThan(0.8 * Error(OutputRecipe.Default with { MakesRows = false }));

        double Error(OutputRecipe recipe)
        {
            TrainingOptions options = new() { Codebooks = 8, Recipe = recipe };
            MaddnessMatmul product = isModel
                ? MaddnessTrainer.Train(rows.AsSpan(0, 60 * 40), 60, 40, options).Bind(b, 6)
                : MaddnessTrainer.Train(rows.AsSpan(0, 60 * 40), 60, 40, b, 6, options: options);
            return product.Evaluate(rows.AsSpan(60 * 40), 500, b).NormalizedMeanSquaredError;
        }
    }

    [Fact]
    public void Rows_that_are_not_alike_are_learned_from_alone()
    {
        // One-hot rows: what lies between two of them never comes.
        Random random = new(4);
        float[] rows = new float[300 * 12], b = Samples.Rows(12, 3, 5);
        for (int n = 0; n < 300; n++)
        {
            rows[(n * 12) + random.Next(12)] = 1;
        }

        TrainingOptions options = new() { Codebooks = 2 };
        TrainingRows data = new(ElementType.Float32, rows, 300, 12);
        TrainingScope scope = new(1, null, CancellationToken.None);
        ObjectiveSelector.Choose(data, b, 3, null, null, options, scope).Rows.Should().Be(0);
        PartSelector.Choose(data, options, scope).Rows.Should().Be(0);
    }

    private static TrainingRows Repeated(float[] once, int columns, int copies) => new(ElementType.Float32, [.. Enumerable.Repeat(once, copies).SelectMany(values => values)], once.Length / columns * copies, columns);

    private static (float[] Rows, float[] B) OfFourCauses(int count)
    {
        float[] causes = Samples.Rows(count, 4, 1), mixing = Samples.Rows(4, 40, 2), rows = new float[count * 40];
        ExactMatmul.Multiply(causes, count, 4, mixing, 40, rows);
        return (rows, Samples.Rows(40, 6, 3));
    }
}
