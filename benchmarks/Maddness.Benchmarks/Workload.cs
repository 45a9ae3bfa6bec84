namespace Maddness.Benchmarks;

/// <summary>N × D times D × M.</summary>
public sealed record Shape(int Rows, int Inputs, int Outputs)
{
    public override string ToString() => $"{Rows}x{Inputs}x{Outputs}";
}

/// <summary>Made-up matrices: ReLU activations that depend on a few hidden causes, and normal weights.</summary>
internal static class Workload
{
    internal const int TrainingRows = 2000;

    private const int Causes = 16;

    internal static float[] Activations(int rows, int inputs, int seed)
    {
        Random mixingRandom = new(0);
        float[] mixing = new float[Causes * inputs];
        for (int i = 0; i < mixing.Length; i++)
        {
            mixing[i] = (2 * mixingRandom.NextSingle()) - 1;
        }

        Random random = new(seed);
        float[] values = new float[rows * inputs];
        for (int row = 0; row < rows; row++)
        {
            Span<float> target = values.AsSpan(row * inputs, inputs);
            for (int cause = 0; cause < Causes; cause++)
            {
                float strength = (2 * random.NextSingle()) - 1;
                for (int input = 0; input < inputs; input++)
                {
                    target[input] += strength * mixing[(cause * inputs) + input];
                }
            }

            for (int input = 0; input < inputs; input++)
            {
                target[input] = MathF.Max(0, target[input] - 0.5f);
            }
        }

        return values;
    }

    internal static float[] Weights(int inputs, int outputs)
    {
        Random random = new(3);
        float[] values = new float[inputs * outputs];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (2 * random.NextSingle()) - 1;
        }

        return values;
    }

    internal static float[] Transpose(float[] matrix, int rows, int columns)
    {
        float[] result = new float[matrix.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                result[(column * rows) + row] = matrix[(row * columns) + column];
            }
        }

        return result;
    }
}
