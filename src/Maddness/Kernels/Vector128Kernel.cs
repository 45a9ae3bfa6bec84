namespace Maddness.Kernels;

/// <summary>Portable 128-bit vectors: SSE on x86, NEON on Arm, software elsewhere.</summary>
internal readonly partial struct Vector128Kernel : IKernel
{
    /// <inheritdoc/>
    public static KernelLevel Level => KernelLevel.Vector128;

    /// <inheritdoc/>
    public static bool IsSupported => true;
}
