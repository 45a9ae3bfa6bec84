using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Maddness.Common;
using static Maddness.Kernels.Vector128Kernel;

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
            else if (sizeof(T) == sizeof(ushort))
            {
                target = (T*)Words((ushort*)rows, rowStride, tested, (ushort*)target, targetStride);
            }
            else
            {
                target = (T*)Bytes((byte*)rows, rowStride, tested, (byte*)target, targetStride);
            }
        }

        return target;
    }

    /// <summary>Eight rows of eight columns: three times rows i and i + 4 are interleaved, which turns the bits of [row][column] round to [column][row].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ushort* Words(ushort* rows, nint stride, int tested, ushort* target, nint targetStride)
    {
        ushort* odd = rows + stride;
        nint two = 2 * stride;
        Vector128<ushort> r0 = Vector128.Load(rows), r1 = Vector128.Load(odd), r2 = Vector128.Load(rows + two), r3 = Vector128.Load(odd + two);
        rows += 2 * two;
        odd += 2 * two;
        Vector128<ushort> r4 = Vector128.Load(rows), r5 = Vector128.Load(odd), r6 = Vector128.Load(rows + two), r7 = Vector128.Load(odd + two);
        Vector128<ushort> s0 = InterleaveLow(r0, r4), s1 = InterleaveHigh(r0, r4), s2 = InterleaveLow(r1, r5), s3 = InterleaveHigh(r1, r5), s4 = InterleaveLow(r2, r6), s5 = InterleaveHigh(r2, r6), s6 = InterleaveLow(r3, r7), s7 = InterleaveHigh(r3, r7);
        r0 = InterleaveLow(s0, s4);
        r1 = InterleaveHigh(s0, s4);
        r2 = InterleaveLow(s1, s5);
        r3 = InterleaveHigh(s1, s5);
        r4 = InterleaveLow(s2, s6);
        r5 = InterleaveHigh(s2, s6);
        r6 = InterleaveLow(s3, s7);
        r7 = InterleaveHigh(s3, s7);
        target = Store(InterleaveLow(r0, r4), tested & 1, target, targetStride);
        target = Store(InterleaveHigh(r0, r4), tested & 2, target, targetStride);
        target = Store(InterleaveLow(r1, r5), tested & 4, target, targetStride);
        target = Store(InterleaveHigh(r1, r5), tested & 8, target, targetStride);
        target = Store(InterleaveLow(r2, r6), tested & 16, target, targetStride);
        target = Store(InterleaveHigh(r2, r6), tested & 32, target, targetStride);
        target = Store(InterleaveLow(r3, r7), tested & 64, target, targetStride);
        return Store(InterleaveHigh(r3, r7), tested & 128, target, targetStride);
    }

    /// <summary>Eight rows of sixteen columns, in the same way: registers are two columns each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Bytes(byte* rows, nint stride, int tested, byte* target, nint targetStride)
    {
        byte* odd = rows + stride;
        nint two = 2 * stride;
        Vector128<byte> r0 = Vector128.Load(rows), r1 = Vector128.Load(odd), r2 = Vector128.Load(rows + two), r3 = Vector128.Load(odd + two);
        rows += 2 * two;
        odd += 2 * two;
        Vector128<byte> r4 = Vector128.Load(rows), r5 = Vector128.Load(odd), r6 = Vector128.Load(rows + two), r7 = Vector128.Load(odd + two);
        Vector128<byte> s0 = InterleaveLow(r0, r4), s1 = InterleaveHigh(r0, r4), s2 = InterleaveLow(r1, r5), s3 = InterleaveHigh(r1, r5), s4 = InterleaveLow(r2, r6), s5 = InterleaveHigh(r2, r6), s6 = InterleaveLow(r3, r7), s7 = InterleaveHigh(r3, r7);
        r0 = InterleaveLow(s0, s4);
        r1 = InterleaveHigh(s0, s4);
        r2 = InterleaveLow(s1, s5);
        r3 = InterleaveHigh(s1, s5);
        r4 = InterleaveLow(s2, s6);
        r5 = InterleaveHigh(s2, s6);
        r6 = InterleaveLow(s3, s7);
        r7 = InterleaveHigh(s3, s7);
        target = StoreTwo(InterleaveLow(r0, r4), tested, target, targetStride);
        target = StoreTwo(InterleaveHigh(r0, r4), tested >> 2, target, targetStride);
        target = StoreTwo(InterleaveLow(r1, r5), tested >> 4, target, targetStride);
        target = StoreTwo(InterleaveHigh(r1, r5), tested >> 6, target, targetStride);
        target = StoreTwo(InterleaveLow(r2, r6), tested >> 8, target, targetStride);
        target = StoreTwo(InterleaveHigh(r2, r6), tested >> 10, target, targetStride);
        target = StoreTwo(InterleaveLow(r3, r7), tested >> 12, target, targetStride);
        return StoreTwo(InterleaveHigh(r3, r7), tested >> 14, target, targetStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ushort* Store(Vector128<ushort> column, int isTested, ushort* target, nint targetStride)
    {
        if (isTested == 0)
        {
            return target;
        }

        column.Store(target);
        return target + targetStride;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* StoreTwo(Vector128<byte> columns, int tested, byte* target, nint targetStride)
    {
        if ((tested & 1) != 0)
        {
            columns.GetLower().Store(target);
            target += targetStride;
        }

        if ((tested & 2) != 0)
        {
            columns.GetUpper().Store(target);
            target += targetStride;
        }

        return target;
    }
}
