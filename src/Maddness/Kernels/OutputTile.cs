using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Kernels;

/// <summary>
/// Rows × outputs to compute from codes. Whoever fills it has proven that every address it implies is inside a live buffer.
/// </summary>
internal unsafe struct OutputTile
{
    /// <summary>
    /// 255 · 257 is the largest sum of bytes that an unsigned 16-bit lane holds; sums flush to 32 bits after 256 codebooks (a multiple of four: pairs and fours stay whole).
    /// </summary>
    internal const int FlushCodebooks = 256;

    /// <summary>2^23, the float whose mantissa counts units: a sum of 16 bits or-ed into it makes the float 2^23 + sum.</summary>
    internal const float MantissaShift = 8388608;

    /// <summary>Floats from one row's carried outputs to the next row's.</summary>
    internal const int CarryStride = 32;

    /// <summary>Codes of the first block, [codebook][row], all below K, those of missing rows included: sums load at them. Or, for a search, the kernel's index vectors, see <see cref="IKernel.IndexBytes"/>.</summary>
    internal byte* Codes;

    /// <summary>Bytes from one block of 16 rows to the next in <see cref="Codes"/>.</summary>
    internal nint CodeBlockStride;

    /// <summary>The tile's packed tables.</summary>
    internal byte* Tables;

    /// <summary>Bytes from one leaf's entries to the next leaf's, for <see cref="IKernel.SumRows"/>: the outputs, rounded up to 64.</summary>
    internal nint LeafStride;

    /// <summary>Scale, offset and bias of the tile's first output; readable to the next output that is a multiple of 64, which no tile and no chunk of a row reaches beyond. A missing bias is −0, which changes no float.</summary>
    internal float* Scales;

    internal float* Offsets;

    internal float* Bias;

    /// <summary>For a search: what estimates of the tile's outputs are made with.</summary>
    internal TileEstimates Estimates;

    /// <summary>Whether the entries of codebooks 4i to 4i + 3 sum to at most 255 for every output: see <see cref="FoursOf"/>.</summary>
    internal bool FoursFit;

    /// <summary>Whether <see cref="Bias"/> holds a bias, and not −0 only.</summary>
    internal bool HasBias;

    /// <summary>
    /// What is below it becomes it: 0, or −∞, below which there is nothing. It is the first operand of a maximum: of two zeros, and where one is no number, x86 takes the second, so that −0 and NaN stay as they are.
    /// </summary>
    internal float Floor;

    /// <summary>Whether 2^23 times any scale is finite, and none is −0: a fused product of it would be +0.</summary>
    internal bool ScalesAreModerate;

    /// <summary>
    /// Whether whole blocks may be stored past the caches: every row of <see cref="Destination"/> starts a cache line, so that a tile writes whole ones. Such stores are not ordered with others: a full fence must
    /// follow before anybody is told that they are done.
    /// </summary>
    internal bool IsStreamed;

    /// <summary>
    /// Not null where the tile's rows need not start cache lines: for each row, <see cref="CarryStride"/> floats apart, the 16 outputs before the tile's. Of whole blocks those of them in the line
    /// where the tile's row starts are stored with it, past the caches, the tile's last outputs, in the line where it ends, are not stored, and its last 16 take their place here.
    /// </summary>
    internal float* Carry;

    /// <summary>Not null where there is a <see cref="Carry"/> and the tile is the first: where the row's first 16 outputs go, as the line that it starts in is not complete, <see cref="CarryStride"/> floats from row to row.</summary>
    internal float* Heads;

    /// <summary>Row-major, consecutive outputs.</summary>
    internal float* Destination;

    /// <summary>Floats from one row of <see cref="Destination"/> to the next.</summary>
    internal nint RowStride;

    internal int Codebooks;

    internal int Leaves;

    /// <summary>What to ask for between the steps of the sums; null where there is nothing.</summary>
    internal LinesAhead* Ahead;

    /// <summary>Rows to write.</summary>
    internal int Rows;

    /// <summary>Outputs to write: at most the tile's.</summary>
    internal int Outputs;

    /// <summary>Whether there is anything below the <see cref="Floor"/>.</summary>
    internal readonly bool HasFloor => Floor == 0;

    /// <summary>The codes from a row on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly byte* CodesOf(int row) => Codes + (row / CodeBlock.Rows * CodeBlockStride) + (row % CodeBlock.Rows);

    /// <summary>
    /// How many of so many codebooks, from a multiple of four on, are added in fours: their entries' sums are bytes, so that four look-ups take three additions of bytes and then what one takes.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly int FoursOf(int codebooks) => FoursFit ? codebooks & ~3 : 0;

    /// <summary>Before a step of so many rows and outputs: asks ahead for as large a part of what there is to ask for as it writes of its pass.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly void AskAhead(int rows, int outputs)
    {
        if (Ahead != null)
        {
            Ahead->Ask(rows * outputs);
        }
    }
}
