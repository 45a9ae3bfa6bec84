namespace Maddness;

/// <summary>How table entries are added.</summary>
public enum Summation
{
    /// <summary>Exact integer sums: the default.</summary>
    Exact = 0,

    /// <summary>
    /// The paper's chains of rounding averages over up to 16 codebooks (§4.4), with the expected bias subtracted. Less accurate, and still less where tables are rounded such that four entries sum to a byte; here not faster:
    /// it exists to show how the paper adds.
    /// </summary>
    Averaging = 1,
}
