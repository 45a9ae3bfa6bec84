namespace Maddness.Kernels;

/// <summary>
/// 512-bit vectors with the byte permutation of AVX-512 VBMI, which the search of the largest outputs looks up with, for 16 and 32 leaves. All else goes the way of <see cref="Avx512Kernel"/>: what is loaded (see
/// <see cref="LeafTables"/>) needs no transposition and lets four lines of a row be written at once (measured on Zen 4, 512 rows, C = 4 and 16: 64 outputs 7.4 and 14.3 ns a row permuted, 6.6 and 12.9 loaded; 512 outputs 73
/// and 116, 49 and 94).
/// </summary>
/// <typeparam name="TPermutation">The permutation: <see cref="VbmiPermutation"/>, but for tests.</typeparam>
internal readonly unsafe partial struct Avx512VbmiKernel<TPermutation> : IKernel
    where TPermutation : struct, IBytePermutation
{
    /// <inheritdoc/>
    public static KernelLevel Level => KernelLevel.Avx512Vbmi;

    /// <inheritdoc/>
    public static bool IsSupported => Avx512Kernel.IsSupported && TPermutation.IsSupported;

    /// <inheritdoc/>
    public static bool TransposesGroups => Avx512Kernel.TransposesGroups;

    /// <inheritdoc/>
    public static int TileOutputs(int leaves) => Avx512Kernel.TileOutputs(leaves);

    /// <inheritdoc/>
    public static int NarrowOutputs(int leaves) => Avx512Kernel.NarrowOutputs(leaves);

    /// <inheritdoc/>
    public static int MaxSecondNarrowOutputs(int leaves) => Avx512Kernel.MaxSecondNarrowOutputs(leaves);

    /// <inheritdoc/>
    public static int MinTileRows(int leaves, int outputs, int codebooks) => Avx512Kernel.MinTileRows(leaves, outputs, codebooks);

    /// <inheritdoc/>
    public static int MinTailRows(int leaves, int outputs) => Avx512Kernel.MinTailRows(leaves, outputs);

    /// <inheritdoc/>
    public static bool Streams => Avx512Kernel.Streams;

    /// <inheritdoc/>
    public static void Encode<T>(in EncodeTile<T> tile)
        where T : unmanaged => Avx512Kernel.Encode(tile);

    /// <inheritdoc/>
    public static int PairRows<T>(int levels)
        where T : unmanaged => Avx512Kernel.PairRows<T>(levels);

    /// <inheritdoc/>
    public static void EncodePairs<T>(in EncodeTile<T> tile)
        where T : unmanaged => Avx512Kernel.EncodePairs(tile);

    /// <inheritdoc/>
    public static bool EncodesRows => Avx512Kernel.EncodesRows;

    /// <inheritdoc/>
    public static void EncodeRows(in RowBlock block) => Avx512Kernel.EncodeRows(block);

    /// <inheritdoc/>
    public static float* TransposeGroups(float* source, nint rowStride, ColumnGroup* groups, int count, float* target, nint targetStride) =>
        Avx512Kernel.TransposeGroups(source, rowStride, groups, count, target, targetStride);

    /// <inheritdoc/>
    public static void PackTile(in TableSource source, int firstOutput, byte* packed) => Avx512Kernel.PackTile(source, firstOutput, packed);

    /// <inheritdoc/>
    public static void SumTile(in OutputTile tile) => Avx512Kernel.SumTile(tile);

    /// <inheritdoc/>
    public static void PackNarrowTile(in TableSource source, int firstOutput, byte* packed) => Avx512Kernel.PackNarrowTile(source, firstOutput, packed);

    /// <inheritdoc/>
    public static void SumNarrowTile(in OutputTile tile) => Avx512Kernel.SumNarrowTile(tile);

    /// <inheritdoc/>
    public static void SumRows(in OutputTile tile) => Avx512Kernel.SumRows(tile);
}
