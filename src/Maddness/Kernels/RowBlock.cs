namespace Maddness.Kernels;

/// <summary>
/// Up to 16 row-major rows of float32 to encode by trees of 16 leaves whose columns stand in a few windows of 16. Whoever fills it has proven that every address it implies is inside a live buffer.
/// </summary>
internal unsafe struct RowBlock
{
    /// <summary>Windows that columns may stand in: two for each of four registers.</summary>
    internal const int MaxWindows = 8;

    /// <summary>Integers of <see cref="Permutations"/>.</summary>
    internal const int PermutationLength = 16 * 16;

    /// <summary>Floats of <see cref="Thresholds"/>.</summary>
    internal const int ThresholdLength = 16 * 16;

    /// <summary>The first row.</summary>
    internal float* Source;

    /// <summary>Floats from one row to the next.</summary>
    internal nint RowStride;

    /// <summary>1 to 16.</summary>
    internal int Rows;

    /// <summary>Columns to ask for, as floats from the same row's start, of rows <see cref="AskedRows"/> further on.</summary>
    internal nint* Asked;

    /// <summary>How many these are; 0 where there is nothing to ask for.</summary>
    internal int AskedCount;

    internal nint AskedRows;

    /// <summary>[codebook][row]; of missing rows arbitrary codes below 16.</summary>
    internal byte* Codes;

    /// <summary>At most as many as <see cref="Lanes"/>.</summary>
    internal int Codebooks;

    /// <summary>Codebooks that a register serves: 4, 8 or 16, with as many rows as fill its 16 lanes.</summary>
    internal int Lanes;

    /// <summary>First columns of windows, <see cref="MaxWindows"/> numbers.</summary>
    internal int* Windows;

    /// <summary>How many windows there are. Up to four are registers themselves; of more, two are permuted to one register of the columns they hold.</summary>
    internal int WindowCount;

    /// <summary>
    /// 16 vectors of 16. 0 to 3: for register i of columns, the lanes of windows 2i and 2i + 1. Then for vector v of the columns to compare, the lanes of registers 0 and 1 (4 + v) and of 2 and 3 (8 + v), and −1 where these
    /// count (12 + v). With 16 lanes a vector holds one level, with 8 two, with 4 all four.
    /// </summary>
    internal int* Permutations;

    /// <summary>[node][lane]: with fewer than 16 lanes repeated; +∞ behind the last codebook.</summary>
    internal float* Thresholds;
}
