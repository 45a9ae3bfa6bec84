using System.Runtime.CompilerServices;

namespace Maddness.Kernels;

/// <summary>The loop of <see cref="IKernel.TransposeWindows"/>, which kernels share.</summary>
internal static unsafe class WindowTranspose
{
    /// <summary>What kernels do with their registers.</summary>
    internal interface IFourColumns
    {
        /// <summary>Transposes four columns of 16 rows, those whose bit of <paramref name="wanted"/> is 1 one after another to <paramref name="target"/>. A CPU foresees the branches, which are the same for each block of rows.</summary>
        /// <returns>Where the next column goes.</returns>
        static abstract float* Transpose(float* rows, nint rowStride, int wanted, float* target, nint targetStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Run<TColumns>(float* source, nint rowStride, int* windows, int* tested, int count, float* target, nint targetStride)
        where TColumns : struct, IFourColumns
    {
        for (int window = 0; window < count; window++)
        {
            float* rows = source + windows[window];
            for (int left = tested[window]; left != 0; left >>= 4)
            {
                if ((left & 15) != 0)
                {
                    target = TColumns.Transpose(rows, rowStride, left, target, targetStride);
                }

                rows += 4;
            }
        }
    }
}
