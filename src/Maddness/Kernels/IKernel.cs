namespace Maddness.Kernels;

/// <summary>
/// The hot loops of one instruction set. Implementations are empty structs, and drivers are generic over them, so that every call is direct.
/// </summary>
internal partial interface IKernel
{
    /// <summary>The level this kernel serves.</summary>
    static abstract KernelLevel Level { get; }

    /// <summary>Whether this CPU and runtime can run it.</summary>
    static abstract bool IsSupported { get; }
}
