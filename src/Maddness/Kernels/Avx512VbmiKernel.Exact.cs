namespace Maddness.Kernels;

/// <content>The exact product permutes no bytes: it is that of <see cref="Avx512Kernel"/>.</content>
internal readonly partial struct Avx512VbmiKernel<TPermutation>
{
    /// <inheritdoc/>
    public static int ExactTileRows => Avx512Kernel.ExactTileRows;

    /// <inheritdoc/>
    public static int ExactPanelColumns => Avx512Kernel.ExactPanelColumns;

    /// <inheritdoc/>
    public static void MultiplyTile(in ExactTile tile, int rows, bool isWide) => Avx512Kernel.MultiplyTile(in tile, rows, isWide);

    /// <inheritdoc/>
    public static void MultiplyPair(in ExactTile tile, int rows, nint panelStride) => Avx512Kernel.MultiplyPair(in tile, rows, panelStride);

    /// <inheritdoc/>
    public static void MultiplySelected(in SelectedOutputs outputs) => Avx512Kernel.MultiplySelected(outputs);
}
