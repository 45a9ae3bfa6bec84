using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>The tree of one codebook, and where it sends the training rows.</summary>
/// <param name="Columns">The column of A that each level tests.</param>
/// <param name="Thresholds">K entries in heap order; entry 0 is unused.</param>
/// <param name="Codes">The leaf of each training row.</param>
internal sealed record LearnedTree(int[] Columns, float[] Thresholds, byte[] Codes)
{
    /// <summary>The leaf of any row.</summary>
    [MethodImpl(Compiled.Once)]
    internal byte Encode(ReadOnlySpan<float> row)
    {
        int node = 1;
        foreach (int column in Columns)
        {
            node = (2 * node) + (row[column] > Thresholds[node] ? 1 : 0);
        }

        return (byte)(node - Thresholds.Length);
    }

    /// <summary>The leaves of any rows.</summary>
    [MethodImpl(Compiled.Once)]
    internal byte[] Encode(TrainingRows data)
    {
        byte[] codes = new byte[data.Rows];
        for (int n = 0; n < codes.Length; n++)
        {
            codes[n] = Encode(data.Row(n));
        }

        return codes;
    }
}
