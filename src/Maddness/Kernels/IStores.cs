namespace Maddness.Kernels;

/// <summary>Where whole lines of outputs are stored. A type and not a flag, which was a branch with every store (measured on Zen 4, 10,000 × 100 outputs from codes, C = 4, 8 and 16: 11.8, 15.3 and 22.1 ns a row, and 11.6, 14.9 and 21.7 so).</summary>
internal interface IStores
{
    static abstract bool ArePastCaches { get; }
}

internal readonly struct ThroughCaches : IStores
{
    public static bool ArePastCaches => false;
}

internal readonly struct PastCaches : IStores
{
    public static bool ArePastCaches => true;
}
