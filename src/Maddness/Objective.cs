namespace Maddness;

/// <summary>What hash trees are learned for when B is known.</summary>
public enum Objective
{
    /// <summary>
    /// Whichever of the two has the smaller error on rows held out (with fewer than five distinct rows the reconstruction), where trees may also reconstruct groups of columns that are about equally hard to encode in place of ranges; with <see cref="PrototypeLayout.CodebookLocal"/> prototypes, the
    /// reconstruction of ranges. Where B is not known, the reconstruction of such groups or of ranges, whichever is better on rows held out. But for local prototypes, up to 4,000 rows (of a classifier fewer than 1,000; copies that somebody made not counted)
    /// are learned from together with made ones where those held out gain by it: rows given, moved by parts of the differences of others, each value within what its column holds (a smoothed bootstrap). That takes a few times as long: some seconds, as does learning from 10,000 rows.
    /// </summary>
    Auto = 0,

    /// <summary>
    /// The error of the outputs A·B: trees are fitted to what the other codebooks leave of the product, over all columns (or those of <see cref="TrainingOptions.MaxCacheLines"/>). Half the error at
    /// the same number of codebooks, on most data. Of few rows made ones are learned from as well, as with <see cref="Auto"/>.
    /// </summary>
    Output = 1,

    /// <summary>The error of the rows of A themselves, each codebook in its range of columns (paper §4.1), from the rows given alone.</summary>
    Reconstruction = 2,
}
