using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>The exact product, one chain after the other.</content>
internal readonly partial struct ScalarKernel
{
    /// <inheritdoc/>
    public static int ExactTileRows => 6;

    /// <inheritdoc/>
    public static int ExactNarrowTileRows => 6;

    /// <inheritdoc/>
    public static int ExactPanelColumns => 8;

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public static unsafe void MultiplyTile<TRows, TWidth>(in ExactTile tile)
        where TRows : struct, IConstant
        where TWidth : struct, IPanelWidth
    {
        int columns = TWidth.IsWide ? 8 : 4;
        for (int n = 0; n < TRows.Value; n++)
        {
            for (int m = 0; m < columns; m++)
            {
                float* c = tile.C + (n * tile.CRowStride) + m;
                float sum = tile.Continues ? *c : 0;
                for (int k = 0; k < tile.Depth; k++)
                {
                    sum = MathF.FusedMultiplyAdd(tile.A[(n * tile.ARowStride) + (k * tile.AColumnStride)], tile.B[(k * tile.BRowStride) + m], sum);
                }

                *c = tile.Bias == null ? sum : sum + tile.Bias[m];
            }
        }
    }

    /// <inheritdoc/>
    public static unsafe void MultiplyPair<TRows, TWidth>(in ExactTile tile, float* second, nint secondRowStride)
        where TRows : struct, IConstant
        where TWidth : struct, IPanelWidth
    {
        MultiplyTile<TRows, PanelWidth.Wide>(in tile);
        ExactTile right = tile;
        right.B = second;
        right.BRowStride = secondRowStride;
        right.C += ExactPanelColumns;
        right.Bias = tile.Bias == null ? null : tile.Bias + ExactPanelColumns;
        MultiplyTile<TRows, TWidth>(in right);
    }
}
