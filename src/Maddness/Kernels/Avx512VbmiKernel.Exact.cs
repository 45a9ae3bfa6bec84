namespace Maddness.Kernels;

/// <content>The exact product permutes no bytes: it is that of <see cref="Avx512Kernel"/>.</content>
internal readonly partial struct Avx512VbmiKernel<TPermutation>
{
    /// <inheritdoc/>
    public static int ExactTileRows => Avx512Kernel.ExactTileRows;

    /// <inheritdoc/>
    public static int ExactNarrowTileRows => Avx512Kernel.ExactNarrowTileRows;

    /// <inheritdoc/>
    public static int ExactPanelColumns => Avx512Kernel.ExactPanelColumns;

    /// <inheritdoc/>
    public static void MultiplyTile<TRows, TWidth>(in ExactTile tile)
        where TRows : struct, IConstant
        where TWidth : struct, IPanelWidth => Avx512Kernel.MultiplyTile<TRows, TWidth>(in tile);

    /// <inheritdoc/>
    public static unsafe void MultiplyPair<TRows, TWidth>(in ExactTile tile, float* second, nint secondRowStride)
        where TRows : struct, IConstant
        where TWidth : struct, IPanelWidth => Avx512Kernel.MultiplyPair<TRows, TWidth>(in tile, second, secondRowStride);

    /// <inheritdoc/>
    public static void MultiplySelected(in SelectedOutputs outputs) => Avx512Kernel.MultiplySelected(outputs);
}
