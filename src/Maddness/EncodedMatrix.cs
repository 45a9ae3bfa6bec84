using Maddness.Model;

namespace Maddness;

/// <summary>
/// A matrix encoded once, to be scanned with many B: only the codes of its rows. Rows stand in blocks of 16, the last one padded with zero codes.
/// With 16 leaves a block holds, for each pair of codebooks, 16 bytes, one per row: the even codebook's code in the low four bits, the odd one's in the high four
/// (0 where C is odd). With 32 or 64 leaves it holds 16 bytes per codebook, one code each.
/// </summary>
public sealed partial class EncodedMatrix
{
    /// <summary>Rows of a block.</summary>
    internal const int BlockRows = 16;

    internal EncodedMatrix(int rows, int codebooks, int levels, string treeFingerprint, byte[] codes)
    {
        Rows = rows;
        Codebooks = codebooks;
        Levels = levels;
        TreeFingerprint = treeFingerprint;
        Codes = codes;
    }

    /// <summary>N, the rows that were encoded.</summary>
    public int Rows { get; }

    /// <summary>C.</summary>
    public int Codebooks { get; }

    /// <summary>K.</summary>
    public int Leaves => 1 << Levels;

    internal int Levels { get; }

    /// <summary>Which trees made the codes: <see cref="HashTrees.Fingerprint"/>.</summary>
    internal string TreeFingerprint { get; }

    internal byte[] Codes { get; }

    /// <summary>Bytes of one block of 16 rows.</summary>
    internal static int BlockBytes(int codebooks, int levels) => BlockRows * (levels == 4 ? (codebooks + 1) / 2 : codebooks);
}
