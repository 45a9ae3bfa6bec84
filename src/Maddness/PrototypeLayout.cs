namespace Maddness;

/// <summary>Which columns of A a prototype spans (paper §4.2).</summary>
public enum PrototypeLayout
{
    /// <summary>Every prototype spans all D columns and all codebooks are fitted jointly by ridge regression: the most accurate tables.</summary>
    Dense = 0,

    /// <summary>
    /// A prototype spans only its codebook's range of columns and is the mean of its bucket. Tables for a new B cost C times less to build, at a price in accuracy:
    /// on the activations of a small network, C = 16, nearly four times the squared error of <see cref="Dense"/> (.300 and .080).
    /// </summary>
    CodebookLocal = 1,
}
