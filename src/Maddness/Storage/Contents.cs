using static System.FormattableString;

namespace Maddness.Storage;

/// <summary>Checks of values, the same before writing as after reading.</summary>
internal static class Contents
{
    internal static void CheckRange(string what, long value, long minimum, long maximum)
    {
        if (value < minimum || value > maximum)
        {
            throw new ModelFormatException(Invariant($"{what} is {value}; expected {minimum} to {maximum}."));
        }
    }

    internal static void CheckFinite(string tensor, ReadOnlySpan<float> values, float minimum = float.NegativeInfinity)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]) || values[i] < minimum)
            {
                string expected = float.IsFinite(minimum) ? Invariant($"finite values of {minimum} or more") : "finite values";
                throw new ModelFormatException(Invariant($"Element {i} of tensor '{tensor}' is {values[i]}; expected {expected}."));
            }
        }
    }
}
