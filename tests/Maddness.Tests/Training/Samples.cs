namespace Maddness.Tests.Training;

/// <summary>Training rows made up for tests.</summary>
internal static class Samples
{
    /// <summary>Correlated columns, with the exact zeros of a ReLU when <paramref name="relu"/>.</summary>
    internal static float[] Rows(int rows, int columns, int seed, bool relu = false)
    {
        Random random = new(seed);
        float[] values = new float[rows * columns];
        for (int n = 0; n < rows; n++)
        {
            double shared = (random.NextDouble() * 2) - 1;
            for (int j = 0; j < columns; j++)
            {
                double value = (shared * Math.Sin(j + 1)) + (random.NextDouble() - 0.5);
                values[(n * columns) + j] = (float)(relu ? Math.Max(0, value) : value);
            }
        }

        return values;
    }

    /// <summary>The same as integers of small range, so that values repeat.</summary>
    internal static T[] Integers<T>(int rows, int columns, int seed, double scale, double shift)
        where T : unmanaged, System.Numerics.INumberBase<T> =>
        [.. Rows(rows, columns, seed).Select(v => T.CreateSaturating(Math.Round((v * scale) + shift)))];

    internal static float[] Floats<T>(T[] values)
        where T : unmanaged, System.Numerics.INumberBase<T> => [.. values.Select(float.CreateSaturating)];
}
