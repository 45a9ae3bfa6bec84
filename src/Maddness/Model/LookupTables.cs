using System.Diagnostics;

namespace Maddness.Model;

/// <summary>
/// The 8-bit lookup tables of a model bound to one B, and how sums of their entries become outputs:
/// <c>y[m] = float(sum) · Scales[m], + Offsets[m], + Bias[m]</c>, each step rounded once (ALGORITHM §6).
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
    internal LookupTables(int codebooks, int leaves, int outputs, byte[] entries, float[] scales, float[] offsets, float[]? bias)
    {
        Debug.Assert(entries.Length == (long)codebooks * leaves * outputs, "One entry per output, codebook and leaf.");
        Debug.Assert(scales.Length == outputs && offsets.Length == outputs && (bias is null || bias.Length == outputs), "One value per output.");
        Codebooks = codebooks;
        Leaves = leaves;
        Outputs = outputs;
        Entries = entries;
        Scales = scales;
        Offsets = offsets;
        Bias = bias;
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
}
