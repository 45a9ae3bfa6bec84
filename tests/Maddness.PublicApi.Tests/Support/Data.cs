namespace Maddness.PublicApi.Tests.Support;

/// <summary>Matrices made from a seed.</summary>
internal static class Data
{
    /// <summary>Uniform values from −1 to 1.</summary>
    internal static float[] Uniform(int seed, int count)
    {
        Random random = new(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (2 * random.NextSingle()) - 1;
        }

        return values;
    }

    /// <summary>Rows that vary in a few directions only, as real ones do, so that there is something to learn.</summary>
    internal static float[] Rows(int seed, int rows, int columns)
    {
        const int Directions = 4;
        float[] directions = Uniform(77, Directions * columns);
        float[] weights = Uniform(seed, rows * Directions);
        float[] noise = Uniform(seed + 1, rows * columns);
        float[] values = new float[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                float sum = 0.05f * noise[(row * columns) + column];
                for (int i = 0; i < Directions; i++)
                {
                    sum += weights[(row * Directions) + i] * directions[(i * columns) + column];
                }

                values[(row * columns) + column] = sum;
            }
        }

        return values;
    }

    /// <summary>Positive rows, each divided by its sum: shares of one, but for rounding.</summary>
    internal static float[] Shares(float[] values, int columns) =>
        [.. values.Chunk(columns).SelectMany(row => row.Select(value => value / row.Sum()))];

    /// <summary>The same as <see cref="Rows"/> in an integer type: short, sbyte or byte.</summary>
    internal static T[] Integers<T>(int seed, int rows, int columns)
        where T : unmanaged => Array.ConvertAll(Rows(seed, rows, columns), v => Cast<T>((int)MathF.Round(v * 30)));

    internal static float[] AsFloats<T>(T[] values)
        where T : unmanaged => Array.ConvertAll(values, v => Convert.ToSingle(v, null));

    internal static int[] Bits(ReadOnlySpan<float> values)
    {
        int[] bits = new int[values.Length];
        for (int i = 0; i < bits.Length; i++)
        {
            bits[i] = BitConverter.SingleToInt32Bits(values[i]);
        }

        return bits;
    }

    /// <summary>A·B in double precision, summed up in the order of the inner dimension.</summary>
    internal static double[] Product(float[] a, int rows, int inner, float[] b, int outputs)
    {
        double[] y = new double[rows * outputs];
        for (int row = 0; row < rows; row++)
        {
            for (int output = 0; output < outputs; output++)
            {
                double sum = 0;
                for (int i = 0; i < inner; i++)
                {
                    sum += (double)a[(row * inner) + i] * b[(i * outputs) + output];
                }

                y[(row * outputs) + output] = sum;
            }
        }

        return y;
    }

    internal static byte[] Saved(Action<Stream> save)
    {
        using MemoryStream stream = new();
        save(stream);
        return stream.ToArray();
    }

    private static T Cast<T>(int value)
        where T : unmanaged =>
        typeof(T) == typeof(short) ? (T)(object)(short)(value * 100)
        : typeof(T) == typeof(sbyte) ? (T)(object)(sbyte)Math.Clamp(value, sbyte.MinValue, sbyte.MaxValue)
        : (T)(object)(byte)Math.Clamp(value + 128, 0, 255);
}
