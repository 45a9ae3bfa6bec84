namespace Maddness.Training;

/// <summary>The threshold between two neighbouring values.</summary>
internal static class Threshold
{
    /// <summary>
    /// The midpoint of <paramref name="lower"/> &lt; <paramref name="upper"/>, rounded down in the inputs' own type, so that lower ≤ threshold &lt; upper: rounding to
    /// nearest can reach the upper value, which would then go left when encoded and right when learned.
    /// </summary>
    internal static float Between(float lower, float upper, ElementType elementType)
    {
        double middle = ((double)lower + upper) / 2;
        if (elementType != ElementType.Float32)
        {
            return (float)Math.Floor(middle);
        }

        float rounded = (float)middle;
        return rounded > middle ? MathF.BitDecrement(rounded) : rounded;
    }

    /// <summary>The threshold of a node that keeps everything on its left.</summary>
    internal static float Unsplit(ElementType elementType) => elementType switch
    {
        ElementType.Int16 => short.MaxValue,
        ElementType.Int8 => sbyte.MaxValue,
        ElementType.UInt8 => byte.MaxValue,
        _ => float.PositiveInfinity,
    };
}
