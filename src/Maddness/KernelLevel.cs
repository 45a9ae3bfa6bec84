namespace Maddness;

/// <summary>
/// The instruction sets for which this library has kernels, slowest first. All give the same bits; they differ in speed only.
/// </summary>
public enum KernelLevel
{
    /// <summary>Plain scalar code, the specification of every other level. Name: <c>scalar</c>.</summary>
    Scalar = 0,

    /// <summary>Portable 128-bit vectors: SSE on x86, NEON on Arm, software elsewhere. Name: <c>vector128</c>.</summary>
    Vector128 = 1,

    /// <summary>256-bit AVX2 with FMA. Name: <c>avx2</c>.</summary>
    Avx2 = 2,

    /// <summary>512-bit AVX-512 F, BW, CD, DQ and VL. Name: <c>avx512</c>.</summary>
    Avx512 = 3,

    /// <summary>AVX-512 with VBMI, whose byte permutation finds the arg-max of 16 and 32 leaves; all else as <see cref="Avx512"/>. Name: <c>avx512vbmi</c>.</summary>
    Avx512Vbmi = 4,
}
