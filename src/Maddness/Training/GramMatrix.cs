using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// GᵀG and a penalty, where G is the one-hot matrix of the training codes: how often two leaves of two codebooks meet in a row. Counted in integers, so it is exact before the penalty.
/// Only the lower triangle, row by row in arrays of their own, whole blocks of <see cref="CholeskySolver.Block"/> columns.
/// </summary>
internal static class GramMatrix
{
    [MethodImpl(Compiled.Once)]
    internal static double[][] Build(LearnedTrees trees, TreePenalty penalty, TrainingScope scope)
    {
        int leaves = trees.Leaves;
        double[][] rows = new double[trees.Codebooks * leaves][];
        scope.Parallel(trees.Codebooks, [MethodImpl(Compiled.Once)] (c) =>
        {
            for (int k = 0; k < leaves; k++)
            {
                int row = (c * leaves) + k;
                rows[row] = new double[((row / CholeskySolver.Block) + 1) * CholeskySolver.Block];
                for (int l = 0; l <= k; l++)
                {
                    rows[row][(c * leaves) + l] = penalty[k, l];
                }

                rows[row][row] += trees.Counts[row];
            }

            int[] even = new int[leaves * leaves];
            int[] odd = new int[leaves * leaves];
            for (int other = 0; other < c; other++)
            {
                Count(trees.Trees[c].Codes, trees.Trees[other].Codes, leaves, even, odd);
                for (int k = 0; k < leaves; k++)
                {
                    for (int l = 0; l < leaves; l++)
                    {
                        rows[(c * leaves) + k][(other * leaves) + l] = even[(k * leaves) + l] + odd[(k * leaves) + l];
                    }
                }
            }
        });
        return rows;
    }

    /// <summary>Two histograms take turns, as rows in a row often fall in the same cell and would wait for each other.</summary>
    [MethodImpl(Compiled.Once)]
    private static void Count(ReadOnlySpan<byte> codes, ReadOnlySpan<byte> others, int leaves, int[] even, int[] odd)
    {
        Array.Clear(even);
        Array.Clear(odd);
        int n = 0;
        for (; n + 1 < codes.Length; n += 2)
        {
            even[(codes[n] * leaves) + others[n]]++;
            odd[(codes[n + 1] * leaves) + others[n + 1]]++;
        }

        if (n < codes.Length)
        {
            even[(codes[n] * leaves) + others[n]]++;
        }
    }
}
