namespace Maddness.Stress.Files;

/// <summary>Elements of A and thresholds for them: few values, so that they tie, and for floats all that is not an ordinary number.</summary>
internal static class InputValues
{
    /// <summary>A threshold that a file may hold: neither NaN nor −∞.</summary>
    internal static float Threshold(Random random, string type) => type switch
    {
        "int16" => random.Next(10) == 0 ? short.MaxValue : random.Next(-4, 4) * 1000,
        "int8" => random.Next(10) == 0 ? sbyte.MaxValue : random.Next(-4, 4) * 30,
        "uint8" => random.Next(10) == 0 ? byte.MaxValue : random.Next(8) * 30,
        _ => random.Next(10) switch { 0 => float.PositiveInfinity, 1 => float.Epsilon, 2 => -0f, _ => random.Next(-8, 8) / 4f },
    };

    /// <summary>Elements of A.</summary>
    internal static T[] Of<T>(Random random, int count)
        where T : unmanaged
    {
        string type = typeof(T) == typeof(float) ? "float32" : typeof(T) == typeof(short) ? "int16" : typeof(T) == typeof(sbyte) ? "int8" : "uint8";
        T[] values = new T[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = typeof(T) == typeof(float) && random.Next(16) == 0 ? (T)(object)Special(random) : Cast<T>(Threshold(random, type));
        }

        return values;
    }

    private static float Special(Random random) =>
        random.GetItems([float.NaN, -float.NaN, float.NegativeInfinity, float.PositiveInfinity, -0f, -float.Epsilon, 1e-39f, float.MaxValue, BitConverter.Int32BitsToSingle(0x7F800001)], 1)[0];

    private static T Cast<T>(float value)
        where T : unmanaged =>
        typeof(T) == typeof(float) ? (T)(object)value
        : typeof(T) == typeof(short) ? (T)(object)(short)value
        : typeof(T) == typeof(sbyte) ? (T)(object)(sbyte)value
        : (T)(object)(byte)value;
}
