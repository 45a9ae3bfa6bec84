using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Kernels;

/// <summary>Plain scalar code: the specification that every other kernel must equal bit for bit.</summary>
internal readonly unsafe partial struct ScalarKernel : IKernel
{
    /// <inheritdoc/>
    public static KernelLevel Level => KernelLevel.Scalar;

    /// <inheritdoc/>
    public static bool IsSupported => true;

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public static void Encode<T>(in EncodeTile<T> tile)
        where T : unmanaged
    {
        int leaves = 1 << tile.Levels;
        for (int codebook = 0; codebook < tile.Codebooks; codebook++)
        {
            float* thresholds = tile.Thresholds + (codebook * leaves);
            nint* columns = tile.ColumnOffsets + (codebook * tile.Levels);
            for (int block = 0; block < tile.Blocks; block++)
            {
                for (int row = 0; row < CodeBlock.Rows; row++)
                {
                    int node = 1;
                    for (int level = 0; level < tile.Levels; level++)
                    {
                        float value = ElementTypes.ToSingle(tile.Source[columns[level] + (block * CodeBlock.Rows) + row]);

                        // Strictly greater goes right; NaN compares false and goes left.
                        node = (2 * node) + (value > thresholds[node] ? 1 : 0);
                    }

                    tile.Codes[(block * tile.CodeBlockStride) + (codebook * CodeBlock.Rows) + row] = (byte)(node - leaves);
                }
            }
        }
    }

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public static void SumRows(in OutputTile tile)
    {
        for (int row = 0; row < tile.Rows; row++)
        {
            byte* codes = tile.CodesOf(row);
            float* destination = tile.Destination + (row * tile.RowStride);
            for (int output = 0; output < tile.Outputs; output++)
            {
                int sum = 0;
                for (int codebook = 0; codebook < tile.Codebooks; codebook++)
                {
                    sum += tile.Tables[(((codebook * tile.Leaves) + codes[codebook * 16]) * tile.LeafStride) + output];
                }

                destination[output] = Dequantize(sum, tile.Scales[output], tile.Offsets[output], tile.Bias[output], tile.Floor);
            }
        }
    }

    /// <summary>Three operations, each rounded once, in this order, in every kernel, and a comparison.</summary>
    [MethodImpl(Compiled.Once)]
    private static float Dequantize(int sum, float scale, float offset, float bias, float floor)
    {
        float product = sum * scale;
        float shifted = product + offset;
        float output = shifted + bias;
        return output < floor ? floor : output;
    }
}
