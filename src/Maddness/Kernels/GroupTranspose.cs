using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Maddness.Kernels;

/// <summary>The loop of <see cref="IKernel.TransposeGroups"/>, which kernels share. A CPU foresees its branches, which are the same for all rows.</summary>
internal static unsafe class GroupTranspose
{
    /// <summary>Rows at a time: as many as a set of the first cache holds lines where rows stand 4 KB apart.</summary>
    internal const int Rows = 8;

    /// <summary>What kernels do with their registers. Rows are given by the address of the first one's column and the bytes from one row to the next.</summary>
    internal interface IGroup
    {
        /// <summary>Eight rows of one column.</summary>
        static abstract void One(byte* rows, nint rowBytes, float* target);

        /// <summary>Eight rows of four columns: those whose bit of <paramref name="tested"/> is 1 go one after another to <paramref name="target"/>.</summary>
        /// <returns>Where the next column goes.</returns>
        static abstract float* Four(byte* rows, nint rowBytes, int tested, float* target, nint targetStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float* Run<TGroup>(float* source, nint rowStride, ColumnGroup* groups, int count, float* target, nint targetStride)
        where TGroup : struct, IGroup
    {
        nint rowBytes = rowStride * sizeof(float);
        for (ColumnGroup* end = groups + count; groups < end; groups++)
        {
            byte* rows = (byte*)(source + groups->First);
            int tested = groups->Tested;
            if (tested == 1)
            {
                TGroup.One(rows, rowBytes, target);
                target += targetStride;
            }
            else
            {
                target = TGroup.Four(rows, rowBytes, tested, target, targetStride);
            }
        }

        return target;
    }

    /// <summary>One column of four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<float> FourRows(byte* rows, nint rowBytes)
    {
        byte* odd = rows + rowBytes;
        return Vector128.Create(*(float*)rows, *(float*)odd, *(float*)(rows + (2 * rowBytes)), *(float*)(odd + (2 * rowBytes)));
    }
}
