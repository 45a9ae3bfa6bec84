using Maddness.Training;

namespace Maddness.Tests.Training;

/// <summary>Copies of a row tell nothing new, and are held out together.</summary>
public class DistinctRowsTests
{
    private const int Inputs = 96, Outputs = 10;

    [Fact]
    public void Copies_are_on_one_side()
    {
        DistinctRows distinct = DistinctRows.Of(new TrainingRows(ElementType.Float32, [1, 2, 3, 4, 1, 2, 5, 6, 3, 4, 1, 3], 6, 2));

        distinct.Count.Should().Be(4);
        (int[] heldOut, int[] kept) = distinct.Part([1, 3]);
        heldOut.Should().Equal(1, 4, 5);
        kept.Should().Equal(0, 2, 3);
        distinct.Part([]).Kept.Should().Equal(Enumerable.Range(0, 6));
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
    public void Rows_of_which_few_differ_are_learned_from_without_being_held_out()
    {
        float[] a = [.. Enumerable.Repeat(Clusters(4), 300).SelectMany(values => values)];
        float[] b = Samples.Rows(Inputs, Outputs, seed: 3);

        MaddnessTrainer.Train(a, 1_200, Inputs, b, Outputs, options: new() { Codebooks = 4 }).Evaluate(a, 1_200, b).NormalizedMeanSquaredError.Should().BeLessThan(0.01);
        MaddnessTrainer.Train(a, 1_200, Inputs, new() { Codebooks = 4 }).Bind(b, Outputs).Evaluate(a, 1_200, b).NormalizedMeanSquaredError.Should().BeLessThan(0.01);
    }

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
}
