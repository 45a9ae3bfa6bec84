using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>
/// The paper's sums (§4.4), to reproduce its figures: codebooks are taken in groups of 16, 8, 4, 2 and 1, largest first; the entries of a group of U are averaged
/// pairwise, each average rounded up as <c>(a + b + 1) / 2</c>, log2 U times. A rounding average is too large by 1/4 in the mean, so a group's
/// estimate U · average has an expected excess of U/4 · log2 U, which is subtracted.
/// </summary>
internal static unsafe class AveragingSums
{
    private const int LargestGroup = 16;

    /// <summary>Writes the tile's rows and outputs from the row-by-row tables.</summary>
    [MethodImpl(Compiled.Once)]
    internal static void Run(in OutputTile tile)
    {
        byte* entries = stackalloc byte[LargestGroup];
        for (int row = 0; row < tile.Rows; row++)
        {
            byte* codes = tile.Codes + (row / CodeBlock.Rows * tile.CodeBlockStride) + (row % CodeBlock.Rows);
            for (int output = 0; output < tile.Outputs; output++)
            {
                float sum = 0;
                int codebook = 0;
                for (int group = LargestGroup; group > 0; group /= 2)
                {
                    for (; tile.Codebooks - codebook >= group; codebook += group)
                    {
                        for (int i = 0; i < group; i++)
                        {
                            entries[i] = tile.Tables[((((codebook + i) * tile.Leaves) + codes[(codebook + i) * CodeBlock.Rows]) * tile.LeafStride) + output];
                        }

                        int average = Average(entries, group);

                        // Whole quarters below 2^18: exact in float.
                        sum += (group * average) - (group / 4f * int.Log2(group));
                    }
                }

                float product = sum * tile.Scales[output];
                float shifted = product + tile.Offsets[output];
                float value = shifted + tile.Bias[output];
                tile.Destination[(row * tile.RowStride) + output] = value < tile.Floor ? tile.Floor : value;
            }
        }
    }

    [MethodImpl(Compiled.Once)]
    private static int Average(byte* entries, int count)
    {
        for (; count > 1; count /= 2)
        {
            for (int i = 0; i < count / 2; i++)
            {
                entries[i] = (byte)((entries[2 * i] + entries[(2 * i) + 1] + 1) / 2);
            }
        }

        return entries[0];
    }
}
