using Maddness.Training;

namespace Maddness.Tests.Training;

/// <summary>Training does not depend on whether the order of rows has a period.</summary>
public class RowOrderTests
{
    private const int Inputs = 16;

    private const int Outputs = 4;

    [Fact]
    public void Evenly_spaced_rows_are_taken_unless_they_are_of_one_kind()
    {
        Random random = new(1);
        float[] values = new float[4_096 * 3];
        for (int n = 0; n < 4_096; n++)
        {
            // Noise, hardly ever anything, and a constant.
            (values[n * 3], values[(n * 3) + 1], values[(n * 3) + 2]) = (random.NextSingle(), n == 8 ? 1000 : 0, 7);
        }

        RowSample.Of(values, 3, 1).Should().Equal(Enumerable.Range(0, 4_096));
        RowSample.Of(values, 3, 4).Should().Equal(Enumerable.Range(0, 1_024).Select(i => 4 * i));
        RowSample.Of(values, 3, 5).Should().Equal(Enumerable.Range(0, 820).Select(i => 5 * i));
        for (int n = 0; n < 4_096; n += 4)
        {
            values[n * 3] = 0;
        }

        int[] places = RowSample.Of(values, 3, 4);
        places.Select(n => n / 4).Should().Equal(Enumerable.Range(0, 1_024), "one of each four");
        places.Count(n => n % 4 == 0).Should().BeInRange(200, 312, "as many as there are");
        RowSample.Of(values, 3, 5).Should().Equal(Enumerable.Range(0, 820).Select(i => 5 * i), "these meet all kinds");
        RowSample.Of(values.AsSpan(0, 4_095 * 3), 3, 4).Should().HaveCount(1_024).And.OnlyContain(n => n < 4_095);
    }

    [Fact]
    public void Rows_of_which_every_fourth_is_the_same_are_learned_like_shuffled_ones()
    {
        const int Rows = 8_192;
        float[] a = Mixed(new Random(2), Rows);
        for (int n = 0; n < Rows; n += 4)
        {
            a.AsSpan(n * Inputs, Inputs).Clear();
        }

        ErrorOf(a, Rows, 4).Should().BeLessThan(1.3 * ErrorOf(Shuffled(a, Rows), Rows, 4));
    }

    [Fact]
    public void Folds_share_all_rows_out_and_no_period_meets_one_of_them()
    {
        int[][] folds = HeldOutTurns.Folds(503, 5, int.MaxValue, new SeededRandom(0));
        folds.SelectMany(fold => fold).Order().Should().Equal(Enumerable.Range(0, 503));
        foreach (int[] fold in folds)
        {
            fold.Should().BeInAscendingOrder().And.HaveCountGreaterThanOrEqualTo(100).And.HaveCountLessThanOrEqualTo(101);
            fold.GroupBy(n => n % 5).Should().OnlyContain(kind => kind.Count() > 8 && kind.Count() < 32).And.HaveCount(5);
        }

        HeldOutTurns.Folds(5_000, 1, int.MaxValue, new SeededRandom(0)).Should().ContainSingle().Which.Should().HaveCount(1_000);
        HeldOutTurns.Folds(503, 3, int.MaxValue, new SeededRandom(0)).SelectMany(fold => fold).Should().OnlyHaveUniqueItems().And.HaveCount(301);
        HeldOutTurns.Folds(500, 5, 20, new SeededRandom(0)).Should().OnlyContain(fold => fold.Length == 20);

        // So few that each is held out alone.
        int[][] alone = HeldOutTurns.Folds(5, 5, int.MaxValue, new SeededRandom(0));
        alone.Should().OnlyContain(fold => fold.Length == 1);
        alone.SelectMany(fold => fold).Order().Should().Equal(0, 1, 2, 3, 4);
    }

    [Fact]
    public void Runs_share_all_rows_out_one_after_another()
    {
        HeldOutTurns.Runs(303, int.MaxValue).SelectMany(run => run).Should().Equal(Enumerable.Range(0, 303));
        HeldOutTurns.Runs(303, int.MaxValue).Should().HaveCount(5).And.OnlyContain(run => run.Length == 60 || run.Length == 61);
        HeldOutTurns.Runs(300, 20).Select(run => (run.Length, run[0], run[^1])).Should().Equal((20, 0, 19), (20, 60, 79), (20, 120, 139), (20, 180, 199), (20, 240, 259));
    }

