namespace Maddness.Kernels;

/// <summary>Plain scalar code: the specification that every other kernel must equal bit for bit.</summary>
internal readonly partial struct ScalarKernel : IKernel
{
    /// <inheritdoc/>
    public static KernelLevel Level => KernelLevel.Scalar;

    /// <inheritdoc/>
    public static bool IsSupported => true;
}
