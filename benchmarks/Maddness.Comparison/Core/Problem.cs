namespace Maddness.Comparison.Core;

/// <summary>
/// Rows to learn from, held-out rows to measure on, and the B they are multiplied by. Products are compared without the bias; labels are compared with the arg-max of
/// product plus bias.
/// </summary>
internal sealed class Problem(string name, string family, Matrix train, Matrix test, Matrix b, float[]? bias = null, int[]? labels = null)
{
    private double[]? _exact;

    internal string Name { get; } = name;

    internal string Family { get; } = family;

    internal Matrix Train { get; } = train;

    internal Matrix Test { get; } = test;

    internal Matrix B { get; } = b;

    internal float[]? Bias { get; } = bias;

    internal int[]? Labels { get; } = labels;

    internal int Inputs => B.Rows;

    internal int Outputs => B.Columns;

    internal string Shape => $"{Test.Rows}x{Inputs}x{Outputs}";

    /// <summary>A·B of the held-out rows in double precision.</summary>
    internal double[] Exact => _exact ??= Multiply();

    private double[] Multiply()
    {
        double[] result = new double[Test.Rows * Outputs];
        double[] wide = [.. B.Values.Select(v => (double)v)];
        for (int row = 0; row < Test.Rows; row++)
        {
            Span<double> sums = result.AsSpan(row * Outputs, Outputs);
            ReadOnlySpan<float> values = Test.Row(row);
            for (int k = 0; k < Inputs; k++)
            {
                if (values[k] != 0)
                {
                    System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(wide.AsSpan(k * Outputs, Outputs), (double)values[k], sums, sums);
                }
            }
        }

        return result;
    }
}
