using System.Diagnostics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Model;

/// <summary>
/// The 8-bit lookup tables of a model bound to one B, and how sums of their entries become outputs:
/// <c>y[m] = float(sum) · Scales[m], + Offsets[m], + Bias[m]</c>, each step rounded once.
/// </summary>
internal sealed class LookupTables
{
    /// <param name="codebooks">C.</param>
    /// <param name="leaves">K.</param>
    /// <param name="outputs">M.</param>
    /// <param name="entries">[(m·C + c)·K + k].</param>
    /// <param name="scales">One per output.</param>
    /// <param name="offsets">One per output: the sum over codebooks of the smallest table values.</param>
    /// <param name="bias">One per output, or null for none.</param>
    /// <param name="foursFit">Whether the sums of fours are known to fit bytes; null to look.</param>
    internal LookupTables(int codebooks, int leaves, int outputs, byte[] entries, float[] scales, float[] offsets, float[]? bias, bool? foursFit = null)
    {
        Debug.Assert(entries.Length == (long)codebooks * leaves * outputs, "One entry per output, codebook and leaf.");
        Debug.Assert(foursFit is not true || FindFours(entries, codebooks, leaves), "Sums of four that are said to fit bytes do.");
        Debug.Assert(scales.Length == outputs && offsets.Length == outputs && (bias is null || bias.Length == outputs), "One value per output.");
        Codebooks = codebooks;
        Leaves = leaves;
        Outputs = outputs;
        Entries = entries;
        Scales = scales;
        Offsets = offsets;
        Bias = bias;
        FoursFit = foursFit ?? FindFours(entries, codebooks, leaves);
    }

    /// <summary>C.</summary>
    internal int Codebooks { get; }

    /// <summary>K.</summary>
    internal int Leaves { get; }

    /// <summary>M.</summary>
    internal int Outputs { get; }

    internal byte[] Entries { get; }

    internal float[] Scales { get; }

    internal float[] Offsets { get; }

    internal float[]? Bias { get; }

    /// <summary>Whether, for every output, the largest entries of codebooks 4i to 4i + 3 sum to at most 255, as far as there are four: then sums of four are made in bytes.</summary>
    internal bool FoursFit { get; }

    [MethodImpl(Compiled.Once)]
    private static bool FindFours(byte[] entries, int codebooks, int leaves)
    {
        int whole = codebooks & ~3, length = codebooks * leaves;
        for (int start = 0; start < entries.Length; start += length)
        {
            int sum = 0;
            for (int codebook = 0; codebook < whole; codebook++)
            {
                sum = codebook % 4 == 0 ? 0 : sum;
                sum += TensorPrimitives.Max<byte>(entries.AsSpan(start + (codebook * leaves), leaves));
                if (sum > byte.MaxValue)
                {
                    return false;
                }
            }
        }

        return whole > 0;
    }
}
