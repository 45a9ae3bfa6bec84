using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Kernels;

/// <summary>Groups of columns of rows of integers to column-major scratch: what <see cref="GroupTranspose"/> is for rows of float32, with instructions that all levels but the scalar one have.</summary>
internal static unsafe class IntegerGroups
{
    /// <summary>Transposes eight rows, as <see cref="IKernel.TransposeGroups"/> does.</summary>
    [MethodImpl(Compiled.Once)]
    internal static T* Run<T>(T* source, nint rowStride, ColumnGroup* groups, int count, T* target, nint targetStride)
        where T : unmanaged
    {
        for (ColumnGroup* end = groups + count; groups < end; groups++)
        {
            T* rows = source + groups->First;
            int tested = groups->Tested;
            if (tested == 1)
            {
                T* odd = rows + rowStride;
                nint two = 2 * rowStride;
                target[0] = *rows;
                target[1] = *odd;
                target[2] = rows[two];
                target[3] = odd[two];
                rows += 2 * two;
                odd += 2 * two;
                target[4] = *rows;
                target[5] = *odd;
                target[6] = rows[two];
                target[7] = odd[two];
                target += targetStride;
            }
            else
            {
                target = Transpose(rows, rowStride, tested, target, targetStride);
            }
        }

        return target;
    }

    /// <summary>Eight rows of 16 bytes: three times rows i and i + 4 are interleaved, which turns the bits of [row][column] round, to registers of one column of shorts or two of bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T* Transpose<T>(T* rows, nint stride, int tested, T* target, nint targetStride)
        where T : unmanaged
    {
        T* odd = rows + stride;
        nint two = 2 * stride;
        Vector128<T> r0 = Vector128.Load(rows), r1 = Vector128.Load(odd), r2 = Vector128.Load(rows + two), r3 = Vector128.Load(odd + two);
        rows += 2 * two;
        odd += 2 * two;
        Vector128<T> r4 = Vector128.Load(rows), r5 = Vector128.Load(odd), r6 = Vector128.Load(rows + two), r7 = Vector128.Load(odd + two);
        Vector128<T> s0 = Low(r0, r4), s1 = High(r0, r4), s2 = Low(r1, r5), s3 = High(r1, r5), s4 = Low(r2, r6), s5 = High(r2, r6), s6 = Low(r3, r7), s7 = High(r3, r7);
        r0 = Low(s0, s4);
        r1 = High(s0, s4);
        r2 = Low(s1, s5);
        r3 = High(s1, s5);
        r4 = Low(s2, s6);
        r5 = High(s2, s6);
        r6 = Low(s3, s7);
        r7 = High(s3, s7);
        target = Store(Low(r0, r4), 0, tested, target, targetStride);
        target = Store(High(r0, r4), 1, tested, target, targetStride);
        target = Store(Low(r1, r5), 2, tested, target, targetStride);
        target = Store(High(r1, r5), 3, tested, target, targetStride);
        target = Store(Low(r2, r6), 4, tested, target, targetStride);
        target = Store(High(r2, r6), 5, tested, target, targetStride);
        target = Store(Low(r3, r7), 6, tested, target, targetStride);
        return Store(High(r3, r7), 7, tested, target, targetStride);
    }

    /// <summary>Stores what is tested of a register's columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T* Store<T>(Vector128<T> columns, int register, int tested, T* target, nint targetStride)
        where T : unmanaged
    {
        if (sizeof(T) == sizeof(ushort))
        {
            if ((tested & (1 << register)) != 0)
            {
                columns.Store(target);
                target += targetStride;
            }

            return target;
        }

        if ((tested & (1 << (2 * register))) != 0)
        {
            columns.GetLower().Store(target);
            target += targetStride;
        }

        if ((tested & (2 << (2 * register))) != 0)
        {
            columns.GetUpper().Store(target);
            target += targetStride;
        }

        return target;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Low<T>(Vector128<T> a, Vector128<T> b)
        where T : unmanaged => sizeof(T) == sizeof(ushort) ? Vector128Kernel.InterleaveLow(a.AsUInt16(), b.AsUInt16()).As<ushort, T>() : Vector128Kernel.InterleaveLow(a.AsByte(), b.AsByte()).As<byte, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> High<T>(Vector128<T> a, Vector128<T> b)
        where T : unmanaged => sizeof(T) == sizeof(ushort) ? Vector128Kernel.InterleaveHigh(a.AsUInt16(), b.AsUInt16()).As<ushort, T>() : Vector128Kernel.InterleaveHigh(a.AsByte(), b.AsByte()).As<byte, T>();
}
