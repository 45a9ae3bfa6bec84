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
        OutputTargets actual = targets.SoftMaxes(temperature);
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
            actual.Values.AsSpan((n * actual.Stride) + classes, actual.Stride - 1 - classes).ToArray().Should().Equal(new float[actual.Stride - 1 - classes]);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(10)]
    [InlineData(15)]
    public void The_descent_is_that_of_the_cross_entropy(int classes)
    {
        (LogitTargets targets, double[][] logits) = Problem(classes);
        float[] residual = [.. Enumerable.Range(0, 16).Select(m => m < classes ? 0.1f * ((m % 3) - 1) : 0)];
        for (int n = 0; n < Rows; n++)
        {
            Vector512<float> exact = Vector512.WithElement(Vector512.LoadUnsafe(ref targets.Logits.Values[n * 16]), 15, 0f);
            Vector512<float> actual = targets.Descent(exact, Vector512.Create<float>(residual));
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

    /// <summary>Logits around offsets and a bias, a quarter as large in the targets.</summary>
    private static (LogitTargets Targets, double[][] Logits) Problem(int classes)
    {
        Random random = new(classes);
        OutputTargets scaled = new(Rows, classes);
        double[] means = [.. Enumerable.Range(0, classes).Select(m => 1000 + (0.3 * m))];
        float[] bias = [.. Enumerable.Range(0, classes).Select(m => 0.5f * (m % 4))];
        double[][] logits = new double[Rows][];
        for (int n = 0; n < Rows; n++)
        {
            logits[n] = new double[classes];
            for (int m = 0; m < classes; m++)
            {
                float value = (float)(random.NextDouble() - 0.5);
                scaled.Values[(n * scaled.Stride) + m] = value;
                logits[n][m] = (4.0 * value) + means[m] + bias[m];
            }
        }

        return (new LogitTargets(scaled, 0.25f, means, bias), logits);
    }

    private static double[] SoftMaxOf(double[] logits, double temperature)
    {
        double largest = logits.Max();
        double[] powers = [.. logits.Select(l => Math.Exp((l - largest) / temperature))];
        return [.. powers.Select(power => power / powers.Sum())];
    }
}
