namespace Maddness;

/// <summary>How table entries are added.</summary>
public enum Summation
{
    /// <summary>Exact integer sums: the default.</summary>
    Exact = 0,

    /// <summary>
    /// The paper's chains of rounding averages over up to 16 codebooks (§4.4), with the expected bias subtracted. Less accurate, the more so as tables are rounded for exact sums of four in bytes, and here not faster: it exists to
    /// show how the paper adds.
    /// </summary>
    Averaging = 1,
}
