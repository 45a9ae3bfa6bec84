using Maddness.Training;

namespace Maddness.Tests.Training;

/// <summary>What the tables of a classifier follow.</summary>
public class ExactSoftMaxesTests
{
    private const int Rows = 23;
    private const int Columns = 5;
    private const int Classes = 11;

    private static readonly float[] A = Samples.Rows(Rows, Columns, 1);
    private static readonly float[] B = Samples.Rows(Columns, Classes, 2);
    private static readonly float[] Bias = Samples.Rows(1, Classes, 3);

    [Theory]
    [InlineData(int.MaxValue, 1, true)]
    [InlineData(int.MaxValue, 1, false)]
    [InlineData(Rows * Classes / 2, 3, true)]
    [InlineData(1, (Rows * Classes) + 1, true)]
    public void They_are_those_of_the_exact_logits_of_every_row_or_of_every_so_many(int most, int step, bool hasBias)
    {
        ExactSoftMaxes exact = new(Data(), B, Classes, hasBias ? Bias : null, most);
        exact.Rows.Should().Be((Rows + step - 1) / step);
        exact.IsSample.Should().Be(step > 1);
        (exact.Outputs, exact.Stride).Should().Be((Classes, 16));
        for (int i = 0; i < exact.Rows; i++)
        {
            double[] expected = SoftMaxOf(i * step, hasBias);
            for (int m = 0; m < Classes; m++)
            {
                exact.Row(i)[m].Should().BeApproximately(expected[m], 1e-6);
            }

            exact.Values.AsSpan((i * 16) + Classes, 16 - Classes).ToArray().Should().OnlyContain(padding => padding < 1e-300);
        }
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(Rows * 2 / 3)]
    public void Tables_are_refined_and_judged_by_the_codes_of_their_rows(int most)
    {
        // One codebook of two used leaves, told apart by the exact arg-max of class 0: its tables can follow that, and begin with the opposite.
        ExactSoftMaxes exact = new(Data(), [.. Enumerable.Range(0, Columns * 2).Select(i => i is 0 ? 9f : i is 1 ? -9f : 0f)], 2, null, most);
        byte[] codes = [.. Enumerable.Range(0, Rows).Select(n => A[n * Columns] > 0 ? (byte)0 : (byte)1)];
        codes.Distinct().Should().HaveCount(2);
        LearnedTrees trees = LearnedTrees.Of([new LearnedTree([0, 0, 0, 0], new float[16], codes)], 16);
        ClassifierTables refined = new(exact, trees, new TrainingScope(1, null, default));
        float[] tables = new float[32];
        (tables[0], tables[1], tables[2], tables[3]) = (-1, 1, 1, -1);
        refined.Disagreements(tables).Should().Be(exact.Rows);
        refined.Refine(tables, 12);
        refined.Disagreements(tables).Should().Be(0);
        exact.CodesOf(trees)[0].Should().HaveCount(exact.Rows).And.Equal(Enumerable.Range(0, exact.Rows).Select(i => codes[i * Step(most)]));
    }

    private static int Step(int most) => (Rows * 2 / most) + 1;

    private static TrainingRows Data() => new(ElementType.Float32, A, Rows, Columns);

    private static double[] SoftMaxOf(int row, bool hasBias)
    {
        double[] logits = [.. Enumerable.Range(0, Classes).Select(m => Enumerable.Range(0, Columns).Sum(d => (double)A[(row * Columns) + d] * B[(d * Classes) + m]) + (hasBias ? Bias[m] : 0))];
        double sum = logits.Sum(Math.Exp);
        return [.. logits.Select(logit => Math.Exp(logit) / sum)];
    }
}
