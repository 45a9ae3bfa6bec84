namespace Maddness.Model;

/// <summary>The sizes that options and files may ask for.</summary>
internal static class ModelLimits
{
    internal const int MaxCodebooks = 1024;

    /// <summary>Columns of A: as many as an array holds elements. The columns of a cache line can be added without overflow.</summary>
    internal static int MaxInputs => Array.MaxLength;

    /// <summary>Levels of a tree: 16, 32 or 64 leaves.</summary>
    internal const int MinLevels = 4;

    internal const int MaxLevels = 6;

    /// <summary>What tables take as kernels read them, in one array: an entry for each output (rounded up to 64), leaf and codebook (rounded up to 2).</summary>
    internal static long TableBytes(int codebooks, int leaves, int outputs) => ((outputs + 63L) / 64 * 64 * leaves * (codebooks + (codebooks & 1))) + 64;
}
