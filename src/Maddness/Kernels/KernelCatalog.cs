namespace Maddness.Kernels;

/// <summary>
/// The kernels in the order of their measured speed, slowest first. Reason per rank: AVX-512 loads 64 outputs at once, and permutes columns out of rows; with VBMI it also finds the arg-max of 16 and 32 leaves by four tables per
/// permutation; AVX2 halves the width; Vector128 halves it again, and shuffles with 16 leaves. Where the CPU has no 128-bit byte shuffle, Vector128 is emulated, and slower than scalar code.
/// </summary>
internal static class KernelCatalog
{
    /// <summary>The levels that run here.</summary>
    internal static IReadOnlyList<KernelLevel> Available { get; } = Array.AsReadOnly(FindAvailable());

    /// <summary>Runs the operation with the kernel of the level, which must be available.</summary>
    internal static void Run<TOperation>(KernelLevel level, ref TOperation operation)
        where TOperation : struct, IKernelOperation
    {
        switch (level)
        {
            case KernelLevel.Avx512Vbmi:
                operation.Invoke<Avx512VbmiKernel<VbmiPermutation>>();
                break;
            case KernelLevel.Avx512:
                operation.Invoke<Avx512Kernel>();
                break;
            case KernelLevel.Avx2:
                operation.Invoke<Avx2Kernel>();
                break;
            case KernelLevel.Vector128:
                operation.Invoke<Vector128Kernel>();
                break;
            default:
                operation.Invoke<ScalarKernel>();
                break;
        }
    }

    private static KernelLevel[] FindAvailable()
    {
        List<KernelLevel> found = [];
        if (Vector128Kernel.IsAccelerated)
        {
            Add<ScalarKernel>(found);
            Add<Vector128Kernel>(found);
        }
        else
        {
            Add<Vector128Kernel>(found);
            Add<ScalarKernel>(found);
        }

        Add<Avx2Kernel>(found);
        Add<Avx512Kernel>(found);
        Add<Avx512VbmiKernel<VbmiPermutation>>(found);
        return [.. found];

        static void Add<TKernel>(List<KernelLevel> found)
            where TKernel : struct, IKernel
        {
            if (TKernel.IsSupported)
            {
                found.Add(TKernel.Level);
            }
        }
    }
}
