using System.Runtime.Intrinsics.X86;

namespace Maddness.Kernels;

/// <summary>512-bit vectors with the byte permutation of AVX-512 VBMI.</summary>
internal readonly partial struct Avx512VbmiKernel : IKernel
{
    /// <inheritdoc/>
    public static KernelLevel Level => KernelLevel.Avx512Vbmi;

    /// <inheritdoc/>
    public static bool IsSupported => Avx512Kernel.IsSupported && Avx512Vbmi.IsSupported;
}
