namespace Maddness.Cli.Tests.Support;

/// <summary>Made matrices.</summary>
internal static class Data
{
    /// <summary>Rows of rank 3 with a little noise: easy to learn.</summary>
    internal static float[] LowRank(int seed, int rows, int columns)
    {
        Random basis = new(7), random = new(seed);
        float[] directions = [.. Enumerable.Range(0, 3 * columns).Select(_ => (float)(basis.NextDouble() - 0.5))];
        float[] values = new float[rows * columns];
        for (int n = 0; n < rows; n++)
        {
            for (int k = 0; k < 3; k++)
            {
                float weight = (float)(4 * (random.NextDouble() - 0.5));
                for (int d = 0; d < columns; d++)
                {
                    values[(n * columns) + d] += (weight * directions[(k * columns) + d]) + (0.01f * random.NextSingle());
                }
            }
        }

        return values;
    }

    /// <summary>Independent values from −1 to 1: nothing to learn.</summary>
    internal static float[] Noise(int seed, int count)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((2 * random.NextDouble()) - 1))];
    }

    /// <summary>The places of the largest outputs of A·B + bias.</summary>
    internal static int[] ArgMax(float[] a, float[] b, int inputs, int outputs)
    {
        int rows = a.Length / inputs;
        int[] places = new int[rows];
        for (int n = 0; n < rows; n++)
        {
            double most = double.NegativeInfinity;
            for (int m = 0; m < outputs; m++)
            {
                double y = 0;
                for (int d = 0; d < inputs; d++)
                {
                    y += (double)a[(n * inputs) + d] * b[(d * outputs) + m];
                }

                if (y > most)
                {
                    (most, places[n]) = (y, m);
                }
            }
        }

        return places;
    }
}
