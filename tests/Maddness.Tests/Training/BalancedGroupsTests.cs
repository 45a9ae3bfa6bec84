using Maddness.Training;

namespace Maddness.Tests.Training;

/// <summary>Columns shared out among codebooks by what they are worth.</summary>
public class BalancedGroupsTests
{
    private const int Rows = 600;

    [Theory]
    [InlineData(2, 1)]
    [InlineData(17, 16)]
    [InlineData(40, 7)]
    [InlineData(40, 16)]
    [InlineData(5, 9)]
    [InlineData(3000, 16)]
    [InlineData(4200, 16)]
    public void Every_column_is_in_one_group_and_no_group_is_empty(int columns, int codebooks)
    {
        foreach (Func<int, double> scale in (Func<int, double>[])[_ => 1, j => Math.Pow(.7, j), j => j == columns - 1 ? 1e6 : 1e-6, _ => 0])
        {
            int rows = columns > 100 ? 20 : Rows;
            int[][] groups = BalancedGroups.Of(Independent(rows, columns, scale), null, codebooks, 4, CancellationToken.None);
            groups.Should().HaveCount(Math.Min(columns, codebooks)).And.OnlyContain(group => group.Length > 0);
            groups.Should().OnlyContain(group => group.SequenceEqual(group.Order()));
            groups.SelectMany(group => group).Order().Should().Equal(Enumerable.Range(0, columns));
        }
    }

    [Fact]
    public void Columns_that_matter_are_alone()
    {
        // Four columns of 64 times the variance of the twelve others: three bits more.
        AreAlone(BalancedGroups.Of(Independent(Rows, 16, j => j % 4 == 0 ? 8 : 1), null, 8, 4, CancellationToken.None));

        // The same by weights alone.
        AreAlone(BalancedGroups.Of(Independent(Rows, 16, _ => 1), [.. Enumerable.Range(0, 16).Select(j => j % 4 == 0 ? 8.0 : 1)], 8, 4, CancellationToken.None));

        static void AreAlone(int[][] groups) => groups.Where(group => group.Any(j => j % 4 == 0)).Should().HaveCount(4).And.OnlyContain(group => group.Length == 1);
    }

    [Fact]
    public void Columns_that_tell_about_each_other_are_together()
    {
        // Column j + 8 is column j and a little noise: a pair takes hardly more bits than one of them.
        TrainingRows data = Independent(Rows, 16, _ => 1);
        for (int i = 0; i < data.Values.Length; i++)
        {
            data.Values[i] = i % 16 < 8 ? data.Values[i] : data.Values[i - 8] + (0.01f * data.Values[i]);
        }

        BalancedGroups.Of(data, null, 8, 4, CancellationToken.None).Should().OnlyContain(group => group.Length == 2 && group[1] == group[0] + 8);
    }

    [Fact]
    public void Many_rows_are_sampled_and_order_does_not_matter()
    {
        // Sorted by the first column: the first rows alone would say that it does not vary.
        float[] values = Independent(20_000, 4, _ => 1).Values;
        float[] first = [.. Enumerable.Range(0, 20_000).Select(n => values[4 * n]).Order()];
        for (int n = 0; n < first.Length; n++)
        {
            values[4 * n] = first[n] * 30;
        }

        BalancedGroups.Of(new TrainingRows(ElementType.Float32, values, 20_000, 4), null, 2, 4, CancellationToken.None).Should().Contain(group => group.SequenceEqual(new[] { 0 }));
    }

    [Fact]
    public void A_training_takes_groups_where_they_are_better_on_rows_held_out()
    {
        // A falling spectrum, as of principal components.
        const int Columns = 30, Outputs = 20;
        float[] a = Independent(2000 + Rows, Columns, j => Math.Pow(.9, j)).Values;
        float[] b = Samples.Rows(Columns, Outputs, 4);
        double Error(Objective objective) => MaddnessTrainer.Train(a.AsSpan(0, 2000 * Columns), 2000, Columns, b, Outputs, default, new() { Objective = objective })
            .Evaluate(a.AsSpan(2000 * Columns), Rows, b).NormalizedMeanSquaredError;
        Error(Objective.Auto).Should().BeLessThan(0.7 * Math.Min(Error(Objective.Reconstruction), Error(Objective.Output)));
    }

    [Fact]
    public void Without_B_groups_are_taken_where_they_reconstruct_held_out_rows_better()
    {
        const int Columns = 30;
        TrainingRows falling = Independent(2000 + Rows, Columns, j => Math.Pow(.9, j));
        TrainingOptions options = new() { Codebooks = 6 };
        Error(falling, Columns, options).Should().BeLessThan(0.7 * Error(falling, Columns, options with { Objective = Objective.Reconstruction }));
        Chosen(falling, options).Should().NotBeEquivalentTo(SubspacePartition.Ranges(Columns, 6));

        // Nothing else than ranges where these are asked for.
        Chosen(falling, options with { Objective = Objective.Reconstruction }).Should().BeEquivalentTo(SubspacePartition.Ranges(Columns, 6));
        Chosen(falling, options with { PrototypeLayout = PrototypeLayout.CodebookLocal }).Should().BeEquivalentTo(SubspacePartition.Ranges(Columns, 6));

        // One-hot columns of four variables, five levels each: four tests in a range tell all, and covariances little.
        Random random = new(5);
        float[] values = new float[2600 * 20];
        for (int n = 0; n < 2600 * 4; n++)
        {
            values[(n * 5) + random.Next(5)] = 1;
        }

        TrainingRows oneHot = new(ElementType.Float32, values, 2600, 20);
        Chosen(oneHot, new() { Codebooks = 4 }).Should().BeEquivalentTo(SubspacePartition.Ranges(20, 4));
        Error(oneHot, 20, new() { Codebooks = 4 }).Should().BeLessThan(1e-4);

        static int[][] Chosen(TrainingRows rows, TrainingOptions options) => PartSelector.Choose(rows, options, new TrainingScope(1, null, CancellationToken.None)).Parts;

        // B = I: the error of the reconstruction.
        static double Error(TrainingRows rows, int columns, TrainingOptions options)
        {
            float[] identity = new float[columns * columns];
            for (int j = 0; j < columns; j++)
            {
                identity[j * (columns + 1)] = 1;
            }

            return MaddnessTrainer.Train(rows.Values.AsSpan(0, 2000 * columns), 2000, columns, options).Bind(identity, columns)
                .Evaluate(rows.Values.AsSpan(2000 * columns), 600, identity).NormalizedMeanSquaredError;
        }
    }

    private static TrainingRows Independent(int rows, int columns, Func<int, double> scale)
    {
        Random random = new(7);
        float[] values = [.. Enumerable.Range(0, rows * columns).Select(i => (float)(scale(i % columns) * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
        return new TrainingRows(ElementType.Float32, values, rows, columns);
    }
}
