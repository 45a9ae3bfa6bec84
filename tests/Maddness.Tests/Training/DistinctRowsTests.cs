using Maddness.Common;
using Maddness.Training;

namespace Maddness.Tests.Training;

/// <summary>Of rows that somebody repeated one copy is held out, and none learned from beside it; copies that were drawn are rows of their own.</summary>
public class DistinctRowsTests
{
    private const int Inputs = 96, Outputs = 10;

    [Fact]
    public void One_copy_is_held_out_and_none_is_kept()
    {
        // The last of three passes over four rows is cut short.
        DistinctRows distinct = Of([0, 1, 2, 3, 1, 0, 2, 3, 0, 2]);

        distinct.Count.Should().Be(4);
        (int[] heldOut, int[] kept) = distinct.Part([1, 3]);
        heldOut.Should().Equal(1, 3);
        kept.Should().Equal(0, 2, 5, 6, 8, 9);
        distinct.Part([]).Kept.Should().Equal(Enumerable.Range(0, 10));

        // Of some of them: the second and the third are copies.
        DistinctRows some = distinct.Select([2, 4, 1, 9]);
        some.Count.Should().Be(2);
        some.Part([1]).HeldOut.Should().Equal(1);
        some.Part([0]).Kept.Should().Equal(1, 2);
    }

    [Fact]
    public void Only_rows_with_about_as_many_copies_are_repeated()
    {
        Random random = new(2);
        foreach (int kinds in (int[])[10, 60, 1000])
        {
            // Repeated, also with a few rows more or less often; and drawn.
            int[] repeated = [.. Enumerable.Range(0, 5 * kinds).Select(i => i % kinds)];
            Of(repeated).Count.Should().Be(kinds);
            Of([.. repeated[(kinds / 25)..], .. new int[kinds < 20 ? 0 : 50]]).Count.Should().Be(kinds);
            Of([.. Enumerable.Range(0, 5 * kinds).Select(_ => random.Next(kinds))]).Count.Should().Be(5 * kinds);
            Of([.. Enumerable.Range(0, 2 * kinds).Select(_ => random.Next(kinds))]).Count.Should().Be(2 * kinds);

            // One row that fills up a batch, and none at all.
            Of([.. Enumerable.Range(0, kinds), .. new int[3 * kinds]]).Count.Should().Be(4 * kinds);
            Of([.. Enumerable.Range(0, kinds)]).Count.Should().Be(kinds);
        }

        Of(new int[100]).Count.Should().Be(1);
    }

    [Fact]
    public void Repeats_are_seen_in_all_rows_though_only_some_are_learned_from()
    {
        // The numbers of copies in a sample are spread, whatever those of all rows are.
        const int Kinds = 50, Rows = 2_000, Kept = 300;
        Random random = new(3);
        TrainingRows repeated = Copy(i => i % Kinds, Kept), drawn = Copy(_ => random.Next(Kinds), Kept);

        repeated.AreRepeated.Should().BeTrue();
        DistinctRows.Of(repeated).Count.Should().BeLessThanOrEqualTo(Kinds);
        drawn.AreRepeated.Should().BeFalse();
        DistinctRows.Of(drawn).Count.Should().Be(Kept);
        Copy(i => i % Kinds, Rows).AreRepeated.Should().BeNull("they tell it themselves");

        static TrainingRows Copy(Func<int, int> kindOf, int most)
        {
            float[] a = [.. Enumerable.Range(0, Rows).SelectMany(i => (float[])[kindOf(i), -kindOf(i) / 7f, 1])];
            return TrainingRows.Copy(MatrixView<float>.Of(a, Rows, 3, nameof(a)), most, 1, new(1, null, CancellationToken.None));
        }
    }

    [Theory]
    [InlineData(100)]
    [InlineData(1000)]
    public void Of_more_rows_than_are_remembered_some_are_counted_with_all_their_copies(int remembered)
    {
        const int Kinds = 1000, Copies = 3;
        CopyCounter counter = new(remembered);
        for (int row = 0; row < Copies * Kinds; row++)
        {
            counter.Add([row % Kinds, 0.5f]);
        }

        int[] copies = counter.Copies();
        copies.Should().AllBeEquivalentTo(Copies);
        copies.Length.Should().BeInRange(remembered == Kinds ? Kinds : remembered / 4, remembered);
    }

    [Fact]
    public void Hashes_tell_rows_apart()
    {
        HashSet<ulong> hashes = [];
        for (int i = 0; i < 1000; i++)
        {
            hashes.Add(RepeatedRows.HashOf([i, 0, 0])).Should().BeTrue();
            hashes.Add(RepeatedRows.HashOf([0.5f, 0, i + 1])).Should().BeTrue();
        }

        hashes.Add(RepeatedRows.HashOf([0, 0])).Should().BeTrue("it is shorter");
    }

