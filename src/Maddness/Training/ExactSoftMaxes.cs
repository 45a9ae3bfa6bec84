using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>The soft-maxes p of the exact logits of training rows, or of one of each so many where there are many: what the tables of a classifier follow.</summary>
internal sealed class ExactSoftMaxes
{
    /// <summary>Probabilities at most, padding not counted, so that memory stays bounded.</summary>
    internal const int MaxProbabilities = 1 << 25;

    /// <summary>What padding has in place of a bias: its soft-max is as good as 0, and sums with finite numbers stay finite.</summary>
    private const double NoPart = -1e30;

    private readonly int[] _sampled;

    /// <param name="data">The training rows.</param>
    /// <param name="b">D × M, row-major.</param>
    /// <param name="outputs">M.</param>
    /// <param name="bias">One per output, or null.</param>
    /// <param name="most">Probabilities at most.</param>
    [MethodImpl(Compiled.Once)]
    internal ExactSoftMaxes(TrainingRows data, float[] b, int outputs, float[]? bias, int most = MaxProbabilities)
    {
        int step = (int)(((long)data.Rows * outputs / most) + 1);
        _sampled = RowSample.Of(data.Values, data.Columns, step);
        IsSample = step > 1;
        TrainingRows sample = IsSample ? data.Select(_sampled) : data;
        Rows = sample.Rows;
        Outputs = outputs;
        Stride = (outputs + SoftMax.Lanes - 1) / SoftMax.Lanes * SoftMax.Lanes;
        Bias = new double[Stride];
        Bias.AsSpan(outputs).Fill(NoPart);
        for (int m = 0; m < outputs && bias is not null; m++)
        {
            Bias[m] = bias[m];
        }

        Values = new double[checked(Rows * Stride)];
        float[] product = new float[checked(Rows * outputs)];
        ExactMatmul.Multiply(sample.Values, Rows, sample.Columns, b, outputs, product);
        for (int n = 0; n < Rows; n++)
        {
            Span<double> row = Values.AsSpan(n * Stride, Stride);
            row.Fill(double.NegativeInfinity);
            for (int m = 0; m < outputs; m++)
            {
                row[m] = product[(n * outputs) + m] + Bias[m];
            }

            SoftMax.Replace(row);
        }
    }

    /// <summary>Rows there are soft-maxes of.</summary>
    internal int Rows { get; }

    /// <summary>M.</summary>
    internal int Outputs { get; }

    /// <summary>Values from one row to the next: M and padding.</summary>
    internal int Stride { get; }

    /// <summary>Row-major; padding is near 0.</summary>
    internal double[] Values { get; }

    /// <summary>One per output, then what keeps padding out of a soft-max.</summary>
    internal double[] Bias { get; }

    /// <summary>Whether some training rows were left out.</summary>
    internal bool IsSample { get; }

    /// <summary>The soft-max of a row, without padding.</summary>
    internal ReadOnlySpan<double> Row(int n) => Values.AsSpan(n * Stride, Outputs);

    /// <summary>The codes of these rows, from those of all training rows.</summary>
    internal byte[][] CodesOf(LearnedTrees trees) =>
        IsSample ? [.. trees.Codes.Select(codes => (byte[])[.. _sampled.Select(n => codes[n])])] : trees.Codes;
}
