using System.Runtime.Intrinsics.X86;

namespace Maddness.Kernels;

/// <summary>256-bit vectors: AVX2 with FMA.</summary>
internal readonly partial struct Avx2Kernel : IKernel
{
    /// <inheritdoc/>
    public static KernelLevel Level => KernelLevel.Avx2;

    /// <inheritdoc/>
    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;
}
