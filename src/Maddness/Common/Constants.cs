namespace Maddness.Common;

/// <summary>What counts as a constant among outputs: what varies by rounding alone has nothing to explain, nor to learn.</summary>
internal static class Constants
{
    /// <summary>2⁻²³: a standard deviation of so much of the mean is what float32 resolves. Sums that are the same for all rows, such as those of shares, vary by less.</summary>
    private const double LeastVariation = 1.0 / (1 << 23);

    /// <summary>Whether an output varies.</summary>
    internal static bool Vary(double deviation, double mean) => deviation > LeastVariation * Math.Abs(mean);
}