    [Fact]
    public void A_series_is_known_by_neighbours_that_are_nearer_than_the_next_ones()
    {
        const int Rows = 300;
        Random random = new(6);
        AreSerial(Windows(random, Rows)).Should().BeTrue("windows of a series");
        AreSerial(Shuffled(Windows(random, Rows), Rows)).Should().BeFalse("the same in any order");
        AreSerial(Mixed(random, Rows)).Should().BeFalse("independent rows");

        float[] centres = Mixed(random, Rows / 10);
        float[] sorted = Near(random, centres, n => n / 10, Rows);
        AreSerial(sorted).Should().BeFalse("rows sorted by their cluster");
        AreSerial([.. Enumerable.Range(0, 2 * Rows).SelectMany(n => sorted.AsSpan(n / 2 * Inputs, Inputs).ToArray())]).Should().BeFalse("the same, each twice");
        AreSerial(Near(random, sorted, n => n / 2, 2 * Rows)).Should().BeFalse("the same with near copies");
        AreSerial([.. Enumerable.Range(0, 5).SelectMany(clip => Windows(random, Rows / 5).Select(v => v + (10 * clip)))]).Should().BeFalse("clips one after another, of other levels");
        AreSerial([.. Enumerable.Range(0, Rows * Inputs).Select(i => (i / Inputs * 0.01f) + (0.001f * random.NextSingle()))]).Should().BeFalse("rows sorted by a value");
        AreSerial(new float[Rows * Inputs]).Should().BeFalse("rows that are all the same");
        AreSerial(new float[5 * Inputs]).Should().BeFalse("five rows");

        static float[] Near(Random random, float[] centres, Func<int, int> centreOf, int rows) =>
            [.. Enumerable.Range(0, rows * Inputs).Select(i => centres[(centreOf(i / Inputs) * Inputs) + (i % Inputs)] + (0.05f * random.NextSingle()))];

        static bool AreSerial(float[] values) => SerialRows.AreSerial(new TrainingRows(ElementType.Float32, values, values.Length / Inputs, Inputs));
    }

    [Fact]
    public void Windows_of_a_series_are_not_learned_by_heart()
    {
        // What is learned jointly remembers 60 windows: judged by single ones, beside their neighbours, it was chosen, with .126 on later windows in the mean, and .068 where runs judge.
        const int Rows = 60, Later = 600;
        double sum = 0;
        for (int seed = 8; seed <= 10; seed++)
        {
            float[] windows = Windows(new Random(seed), Rows + 200 + Later);
            sum += ErrorOf(windows.AsSpan(0, Rows * Inputs), windows.AsSpan((Rows + 200) * Inputs).ToArray(), 8);
        }

        (sum / 3).Should().BeLessThan(0.09);
    }

    /// <summary>The error of what is learned, on the rows themselves, by an exact product of these tests.</summary>
    private static double ErrorOf(float[] a, int rows, int codebooks) => ErrorOf(a.AsSpan(0, rows * Inputs), a, codebooks);

    /// <summary>The same on other rows.</summary>
    private static double ErrorOf(ReadOnlySpan<float> training, float[] a, int codebooks)
    {
        Random random = new(4);
        int rows = a.Length / Inputs;
        float[] b = [.. Enumerable.Range(0, Inputs * Outputs).Select(_ => random.NextSingle() - 0.5f)];
        MaddnessMatmul product = MaddnessTrainer.Train(training, training.Length / Inputs, Inputs, b, Outputs, default, new() { Codebooks = codebooks });
        float[] y = new float[rows * Outputs];
        product.Multiply(a, rows, y);
        double[] exact = new double[y.Length];
        for (int i = 0; i < y.Length; i++)
        {
            for (int d = 0; d < Inputs; d++)
            {
                exact[i] += (double)a[(i / Outputs * Inputs) + d] * b[(d * Outputs) + (i % Outputs)];
            }
        }

        double mean = exact.Average();
        return exact.Zip(y, (e, v) => (e - v) * (e - v)).Sum() / exact.Sum(e => (e - mean) * (e - mean));
    }

    private static float[] Mixed(Random random, int rows)
    {
        float[] mixing = [.. Enumerable.Range(0, 4 * Inputs).Select(_ => random.NextSingle() - 0.5f)];
        float[] a = new float[rows * Inputs];
        for (int n = 0; n < rows; n++)
        {
            float[] causes = [.. Enumerable.Range(0, 4).Select(_ => random.NextSingle() - 0.5f)];
            for (int d = 0; d < Inputs; d++)
            {
                a[(n * Inputs) + d] = (0.05f * random.NextSingle()) + causes.Select((cause, i) => cause * mixing[(i * Inputs) + d]).Sum();
            }
        }

        return a;
    }

    /// <summary>Windows of a series with a season and correlated noise, one value further each.</summary>
    private static float[] Windows(Random random, int rows)
    {
        float[] series = new float[rows + Inputs];
        float noise = 0;
        for (int t = 0; t < series.Length; t++)
        {
            noise = (0.95f * noise) + (0.3f * (random.NextSingle() - 0.5f));
            series[t] = noise + MathF.Sin(t * MathF.Tau / 24) + (0.1f * random.NextSingle());
        }

        return [.. Enumerable.Range(0, rows).SelectMany(n => series.AsSpan(n, Inputs).ToArray())];
    }

    private static float[] Shuffled(float[] a, int rows)
    {
        int[] order = [.. Enumerable.Range(0, rows)];
        new Random(5).Shuffle(order);
        return [.. order.SelectMany(n => a.AsSpan(n * Inputs, Inputs).ToArray())];
    }
}
