using System.Runtime.CompilerServices;

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
                Invoke<TOperation, Avx512VbmiKernel<VbmiPermutation>>(ref operation);
                break;
            case KernelLevel.Avx512:
                Invoke<TOperation, Avx512Kernel>(ref operation);
                break;
            case KernelLevel.Avx2:
                Invoke<TOperation, Avx2Kernel>(ref operation);
                break;
            case KernelLevel.Vector128:
                Invoke<TOperation, Vector128Kernel>(ref operation);
                break;
            default:
                Invoke<TOperation, ScalarKernel>(ref operation);
                break;
        }
    }

    /// <summary>Apart for each level: one method with the locals of all would clear these at every call.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Invoke<TOperation, TKernel>(ref TOperation operation)
        where TOperation : struct, IKernelOperation
        where TKernel : struct, IKernel => operation.Invoke<TKernel>();

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
