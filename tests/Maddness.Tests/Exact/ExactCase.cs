using Maddness.Common;

namespace Maddness.Tests.Exact;

/// <summary>Random operands of one shape, the chain that the product promises, and ways to ask for it at a given level.</summary>
internal sealed class ExactCase
{
    internal ExactCase(int rows, int inputs, int outputs, int seed = 1, bool hasBias = false)
    {
        Rows = rows;
        Inputs = inputs;
        Outputs = outputs;
        Random random = new(seed + (rows * 7919) + (inputs * 104729) + (outputs * 1299709));
        A = Values(random, rows * inputs);
        B = Values(random, inputs * outputs);
        Bias = hasBias ? Values(random, outputs) : [];
    }

    /// <summary>The levels as theory data: a process-wide choice would race with other tests, so levels are passed along.</summary>
    internal static TheoryData<KernelLevel> Levels => [.. KernelSelection.Available];

    internal int Rows { get; }

    internal int Inputs { get; }

    internal int Outputs { get; }

    internal float[] A { get; }

    internal float[] B { get; }

    internal float[] Bias { get; }

    internal MatrixView<float> ViewA => MatrixView<float>.Of(A, Rows, Inputs, "a");

    internal MatrixView<float> ViewB => MatrixView<float>.Of(B, Inputs, Outputs, "b");

    /// <summary>The promise, spelled out.</summary>
    internal float[] Chain()
    {
        float[] result = new float[Rows * Outputs];
        for (int n = 0; n < Rows; n++)
        {
            for (int k = 0; k < Inputs; k++)
            {
                float a = A[(n * Inputs) + k];
                for (int m = 0; m < Outputs; m++)
                {
                    ref float sum = ref result[(n * Outputs) + m];
                    sum = MathF.FusedMultiplyAdd(a, B[(k * Outputs) + m], sum);
                }
            }

            for (int m = 0; m < Bias.Length; m++)
            {
                result[(n * Outputs) + m] += Bias[m];
            }
        }

        return result;
    }

    internal ExactMatmul Bind(KernelLevel level) => new(ViewB, Bias, level);

    internal float[] Bound(KernelLevel level, int threads = 1) => Run(Bind(level), level, threads);

    internal float[] Run(ExactMatmul matmul, KernelLevel level, int threads = 1)
    {
        float[] result = Poisoned(Rows * Outputs);
        matmul.Multiply(ViewA, MatrixView<float>.Of(result, Rows, Outputs, "destination"), level, threads);
        return result;
    }

    internal float[] OneShot(KernelLevel level, int threads = 1)
    {
        float[] result = Poisoned(Rows * Outputs);
        ExactMatmul.Multiply(ViewA, ViewB, MatrixView<float>.Of(result, Rows, Outputs, "destination"), Bias, level, threads);
        return result;
    }

    /// <summary>A destination in which an element never written would show.</summary>
    internal static float[] Poisoned(int length)
    {
        float[] values = new float[length];
        values.AsSpan().Fill(float.NaN);
        return values;
    }

    /// <summary>Values of many magnitudes and both signs: any other order of additions, or a product rounded by itself, shows in the last bits.</summary>
    private static float[] Values(Random random, int length)
    {
        float[] values = new float[length];
        for (int i = 0; i < length; i++)
        {
            values[i] = (random.NextSingle() - 0.5f) * MathF.ScaleB(1, random.Next(-6, 7));
        }

        return values;
    }
}
