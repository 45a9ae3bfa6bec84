using System.Runtime.Intrinsics.X86;

namespace Maddness.Kernels;

/// <summary>512-bit vectors: AVX-512 F, BW, CD, DQ and VL.</summary>
internal readonly partial struct Avx512Kernel : IKernel
{
    /// <inheritdoc/>
    public static KernelLevel Level => KernelLevel.Avx512;

    /// <inheritdoc/>
    public static bool IsSupported => Avx512BW.VL.IsSupported && Avx512DQ.VL.IsSupported;
}