    [Fact]
    public void Rows_drawn_from_a_vocabulary_are_remembered()
    {
        // Later rows are drawn from the same 60. What tells apart rows of unknown kinds would smooth them away.
        const int Kinds = 60, Rows = 2_000;
        float[] kinds = Samples.Rows(Kinds, Inputs, seed: 5);
        float[] b = Samples.Rows(Inputs, Outputs, seed: 3);
        MaddnessMatmul product = MaddnessTrainer.Train(Draw(1), Rows, Inputs, b, Outputs, options: new() { Codebooks = 8 });

        product.Evaluate(Draw(2), Rows, b).NormalizedMeanSquaredError.Should().BeLessThan(0.01);

        float[] Draw(int seed)
        {
            Random random = new(seed);
            return [.. Enumerable.Range(0, Rows).SelectMany(_ => kinds.AsSpan(random.Next(Kinds) * Inputs, Inputs).ToArray())];
        }
    }

    [Theory]
    [InlineData(100, 25)]
    [InlineData(500, 5)]
    public void Copies_of_all_rows_do_not_spoil_what_is_learned_from_them(int rows, int copies)
    {
        // Beside copies of the rows held out, those trees look best which remember rows.
        float[] a = Clusters(rows);
        float[] test = Clusters(1_500)[(500 * Inputs)..];
        float[] b = Samples.Rows(Inputs, Outputs, seed: 3);
        double once = ErrorOf(a, rows);
        double often = ErrorOf([.. Enumerable.Repeat(a, copies).SelectMany(values => values)], rows * copies);

        often.Should().BeLessThan(1.15 * once);

        double ErrorOf(float[] training, int trainingRows) =>
            MaddnessTrainer.Train(training, trainingRows, Inputs, b, Outputs, options: new() { Codebooks = 16 }).Evaluate(test, 1_000, b).NormalizedMeanSquaredError;
    }

    [Fact]
    public void Copies_of_one_row_do_not_decide()
    {
        // A fifth of the folds, or all five, would hold out a row that is most of the data.
        const int Rows = 400;
        float[] test = Clusters(1_500)[(500 * Inputs)..];
        float[] b = Samples.Rows(Inputs, Outputs, seed: 3);
        float[] blank = [.. Clusters(Rows), .. new float[4 * Rows * Inputs]];

        for (ulong seed = 0; seed < 4; seed++)
        {
            // The rows alone are fewer than 1,000 and would gain by made ones; copies that may have been drawn count, and beside them none are made.
            TrainingOptions options = new() { Codebooks = 8, Seed = seed, Recipe = OutputRecipe.Default with { MakesRows = false } };
            double alone = MaddnessTrainer.Train(blank.AsSpan(0, Rows * Inputs), Rows, Inputs, b, Outputs, options: options).Evaluate(test, 1_000, b).NormalizedMeanSquaredError;
            double among = MaddnessTrainer.Train(blank, 5 * Rows, Inputs, b, Outputs, options: options).Evaluate(test, 1_000, b).NormalizedMeanSquaredError;
            among.Should().BeLessThan(1.2 * alone, "seed {0}", seed);
        }
    }

    [Theory]
    [InlineData(4, 0)]
    [InlineData(5, 5)]
    public void Fewer_than_five_rows_that_differ_are_not_held_out(int rows, int turns)
    {
        float[] a = [.. Enumerable.Repeat(Clusters(rows), 50).SelectMany(values => values)];
        List<TrainingProgress> reports = [];

        MaddnessTrainer.Train(a, 50 * rows, Inputs, Samples.Rows(Inputs, Outputs, seed: 3), Outputs, options: new() { Codebooks = 4 }, progress: new Recorder(reports));
        reports.Count(report => report.Stage == TrainingStage.ChoosingRidgeStrength).Should().Be(turns);
    }

    /// <summary>Rows of one column.</summary>
    private static DistinctRows Of(int[] values) => DistinctRows.Of(new TrainingRows(ElementType.Float32, Array.ConvertAll(values, value => (float)value), values.Length, 1));

    /// <summary>Rows around five centres, of ten causes and noise: the first ones are the same however many there are.</summary>
    private static float[] Clusters(int rows)
    {
        Random random = new(7);
        float[] centres = [.. Enumerable.Range(0, 5 * Inputs).Select(_ => (3 * random.NextSingle()) - 1.5f)];
        float[] mixing = [.. Enumerable.Range(0, 10 * Inputs).Select(_ => random.NextSingle() - 0.5f)];
        float[] a = new float[rows * Inputs];
        for (int n = 0; n < rows; n++)
        {
            int cluster = random.Next(5);
            float[] causes = [.. Enumerable.Range(0, 10).Select(_ => (2 * random.NextSingle()) - 1)];
            for (int d = 0; d < Inputs; d++)
            {
                float value = centres[(cluster * Inputs) + d] + (0.6f * (random.NextSingle() - 0.5f));
                for (int i = 0; i < causes.Length; i++)
                {
                    value += causes[i] * mixing[(i * Inputs) + d];
                }

                a[(n * Inputs) + d] = value;
            }
        }

        return a;
    }

    private sealed class Recorder(List<TrainingProgress> reports) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => reports.Add(value);
    }
}
