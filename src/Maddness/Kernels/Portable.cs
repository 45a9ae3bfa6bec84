using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Maddness.Kernels;

/// <summary>
/// 128-bit operations that compilers leave to slow software: ahead-of-time ones do not make an instruction of a portable shuffle by indices that they do not know, and where no fused multiply-add is known the runtime calls a function for each element.
/// (A program compiled ahead of time without AVX2, Zen 4, 20,000 × 64 × 10, C = 16: 4.2 to 1.0 ms; the exact product 78 to 31.)
/// </summary>
internal static class Portable
{
    /// <summary>The bytes of a table of 16 by indices below 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<byte> Shuffle(Vector128<byte> table, Vector128<byte> indices) =>
        Ssse3.IsSupported ? Ssse3.Shuffle(table, indices)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.VectorTableLookup(table, indices)
        : Vector128.ShuffleNative(table, indices);

    /// <summary>a · b + c, rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c) =>
        Fma.IsSupported || AdvSimd.IsSupported ? Vector128.FusedMultiplyAdd(a, b, c) : MultiplyAddInDouble(a, b, c);

    /// <summary>
    /// The same without the instruction. The product of two floats is exact in double. The sum is rounded to odd: down to 53 bits, of which the last one is set where something was cut off. What was not representable stays beside the middle between two floats that it was beside,
    /// so that the second rounding, to 24 bits, gives what one would (Boldo and Melquiond 2008).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<float> MultiplyAddInDouble(Vector128<float> a, Vector128<float> b, Vector128<float> c)
    {
        (Vector128<double> a0, Vector128<double> a1) = Vector128.Widen(a);
        (Vector128<double> b0, Vector128<double> b1) = Vector128.Widen(b);
        (Vector128<double> c0, Vector128<double> c1) = Vector128.Widen(c);
        return Vector128.Narrow(AddToOdd(a0 * b0, c0), AddToOdd(a1 * b1, c1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> AddToOdd(Vector128<double> left, Vector128<double> right)
    {
        // What the sum, rounded to nearest, lacks (Knuth's two-sum); not a number where it is not finite, and then neither above zero nor below.
        Vector128<double> sum = left + right;
        Vector128<double> part = sum - left;
        Vector128<double> lacks = (left - (sum - part)) + (right - part);

        // Doubles of one sign are ordered as their bits: towards what is lacking, one more is away from zero where both have the sign of the sum. An odd last bit stays.
        Vector128<long> isInexact = (Vector128.GreaterThan(lacks, Vector128<double>.Zero) | Vector128.LessThan(lacks, Vector128<double>.Zero)).AsInt64();
        Vector128<long> bits = sum.AsInt64();
        Vector128<long> isOpposite = (bits ^ lacks.AsInt64()) >> 63;
        Vector128<long> step = (isOpposite | Vector128<long>.One) & isInexact & ((bits & Vector128<long>.One) - Vector128<long>.One);
        return (bits + step).AsDouble();
    }
}
