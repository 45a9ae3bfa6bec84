namespace Maddness.Stress.Files;

/// <summary>Floats of no special kind.</summary>
internal static class UniformValues
{
    /// <summary>Values from −scale to scale.</summary>
    internal static float[] Of(Random random, int count, float scale = 1)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = ((2 * random.NextSingle()) - 1) * scale;
        }

        return values;
    }
}
