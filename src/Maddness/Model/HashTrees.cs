using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Maddness.Common;

namespace Maddness.Model;

/// <summary>
/// The hash trees of all codebooks (paper §4.1). A tree of T levels has 2^T − 1 thresholds in heap order: node 1 is the root, and the children of node i are
/// 2i (values not above its threshold) and 2i + 1. All nodes of a level test the same column. The code of a row is its leaf: its last node − 2^T.
/// </summary>
internal sealed class HashTrees
{
    private string? _fingerprint;

    /// <param name="elementType">The type of the inputs.</param>
    /// <param name="inputs">D, the columns of A.</param>
    /// <param name="codebooks">C.</param>
    /// <param name="levels">T.</param>
    /// <param name="columns">The column that level t of codebook c tests, at [c·T + t].</param>
    /// <param name="thresholds">The threshold of node i of codebook c, at [c·K + i]; entry 0 of each codebook is unused and 0.
    /// Integer inputs have integer values here, which float32 holds exactly; a node that does not split holds +∞, or the maximum of an integer type.</param>
    internal HashTrees(ElementType elementType, int inputs, int codebooks, int levels, int[] columns, float[] thresholds)
    {
        Debug.Assert(columns.Length == codebooks * levels, "One column per level.");
        Debug.Assert(thresholds.Length == codebooks << levels, "K entries per codebook.");
        ElementType = elementType;
        Inputs = inputs;
        Codebooks = codebooks;
        Levels = levels;
        Columns = columns;
        Thresholds = thresholds;
    }

    internal ElementType ElementType { get; }

    /// <summary>D.</summary>
    internal int Inputs { get; }

    /// <summary>C.</summary>
    internal int Codebooks { get; }

    /// <summary>T.</summary>
    internal int Levels { get; }

    /// <summary>K = 2^T.</summary>
    internal int Leaves => 1 << Levels;

    /// <summary>[c·T + t].</summary>
    internal int[] Columns { get; }

    /// <summary>[c·K + node], heap order.</summary>
    internal float[] Thresholds { get; }

    /// <summary>What the trees were learned for. They encode alike whatever it was: no part of the fingerprint.</summary>
    internal Objective Objective { get; init; } = Objective.Reconstruction;

    /// <summary>SHA-256 over shape, columns and thresholds, in hexadecimal: equal for trees that encode alike, so codes are never scanned with foreign tables.</summary>
    internal string Fingerprint => _fingerprint ??= ComputeFingerprint();

    [MethodImpl(Compiled.Once)]
    private string ComputeFingerprint()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> word = stackalloc byte[4];
        foreach (int value in (ReadOnlySpan<int>)[(int)ElementType, Inputs, Codebooks, Levels, .. Columns])
        {
            BinaryPrimitives.WriteInt32LittleEndian(word, value);
            hash.AppendData(word);
        }

        foreach (float value in Thresholds)
        {
            BinaryPrimitives.WriteSingleLittleEndian(word, value);
            hash.AppendData(word);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
