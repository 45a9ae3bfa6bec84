using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Maddness.Kernels;

/// <summary>
/// The one instruction that <see cref="Avx512VbmiKernel{TPermutation}"/> has beyond AVX-512BW. Tests put other instructions in its place, so that the kernel is held to the scalar bits on
/// CPUs without it, too.
/// </summary>
internal interface IBytePermutation
{
    static abstract bool IsSupported { get; }

    /// <summary>Byte i of the result is the byte of the table that the low six bits of index i name.</summary>
    static abstract Vector512<byte> Permute(Vector512<byte> table, Vector512<byte> indices);
}

/// <summary>The instruction itself, vpermb.</summary>
internal readonly struct VbmiPermutation : IBytePermutation
{
    /// <inheritdoc/>
    public static bool IsSupported => Avx512Vbmi.IsSupported;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Permute(Vector512<byte> table, Vector512<byte> indices) => Avx512Vbmi.PermuteVar64x8(table, indices);
}
