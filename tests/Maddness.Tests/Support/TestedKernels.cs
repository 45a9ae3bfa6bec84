using Maddness.Kernels;

namespace Maddness.Tests.Support;

/// <summary>
/// The levels that tests of kernels run: all that this CPU has, and on CPUs with AVX-512 but without its byte permutation also the level that needs it, with the permutation put together
/// from other instructions.
/// </summary>
internal static class TestedKernels
{
    internal static IReadOnlyList<KernelLevel> Levels { get; } =
        IsVbmiEmulated ? [.. KernelSelection.Available, KernelLevel.Avx512Vbmi] : KernelSelection.Available;

    internal static bool IsVbmiEmulated => !KernelSelection.Available.Contains(KernelLevel.Avx512Vbmi) && Avx512VbmiKernel<EmulatedPermutation>.IsSupported;

    internal static void Run<TOperation>(KernelLevel level, ref TOperation operation)
        where TOperation : struct, IKernelOperation
    {
        if (level == KernelLevel.Avx512Vbmi && IsVbmiEmulated)
        {
            operation.Invoke<Avx512VbmiKernel<EmulatedPermutation>>();
        }
        else
        {
            KernelCatalog.Run(level, ref operation);
        }
    }
}
