using Maddness.Model;

namespace Maddness;

/// <summary>A learned approximation of A·B for one B, immutable and safe for concurrent calls.</summary>
public sealed partial class MaddnessMatmul
{
    internal MaddnessMatmul(HashTrees trees, LookupTables tables)
    {
        Trees = trees;
        Tables = tables;
    }

    internal HashTrees Trees { get; }

    internal LookupTables Tables { get; }
}
