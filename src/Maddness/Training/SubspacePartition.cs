using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>The contiguous ranges of columns that codebooks learn from (paper §4.2).</summary>
internal static class SubspacePartition
{
    /// <summary>The first column of each range, and D at the end: the first D mod C ranges are one column wider.</summary>
    [MethodImpl(Compiled.Once)]
    internal static int[] RangeStarts(int inputs, int codebooks)
    {
        int[] starts = new int[codebooks + 1];
        for (int c = 0; c < codebooks; c++)
        {
            starts[c + 1] = starts[c] + (inputs / codebooks) + (c < inputs % codebooks ? 1 : 0);
        }

        return starts;
    }
}
