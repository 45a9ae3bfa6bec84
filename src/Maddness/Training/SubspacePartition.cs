using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>The contiguous ranges of columns that codebooks learn from (paper §4.2).</summary>
internal static class SubspacePartition
{
    /// <summary>The columns of a range for each codebook, of which the first D mod C are one column wider; for no more codebooks than there are columns.</summary>
    [MethodImpl(Compiled.Once)]
    internal static int[][] Ranges(int inputs, int codebooks)
    {
        int[][] ranges = new int[Math.Min(inputs, codebooks)][];
        int start = 0;
        for (int c = 0; c < ranges.Length; c++)
        {
            ranges[c] = [.. Enumerable.Range(start, (inputs / ranges.Length) + (c < inputs % ranges.Length ? 1 : 0))];
            start += ranges[c].Length;
        }

        return ranges;
    }
}
