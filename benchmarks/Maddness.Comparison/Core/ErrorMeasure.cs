using System.Numerics.Tensors;

namespace Maddness.Comparison.Core;

/// <summary>Errors of a product on held-out rows.</summary>
/// <param name="Error">Σ(Ŷ−Y)² / Σ(Y − mean Y)² over all entries, Y in double precision.</param>
/// <param name="Agreement">Share of rows with the same arg-max as the exact product, bias included.</param>
/// <param name="Top1">Share of rows whose arg-max is their label; NaN without labels.</param>
/// <param name="ExactTop1">The same of the exact product.</param>
internal readonly record struct Errors(double Error, double Agreement, double Top1, double ExactTop1)
{
    /// <summary>Whether 95 % of what the exact product gives is kept: of its top-1 accuracy where there are labels, of the variance of its outputs elsewhere.</summary>
    internal bool Keeps95 => double.IsNaN(Top1) ? Error <= 0.05 : Top1 >= 0.95 * ExactTop1;

    internal static Errors Of(Problem problem, ReadOnlySpan<float> approximate)
    {
        ReadOnlySpan<double> exact = problem.Exact;
        double mean = TensorPrimitives.Sum(exact) / exact.Length, error = 0, variance = 0;
        for (int i = 0; i < exact.Length; i++)
        {
            double difference = approximate[i] - exact[i], spread = exact[i] - mean;
            error += difference * difference;
            variance += spread * spread;
        }

        int same = 0, right = 0, exactRight = 0, outputs = problem.Outputs;
        double[] scores = new double[outputs], exactScores = new double[outputs];
        for (int row = 0; row < problem.Test.Rows; row++)
        {
            for (int m = 0; m < outputs; m++)
            {
                double bias = problem.Bias?[m] ?? 0;
                scores[m] = approximate[(row * outputs) + m] + bias;
                exactScores[m] = exact[(row * outputs) + m] + bias;
            }

            int best = IndexOfLargest(scores), exactBest = IndexOfLargest(exactScores);
            same += best == exactBest ? 1 : 0;
            if (problem.Labels is int[] labels)
            {
                right += best == labels[row] ? 1 : 0;
                exactRight += exactBest == labels[row] ? 1 : 0;
            }
        }

        double rows = problem.Test.Rows;
        return problem.Labels is null
            ? new(error / variance, same / rows, double.NaN, double.NaN)
            : new(error / variance, same / rows, right / rows, exactRight / rows);
    }

    private static int IndexOfLargest(double[] values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            best = values[i] > values[best] ? i : best;
        }

        return best;
    }
}
