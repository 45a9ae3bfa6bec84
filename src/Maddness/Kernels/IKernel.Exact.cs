namespace Maddness.Kernels;

/// <summary>The register tile of the exact product.</summary>
internal partial interface IKernel
{
    /// <summary>The most rows of A that one tile of a wide panel takes.</summary>
    static abstract int ExactTileRows { get; }

    /// <summary>The most rows of A that one tile of a narrower panel takes.</summary>
    static abstract int ExactNarrowTileRows { get; }

    /// <summary>Columns of B in a wide panel: 8, 16 or 32. A narrower panel has half of them, or a quarter of 32.</summary>
    static abstract int ExactPanelColumns { get; }

    /// <summary>
    /// Computes <typeparamref name="TRows"/> rows, at most <see cref="ExactTileRows"/> or <see cref="ExactNarrowTileRows"/>, × one panel of the product. Every output is one chain, k ascending: <c>sum = fma(a[n, k], b[k, m], sum)</c>,
    /// rounded to float32 at each step and never split into partial sums, so that neither registers nor tiles can be told from the result.
    /// </summary>
    static abstract void MultiplyTile<TRows, TWidth>(in ExactTile tile)
        where TRows : struct, IConstant
        where TWidth : struct, IPanelWidth;

    /// <summary>
    /// The same for one or two rows × two panels, of which the first is wide: one panel would leave too few independent chains to cover the latency of a multiply-add.
    /// The columns of the second panel follow those of the first in C and in the bias.
    /// </summary>
    /// <param name="tile">The operands, with the first panel.</param>
    /// <param name="second">The first of the rows of the second panel.</param>
    /// <param name="secondRowStride">Elements from a row of the second panel to the next.</param>
    static abstract unsafe void MultiplyPair<TRows, TWidth>(in ExactTile tile, float* second, nint secondRowStride)
        where TRows : struct, IConstant
        where TWidth : struct, IPanelWidth;

    /// <summary>Computes some outputs of each row, without bias: the same chains, from +0.</summary>
    static abstract void MultiplySelected(in SelectedOutputs outputs);
}

/// <summary>The operands of one tile; strides count elements. All columns of the panel are read and written: a caller with fewer outputs gives a scratch C.</summary>
internal unsafe struct ExactTile
{
    /// <summary>A's element at the tile's first row and first k.</summary>
    internal float* A;

    internal nint ARowStride;

    internal nint AColumnStride;

    /// <summary>Bytes from the tile's rows of A, whose elements lie side by side, to as many others that are asked for, a line of each at a time, while the tile computes; 0: none are. Kernels may leave that undone.</summary>
    internal nint AskedOffset;

    /// <summary>The panel's first row: as many consecutive floats as the panel has columns.</summary>
    internal float* B;

    internal nint BRowStride;

    /// <summary>How many k the tile adds; 0 is allowed.</summary>
    internal int Depth;

    /// <summary>The tile's first output; a row is as many consecutive floats as the panel has columns.</summary>
    internal float* C;

    internal nint CRowStride;

    /// <summary>Whether the chains go on from what C holds; otherwise they start from +0.</summary>
    internal bool Continues;

    /// <summary>What is added at the end of the chains, one per column of the panel, or null: nothing is added (which differs from +0 where a sum is −0).</summary>
    internal float* Bias;
}
