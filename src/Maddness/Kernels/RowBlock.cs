namespace Maddness.Kernels;

/// <summary>
/// Up to 16 row-major rows of float32 to encode by trees of 16 leaves whose columns stand in up to 32 windows of 16. Whoever fills it has proven that every address it implies is inside a live buffer.
/// </summary>
internal unsafe struct RowBlock
{
    /// <summary>Registers of columns.</summary>
    internal const int Registers = 4;

    /// <summary>Windows that a register is permuted from, at most.</summary>
    internal const int MaxParts = 9;

    /// <summary>Integers of <see cref="Windows"/>.</summary>
    internal const int WindowLength = MaxParts * Registers;

    /// <summary>Integers of <see cref="Permutations"/>.</summary>
    internal const int PermutationLength = (16 + ((MaxParts - 2) * Registers)) * 16;

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

    /// <summary>First columns of windows of 16, all of which can be read.</summary>
    internal int* Windows;

    /// <summary>
    /// How many windows are read. 2 or 4: they are the registers of columns themselves. Otherwise a multiple of 4 from 8 on: windows 2i and 2i + 1 are permuted to register i, and so are windows 8 + i, 12 + i and so on; a window
    /// whose columns are of several registers stands more than once.
    /// </summary>
    internal int WindowCount;

    /// <summary>
    /// Vectors of 16. 0 to 3: for register i, the lanes of windows 2i and 2i + 1. Then for vector v of the columns to compare, the lanes of registers 0 and 1 (4 + v) and of 2 and 3 (8 + v), and −1 where these
    /// count (12 + v). With 16 lanes a vector holds one level, with 8 two, with 4 all four; codebooks stand in them as <see cref="LaneOf"/> says. Last, for window w from 8 on (8 + w), the lanes of what windows before it gave to its register, and its own.
    /// </summary>
    internal int* Permutations;

    /// <summary>[node][lane], codebooks as <see cref="LaneOf"/> says: with fewer than 16 lanes repeated; +∞ behind the last codebook.</summary>
    internal float* Thresholds;

    /// <summary>Which of the lanes of a row serves a codebook, and which codebook a lane serves: 16 of them are transposed as 4 × 4, fewer stand in order.</summary>
    internal static int LaneOf(int codebook, int lanes) => lanes == 16 ? (codebook % 4 * 4) + (codebook / 4) : codebook;
}
