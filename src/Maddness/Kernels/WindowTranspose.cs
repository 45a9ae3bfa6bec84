using System.Runtime.CompilerServices;

namespace Maddness.Kernels;

/// <summary>
/// The loop of <see cref="IKernel.TransposeWindows"/>, which kernels share. A window's rows are taken eight at a time, as many as a set of the first cache holds lines where rows stand 4 KB apart (measured on Zen 4, 256 rows in cache, AVX2, 8 lines, C = 16 and 32, ns a row, 16 rows at a time
/// and 8: 1,024 inputs 30.6 and 37.5, 26.6 and 32.6; 512 inputs 15.2 and 22.5, 14.7 and 21.9).
/// </summary>
internal static unsafe class WindowTranspose
{
    private const int Rows = 8;

    /// <summary>What kernels do with their registers.</summary>
    internal interface IFourColumns
    {
        /// <summary>Transposes four columns of eight rows, those whose bit of <paramref name="wanted"/> is 1 one after another to <paramref name="target"/>. A CPU foresees the branches, which are the same for each block of rows.</summary>
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
            Transpose<TColumns>(rows, rowStride, tested[window], target, targetStride);
            target = Transpose<TColumns>(rows + (Rows * rowStride), rowStride, tested[window], target + Rows, targetStride) - Rows;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* Transpose<TColumns>(float* rows, nint rowStride, int tested, float* target, nint targetStride)
        where TColumns : struct, IFourColumns
    {
        for (int left = tested; left != 0; left >>= 4)
        {
            if ((left & 15) != 0)
            {
                target = TColumns.Transpose(rows, rowStride, left, target, targetStride);
            }

            rows += 4;
        }

        return target;
    }
}
