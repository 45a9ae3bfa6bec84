using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Maddness.Comparison.Approximate;

/// <summary>Transposes 16 × 16 values in registers: a sparse product that spends its time on moving data would be no fair rival.</summary>
internal static class Transpose16
{
    /// <summary>Needs AVX-512.</summary>
    internal static void Run(ref float source, int sourceStride, ref float target, int targetStride)
    {
        nuint stride = (nuint)sourceStride;
        Vector512<float> r0 = Vector512.LoadUnsafe(ref source);
        Vector512<float> r1 = Vector512.LoadUnsafe(ref source, stride);
        Vector512<float> r2 = Vector512.LoadUnsafe(ref source, 2 * stride);
        Vector512<float> r3 = Vector512.LoadUnsafe(ref source, 3 * stride);
        Vector512<float> r4 = Vector512.LoadUnsafe(ref source, 4 * stride);
        Vector512<float> r5 = Vector512.LoadUnsafe(ref source, 5 * stride);
        Vector512<float> r6 = Vector512.LoadUnsafe(ref source, 6 * stride);
        Vector512<float> r7 = Vector512.LoadUnsafe(ref source, 7 * stride);
        Vector512<float> r8 = Vector512.LoadUnsafe(ref source, 8 * stride);
        Vector512<float> r9 = Vector512.LoadUnsafe(ref source, 9 * stride);
        Vector512<float> r10 = Vector512.LoadUnsafe(ref source, 10 * stride);
        Vector512<float> r11 = Vector512.LoadUnsafe(ref source, 11 * stride);
        Vector512<float> r12 = Vector512.LoadUnsafe(ref source, 12 * stride);
        Vector512<float> r13 = Vector512.LoadUnsafe(ref source, 13 * stride);
        Vector512<float> r14 = Vector512.LoadUnsafe(ref source, 14 * stride);
        Vector512<float> r15 = Vector512.LoadUnsafe(ref source, 15 * stride);

        // Pairs of rows change places in each quarter.
        Vector512<double> p0 = Avx512F.UnpackLow(r0, r1).AsDouble(), p1 = Avx512F.UnpackHigh(r0, r1).AsDouble();
        Vector512<double> p2 = Avx512F.UnpackLow(r2, r3).AsDouble(), p3 = Avx512F.UnpackHigh(r2, r3).AsDouble();
        Vector512<double> p4 = Avx512F.UnpackLow(r4, r5).AsDouble(), p5 = Avx512F.UnpackHigh(r4, r5).AsDouble();
        Vector512<double> p6 = Avx512F.UnpackLow(r6, r7).AsDouble(), p7 = Avx512F.UnpackHigh(r6, r7).AsDouble();
        Vector512<double> p8 = Avx512F.UnpackLow(r8, r9).AsDouble(), p9 = Avx512F.UnpackHigh(r8, r9).AsDouble();
        Vector512<double> p10 = Avx512F.UnpackLow(r10, r11).AsDouble(), p11 = Avx512F.UnpackHigh(r10, r11).AsDouble();
        Vector512<double> p12 = Avx512F.UnpackLow(r12, r13).AsDouble(), p13 = Avx512F.UnpackHigh(r12, r13).AsDouble();
        Vector512<double> p14 = Avx512F.UnpackLow(r14, r15).AsDouble(), p15 = Avx512F.UnpackHigh(r14, r15).AsDouble();

        // Then pairs of pairs: the vector with the digit c holds, in its quarters, columns c, 4 + c, 8 + c and 12 + c of four rows.
        Vector512<float> f00 = Avx512F.UnpackLow(p0, p2).AsSingle(), f01 = Avx512F.UnpackHigh(p0, p2).AsSingle();
        Vector512<float> f02 = Avx512F.UnpackLow(p1, p3).AsSingle(), f03 = Avx512F.UnpackHigh(p1, p3).AsSingle();
        Vector512<float> f10 = Avx512F.UnpackLow(p4, p6).AsSingle(), f11 = Avx512F.UnpackHigh(p4, p6).AsSingle();
        Vector512<float> f12 = Avx512F.UnpackLow(p5, p7).AsSingle(), f13 = Avx512F.UnpackHigh(p5, p7).AsSingle();
        Vector512<float> f20 = Avx512F.UnpackLow(p8, p10).AsSingle(), f21 = Avx512F.UnpackHigh(p8, p10).AsSingle();
        Vector512<float> f22 = Avx512F.UnpackLow(p9, p11).AsSingle(), f23 = Avx512F.UnpackHigh(p9, p11).AsSingle();
        Vector512<float> f30 = Avx512F.UnpackLow(p12, p14).AsSingle(), f31 = Avx512F.UnpackHigh(p12, p14).AsSingle();
        Vector512<float> f32 = Avx512F.UnpackLow(p13, p15).AsSingle(), f33 = Avx512F.UnpackHigh(p13, p15).AsSingle();
        Quarters(f00, f10, f20, f30, ref Unsafe.Add(ref target, 0 * targetStride), 4 * (nuint)targetStride);
        Quarters(f01, f11, f21, f31, ref Unsafe.Add(ref target, 1 * targetStride), 4 * (nuint)targetStride);
        Quarters(f02, f12, f22, f32, ref Unsafe.Add(ref target, 2 * targetStride), 4 * (nuint)targetStride);
        Quarters(f03, f13, f23, f33, ref Unsafe.Add(ref target, 3 * targetStride), 4 * (nuint)targetStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarters(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, ref float target, nuint stride)
    {
        Vector512<float> evenAb = Avx512F.Shuffle4x128(a, b, 0x88), oddAb = Avx512F.Shuffle4x128(a, b, 0xDD);
        Vector512<float> evenCd = Avx512F.Shuffle4x128(c, d, 0x88), oddCd = Avx512F.Shuffle4x128(c, d, 0xDD);
        Avx512F.Shuffle4x128(evenAb, evenCd, 0x88).StoreUnsafe(ref target);
        Avx512F.Shuffle4x128(oddAb, oddCd, 0x88).StoreUnsafe(ref target, stride);
        Avx512F.Shuffle4x128(evenAb, evenCd, 0xDD).StoreUnsafe(ref target, 2 * stride);
        Avx512F.Shuffle4x128(oddAb, oddCd, 0xDD).StoreUnsafe(ref target, 3 * stride);
    }
}
