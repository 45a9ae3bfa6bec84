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
    [InlineData(1000, 512, 0, 0)]
    [InlineData(36, 20_000, 200, 200)]
    [InlineData(100, 20_000, 200, 200)]
    [InlineData(101, 20_000, 0, 0)]
    [InlineData(36, 5_000_000, 0, 0)]
    public void Rows_are_made_where_there_are_few_and_not_too_wide(int rows, int columns, int ofTrial, int ofTraining)
    {
        MadeRows.OfTrial(rows, columns).Should().Be(ofTrial);
        MadeRows.OfTraining(ofTrial, columns).Should().Be(ofTraining);
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
    public void The_smallest_floats_make_no_negative_zeros()
    {
        float[] values = [.. Enumerable.Range(0, 60).Select(i => ((i % 3) - 1) * float.Epsilon + 0f)];
        MadeRows.Add(new(ElementType.Float32, values, 20, 3), 400, 1).Values.Skip(60).Should().OnlyContain(value => value != 0 || !float.IsNegative(value));
    }

    [Fact]
    public void The_largest_floats_make_finite_rows()
    {
        float[] values = [.. Enumerable.Range(0, 40).Select(i => i % 2 == 0 ? float.MaxValue : -float.MaxValue)];
        MadeRows.Add(new(ElementType.Float32, values, 20, 2), 400, 1).Values.Should().OnlyContain(value => float.IsFinite(value));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Few_rows_gain(bool isModel)
    {
        // Rows of four causes: 60 to learn from, 500 others to judge by.
        float[] causes = Samples.Rows(560, 4, 1), mixing = Samples.Rows(4, 40, 2), b = Samples.Rows(40, 6, 3), rows = new float[560 * 40];
        ExactMatmul.Multiply(causes, 560, 4, mixing, 40, rows);
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
}
