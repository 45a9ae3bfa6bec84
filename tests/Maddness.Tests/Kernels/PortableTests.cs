using System.Runtime.Intrinsics;
using Maddness.Kernels;

namespace Maddness.Tests.Kernels;

/// <summary>What stands in for instructions, against those of scalars.</summary>
public class PortableTests
{
    [Fact]
    public void Products_and_sums_in_double_are_rounded_once()
    {
        Random random = new(1);
        for (int i = 0; i < 400_000; i++)
        {
            // Any bits, zeros, infinities and numbers that are none included; then numbers of like sizes, whose sums cancel, and such of few bits, whose sums are ties.
            Check(Any(random), Any(random), Any(random));
            float a = Any(random, 120, 8), b = Any(random, 120, 8);
            Check(a, b, -a * b);
            Check(a, b, MathF.BitIncrement(-a * b));
            Check(a, b, Any(random, 40 + (i % 160), 1));
            Check(Few(random), Few(random), Few(random) * MathF.ScaleB(1, random.Next(-40, 40)));
        }
    }

    [Fact]
    public void Ties_and_what_lies_beside_them_are_told_apart()
    {
        // 1 + 2^-24, half way to the next float, and what lies 2^-100 beside it: in double both are 1 + 2^-24.
        float half = MathF.ScaleB(1, -24), tiny = MathF.ScaleB(1, -50);
        Portable.MultiplyAddInDouble(Vector128.Create(half), Vector128.Create(1f), Vector128.Create(1f)).Should().Be(Vector128.Create(1f));
        float above = MathF.BitIncrement(half), next = MathF.BitIncrement(1);
        Portable.MultiplyAddInDouble(Vector128.Create(above), Vector128.Create(1f), Vector128.Create(1f)).Should().Be(Vector128.Create(next));

        // (1 + 2^-12)² is 1 + 2^-11 + 2^-24, a tie; the third operand is too small for its double.
        float factor = 1 + MathF.ScaleB(1, -12);
        Check(factor, factor, tiny * tiny);
        Check(factor, factor, -tiny * tiny);
        Check(factor, factor, 0);
        Check(-factor, factor, tiny * tiny);
        Check(-factor, factor, -tiny * tiny);

        // Results that are subnormal, that overflow only when they are rounded, and zeros of both signs.
        Check(float.Epsilon, 0.5f, float.Epsilon);
        Check(float.Epsilon, 0.5f, -float.Epsilon);
        Check(MathF.ScaleB(1.5f, -126), MathF.ScaleB(1, -23), float.Epsilon);
        Check(float.MaxValue, 1, MathF.ScaleB(1, 103));
        Check(float.MaxValue, 1, MathF.BitDecrement(MathF.ScaleB(1, 103)));
        Check(-0f, 1, -0f);
        Check(-0f, 1, 0);
        Check(1, -1, 1);
    }

    [Fact]
    public void Shuffles_take_bytes_by_any_index()
    {
        byte[] table = [.. Enumerable.Range(0, 16).Select(i => (byte)(200 - (i * 11)))];
        byte[] indices = [15, 0, 3, 3, 9, 1, 14, 8, 7, 2, 5, 4, 13, 12, 11, 10];
        byte[] taken = new byte[16];
        Portable.Shuffle(Vector128.Create(table), Vector128.Create(indices)).CopyTo(taken);
        taken.Should().Equal(indices.Select(i => table[i]));
    }

    private static void Check(float a, float b, float c)
    {
        // In a lane of either half, beside others.
        Vector128<float> actual = Portable.MultiplyAddInDouble(Vector128.Create(a, 1, a, 2), Vector128.Create(b, 3, b, 5), Vector128.Create(c, 4, c, 6));
        float expected = MathF.FusedMultiplyAdd(a, b, c);
        if ((BitConverter.SingleToInt32Bits(actual[0]) != BitConverter.SingleToInt32Bits(expected) && !(float.IsNaN(actual[0]) && float.IsNaN(expected)))
            || BitConverter.SingleToInt32Bits(actual[2]) != BitConverter.SingleToInt32Bits(actual[0]) || actual[1] != 7 || actual[3] != 16)
        {
            Assert.Fail($"{a:R} * {b:R} + {c:R} is {actual} instead of {expected:R}");
        }
    }

    private static float Any(Random random) => BitConverter.Int32BitsToSingle((int)random.NextInt64(1L << 32));

    /// <summary>Any mantissa and sign, and one of some exponents.</summary>
    private static float Any(Random random, int exponent, int exponents) =>
        BitConverter.Int32BitsToSingle((random.Next(2) << 31) | ((exponent + random.Next(exponents)) << 23) | random.Next(1 << 23));

    private static float Few(Random random) => random.Next(-4096, 4097) * MathF.ScaleB(1, random.Next(-12, 13));
}
