using System.Runtime.Intrinsics;
using Maddness.Training;

namespace Maddness.Tests.Training;

/// <summary>Soft-maxes as targets of trees, against the definition in double precision.</summary>
public class LogitTargetsTests
{
    private const int Rows = 40;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 0.7)]
    [InlineData(15, 1)]
    public void Targets_are_the_centred_soft_maxes(int classes, double temperature)
    {
        (LogitTargets targets, double[][] logits) = Problem(classes);
        targets.AreWhole.Should().BeTrue();
        OutputTargets actual = targets.SoftMaxes(temperature, new(1, null, CancellationToken.None));
        double[][] expected = Array.ConvertAll(logits, row => SoftMaxOf(row, temperature));
        for (int m = 0; m < classes; m++)
        {
            double mean = expected.Average(row => row[m]);
            for (int n = 0; n < Rows; n++)
            {
                actual.Values[(n * actual.Stride) + m].Should().BeApproximately((float)(expected[n][m] - mean), 1e-6f);
            }
        }

        for (int n = 0; n < Rows; n++)
        {
            actual.Values[(n * actual.Stride) + actual.Stride - 1].Should().Be(1, "the last number counts the row");
            actual.Values.Slice((n * actual.Stride) + classes, actual.Stride - 1 - classes).ToArray().Should().Equal(new float[actual.Stride - 1 - classes]);
        }
    }

    [Fact]
    public void Of_many_classes_the_leading_components_are_taken()
    {
        // Six of forty classes ever win: five directions hold nearly everything, and 31 are taken.
        (LogitTargets targets, double[][] logits) = Problem(40, winners: 6);
        targets.AreWhole.Should().BeFalse();
        OutputTargets actual = targets.SoftMaxes(1, new(1, null, CancellationToken.None));
        actual.Components.Should().Be(31);
        double[][] expected = Array.ConvertAll(logits, row => SoftMaxOf(row, 1));
        double[] means = [.. Enumerable.Range(0, 40).Select(m => expected.Average(row => row[m]))];
        for (int n = 0; n < Rows; n++)
        {
            // A change of basis keeps lengths.
            double length = expected[n].Zip(means).Sum(pair => Math.Pow(pair.First - pair.Second, 2));
            double taken = actual.Values.Slice(n * actual.Stride, 31).ToArray().Sum(v => (double)v * v);
            taken.Should().BeApproximately(length, 1e-4 * length);
            actual.Values[(n * actual.Stride) + actual.Stride - 1].Should().Be(1, "the last number counts the row");
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(10)]
    [InlineData(15)]
    public void The_gradient_is_that_of_the_cross_entropy(int classes)
    {
        (LogitTargets targets, double[][] logits) = Problem(classes);
        float[] residual = [.. Enumerable.Range(0, 16).Select(m => m < classes ? 0.1f * ((m % 3) - 1) : 0)];
        for (int n = 0; n < Rows; n++)
        {
            Vector512<float> exact = Vector512.WithElement(Vector512.LoadUnsafe(ref targets.Logits.Values[n * 16]), 15, 0f);
            Vector512<float> actual = targets.NegativeGradient(exact, Vector512.Create<float>(residual));
            for (int m = 0; m < 16; m++)
            {
                // By finite differences; the unit of scaled logits is 4.
                const double Step = 1e-4;
                double slope = m < classes ? (CrossEntropy(n, m, Step) - CrossEntropy(n, m, -Step)) / (2 * Step) : 0;
                ((double)actual.GetElement(m)).Should().BeApproximately(-slope, 1e-5);
            }
        }

        double CrossEntropy(int n, int moved, double by)
        {
            double[] p = SoftMaxOf(logits[n], 1);
            double[] q = SoftMaxOf([.. logits[n].Select((l, m) => l - (4 * residual[m]) + (m == moved ? by : 0))], 1);
            return -p.Zip(q).Sum(pair => pair.First * Math.Log(pair.Second));
        }
    }

    /// <summary>Logits around those of the mean row, and what rows add to these, a quarter as large; classes beyond the winners never win.</summary>
    private static (LogitTargets Targets, double[][] Logits) Problem(int classes, int winners = int.MaxValue)
    {
        Random random = new(classes);
        OutputTargets scaled = new(Rows, Math.Min(classes, OutputComponents.TwoVectors));
        double[] means = [.. Enumerable.Range(0, classes).Select(m => m < winners ? 7 + (0.3 * m) : -20)];
        double[][] logits = new double[Rows][];
        for (int n = 0; n < Rows; n++)
        {
            logits[n] = new double[classes];
            for (int m = 0; m < classes; m++)
            {
                float value = (float)(random.NextDouble() - 0.5);
                logits[n][m] = (4.0 * value) + means[m];
                if (m < scaled.Components)
                {
                    scaled.Values[(n * scaled.Stride) + m] = value;
                }
            }
        }

        return (new LogitTargets([.. logits.SelectMany(row => row).Select(l => (float)l)], classes, scaled, 0.25f, means), logits);
    }

    private static double[] SoftMaxOf(double[] logits, double temperature)
    {
        double largest = logits.Max();
        double[] powers = [.. logits.Select(l => Math.Exp((l - largest) / temperature))];
        return [.. powers.Select(power => power / powers.Sum())];
    }
}
