using Maddness.Model;

namespace Maddness;

/// <summary>
/// A matrix encoded once, to be scanned with many B: only the codes of its rows. Rows stand in blocks of 16, the last one padded with zero codes.
/// With 16 leaves a block holds, for each pair of codebooks, 16 bytes, one per row: the even codebook's code in the low four bits, the odd one's in the high four
/// (0 where C is odd). With 32 or 64 leaves it holds 16 bytes per codebook, one code each. Safe for concurrent reads; nobody may read it while another matrix is encoded into it.
/// </summary>
public sealed partial class EncodedMatrix
{
    /// <summary>Rows of a block.</summary>
    internal const int BlockRows = 16;

    private byte[] _memory;
    private int _length;

    internal EncodedMatrix(int rows, int codebooks, int levels, string treeFingerprint, byte[] codes)
    {
        Rows = rows;
        Codebooks = codebooks;
        Levels = levels;
        TreeFingerprint = treeFingerprint;
        _memory = codes;
        _length = codes.Length;
    }

    /// <summary>N, the rows that were encoded.</summary>
    public int Rows { get; private set; }

    /// <summary>C.</summary>
    public int Codebooks { get; private set; }

    /// <summary>K.</summary>
    public int Leaves => 1 << Levels;

    internal int Levels { get; private set; }

    /// <summary>Which trees made the codes: <see cref="HashTrees.Fingerprint"/>.</summary>
    internal string TreeFingerprint { get; private set; }

    /// <summary>Whole blocks.</summary>
    internal ReadOnlyMemory<byte> Codes => _memory.AsMemory(0, _length);

    /// <summary>Bytes of the codes of so many rows.</summary>
    internal static long CodeBytes(int rows, int codebooks, int levels) => ((long)rows + BlockRows - 1) / BlockRows * BlockBytes(codebooks, levels);

    /// <summary>
    /// Has no rows any more, until <see cref="Complete"/>, but memory for the codes of others: the same if it is large enough. Whoever reads it meanwhile finds codes of leaves in it, old ones or new ones: kernels load at them. (16
    /// leaves have any 4 bits for a code; more leaves start with zeros, and memory is not used again for another number of leaves.)
    /// </summary>
    internal Span<byte> Reserve(int levels, int length)
    {
        Rows = 0;
        _length = 0;
        if (_memory.Length < length || Levels != levels)
        {
            _memory = levels == ModelLimits.MinLevels ? GC.AllocateUninitializedArray<byte>(length) : new byte[length];
        }

        return _memory.AsSpan(0, length);
    }

    /// <summary>Becomes the matrix of other rows, whose codes are written.</summary>
    internal void Complete(int rows, int codebooks, int levels, string treeFingerprint, int length)
    {
        Rows = rows;
        Codebooks = codebooks;
        Levels = levels;
        TreeFingerprint = treeFingerprint;
        _length = length;
    }

    /// <summary>Bytes of one block of 16 rows.</summary>
    internal static int BlockBytes(int codebooks, int levels) => BlockRows * (levels == 4 ? (codebooks + 1) / 2 : codebooks);
}
