using Maddness.Common;
using Maddness.Tests.Support;

namespace Maddness.Tests.Exact;

public class ExactMemoryTests
{
    public static TheoryData<KernelLevel> Levels => ExactCase.Levels;

    [GuardedTheory]
    [MemberData(nameof(Levels))]
    public void Nothing_outside_the_operands_is_touched(KernelLevel level)
    {
        foreach (bool trailing in (ReadOnlySpan<bool>)[false, true])
        {
            foreach (int inputs in (ReadOnlySpan<int>)[0, 1, 3, 1025])
            {
                foreach (int rows in (ReadOnlySpan<int>)[1, 2, 5, 11, 12, 13, 49, 97])
                {
                    foreach (int outputs in (ReadOnlySpan<int>)[1, 3, 4, 5, 8, 15, 16, 17, 31, 32, 33, 64, 100])
                    {
                        Guarded(new ExactCase(rows, inputs, outputs, hasBias: true), trailing, level);
                    }
                }
            }
        }
    }

    [Fact]
    public void A_call_on_one_thread_allocates_nothing_after_the_first()
    {
        ExactCase c = new(50, 1100, 70, hasBias: true);
        ExactMatmul matmul = new(c.B, c.Inputs, c.Outputs, c.Bias);
        float[] result = new float[50 * 70];
        matmul.Multiply(c.A, 50, result);

        // A collection that another test causes can end this thread's allocation buffer, which then counts as used: what the call itself allocates shows every time.
        long least = long.MaxValue;
        for (int i = 0; i < 10; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            matmul.Multiply(c.A, 50, result);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        least.Should().Be(0);
    }

    private static void Guarded(ExactCase c, bool trailing, KernelLevel level)
    {
        using GuardedMemory<float> a = GuardedMemory<float>.Of(c.A, trailing);
        using GuardedMemory<float> b = GuardedMemory<float>.Of(c.B, trailing);
        using GuardedMemory<float> bias = GuardedMemory<float>.Of(c.Bias, trailing);
        using GuardedMemory<float> result = GuardedMemory<float>.Of(c.Rows * c.Outputs, trailing);
        float[] expected = c.Chain();
        string because = $"{c.Rows} x {c.Inputs} x {c.Outputs}, trailing {trailing}";

        MatrixView<float> viewB = MatrixView<float>.Of(b.Span, c.Inputs, c.Outputs, "b");
        MatrixView<float> viewC = MatrixView<float>.Of(result.Span, c.Rows, c.Outputs, "destination");
        new ExactMatmul(viewB, bias.Span, level).Multiply(MatrixView<float>.Of(a.Span, c.Rows, c.Inputs, "a"), viewC, level, 1);
        Bits.ShouldBe(result.Span, expected, because);

        result.Span.Clear();
        ExactMatmul.Multiply(MatrixView<float>.Of(a.Span, c.Rows, c.Inputs, "a"), viewB, viewC, bias.Span, level, 1);
        Bits.ShouldBe(result.Span, expected, because + ", one shot");

        // The same memories read column-major: other values, for the addresses alone.
        ExactMatmul.Multiply(
            MatrixView<float>.Of(a.Span, c.Inputs, c.Rows, "a").Transpose(),
            MatrixView<float>.Of(b.Span, c.Outputs, c.Inputs, "b").Transpose(),
            MatrixView<float>.Of(result.Span, c.Outputs, c.Rows, "destination").Transpose(),
            bias.Span,
            level,
            1);
    }
}
