using System.Globalization;
using Maddness.Common;
using Maddness.Model;

namespace Maddness;

/// <summary>
/// A matrix encoded once, to be scanned with many B: only the codes of its rows. Rows stand in blocks of 16, the last one padded with zero codes.
/// With 16 leaves a block holds, for each pair of codebooks, 16 bytes, one per row: the even codebook's code in the low four bits, the odd one's in the high four
/// (0 where C is odd). With 32 or 64 leaves it holds 16 bytes per codebook, one code each. Safe for concurrent reads; while another matrix is encoded into it, nobody else may read it or encode into it.
/// </summary>
public sealed partial class EncodedMatrix
{
    private int _length;

    internal EncodedMatrix(int rows, int codebooks, int levels, string treeFingerprint, byte[] codes)
    {
        Rows = rows;
        Codebooks = codebooks;
        TreeFingerprint = treeFingerprint;
        Memory = new(codes, levels);
        _length = codes.Length;
    }

    /// <summary>N, the rows that were encoded.</summary>
    public int Rows { get; private set; }

    /// <summary>C.</summary>
    public int Codebooks { get; private set; }

    /// <summary>K.</summary>
    public int Leaves => 1 << Levels;

    /// <summary>The rows and what a row's codes are.</summary>
    /// <returns>One line, in the invariant culture.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Rows} rows, {Codebooks} codes each of {Leaves} leaves");

    internal int Levels => Memory.Levels;

    /// <summary>Which trees made the codes: <see cref="HashTrees.Fingerprint"/>.</summary>
    internal string TreeFingerprint { get; private set; }

    /// <summary>Where the codes stand: what is in it, and how many leaves have such codes, belong together, whatever others do meanwhile.</summary>
    internal CodeMemory Memory { get; private set; }

    /// <summary>Whole blocks.</summary>
    internal ReadOnlyMemory<byte> Codes => Memory.Bytes.AsMemory(0, _length);

    /// <summary>Bytes of the codes of so many rows.</summary>
    internal static long CodeBytes(int rows, int codebooks, int levels) => ((long)rows + CodeBlock.Rows - 1) / CodeBlock.Rows * BlockBytes(codebooks, levels);

    /// <summary>Has no rows any more, until <see cref="Complete"/>. The memory for other codes is its own if that is large enough and for as many leaves.</summary>
    internal CodeMemory Reserve(int levels, int length)
    {
        Rows = 0;
        _length = 0;
        CodeMemory memory = Memory;
        return memory.Bytes.Length >= length && memory.Levels == levels ? memory : CodeMemory.OfLength(length, levels);
    }

    /// <summary>Becomes the matrix of other rows, whose codes are written.</summary>
    internal void Complete(CodeMemory memory, int rows, int codebooks, string treeFingerprint, int length)
    {
        Memory = memory;
        Rows = rows;
        Codebooks = codebooks;
        TreeFingerprint = treeFingerprint;
        _length = length;
    }

    /// <summary>Bytes of one block of 16 rows.</summary>
    internal static int BlockBytes(int codebooks, int levels) => CodeBlock.Rows * (levels == 4 ? (codebooks + 1) / 2 : codebooks);

    /// <summary>Bytes that hold codes of one number of leaves at all times: kernels load at them, and must find them inside the tables even where a matrix is, against its contract, read while it is written.</summary>
    internal sealed class CodeMemory(byte[] bytes, int levels)
    {
        internal byte[] Bytes { get; } = bytes;

        internal int Levels { get; } = levels;

        /// <summary>16 leaves have any 4 bits for a code; more have zeros until others are written.</summary>
        internal static CodeMemory OfLength(int length, int levels) => new(levels == ModelLimits.MinLevels ? GC.AllocateUninitializedArray<byte>(length) : new byte[length], levels);
    }
}
