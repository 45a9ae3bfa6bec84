using Maddness.Tests.Support;

namespace Maddness.Tests.Exact;

public class ExactBitsTests
{
    public static TheoryData<KernelLevel> Levels => ExactCase.Levels;

    [Theory]
    [MemberData(nameof(Levels))]
    public void Every_tail_of_rows_and_columns_is_the_chain(KernelLevel level)
    {
        foreach (int inputs in (ReadOnlySpan<int>)[0, 1, 2, 5, 17])
        {
            for (int rows = 0; rows <= 26; rows++)
            {
                for (int outputs = 1; outputs <= 70; outputs++)
                {
                    ExactCase c = new(rows, inputs, outputs, hasBias: (rows + outputs) % 2 == 0);
                    float[] expected = c.Chain();
                    Bits.ShouldBe(c.Bound(level), expected, $"bound, {rows} x {inputs} x {outputs}");
                    Bits.ShouldBe(c.OneShot(level), expected, $"one shot, {rows} x {inputs} x {outputs}");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Blocks_of_k_and_of_rows_do_not_show(KernelLevel level)
    {
        foreach (int inputs in (ReadOnlySpan<int>)[255, 256, 257, 511, 512, 513, 1024, 1025, 2100])
        {
            foreach ((int rows, int outputs) in (ReadOnlySpan<(int, int)>)[(1, 33), (1, 300), (5, 16), (12, 32), (13, 100), (49, 65), (96, 10), (97, 33), (100, 1)])
            {
                ExactCase c = new(rows, inputs, outputs, hasBias: inputs % 2 == 0);
                float[] expected = c.Chain();
                Bits.ShouldBe(c.Bound(level), expected, $"bound, {rows} x {inputs} x {outputs}");
                Bits.ShouldBe(c.OneShot(level), expected, $"one shot, {rows} x {inputs} x {outputs}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Rows_asked_for_ahead_do_not_show(KernelLevel level)
    {
        // More than 2 MB of A.
        foreach (int outputs in (ReadOnlySpan<int>)[4, 50])
        {
            ExactCase c = new(1031, 520, outputs);
            Bits.ShouldBe(c.Bound(level), c.Chain(), $"{outputs} outputs");
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Levels_equal_scalar(KernelLevel level)
    {
        ExactCase c = new(123, 1400, 77, seed: 3, hasBias: true);
        Bits.ShouldBe(c.Bound(level), c.Bound(KernelLevel.Scalar), "levels differ in speed only");
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Thread_counts_do_not_show(KernelLevel level)
    {
        // Work for one thread, for two to five, and for all.
        foreach ((int rows, int inputs, int outputs) in (ReadOnlySpan<(int, int, int)>)[(1, 40, 10), (1, 1000, 400), (1, 5000, 300), (5, 1000, 100), (100, 150, 100), (1000, 40, 20), (3000, 40, 20)])
        {
            ExactCase c = new(rows, inputs, outputs, hasBias: true);
            float[] expected = c.Bound(level);
            foreach (int threads in (ReadOnlySpan<int>)[2, 7, -1])
            {
                Bits.ShouldBe(c.Bound(level, threads), expected, $"{threads} threads, {rows} rows, {outputs} outputs");
                Bits.ShouldBe(c.OneShot(level, threads), expected, $"one shot, {threads} threads, {rows} rows, {outputs} outputs");
            }
        }
    }

    [Fact]
    public void Batches_do_not_show()
    {
        ExactCase c = new(100, 64, 50, hasBias: true);
        ExactMatmul matmul = new(c.B, c.Inputs, c.Outputs, c.Bias);
        float[] whole = new float[100 * 50];
        matmul.Multiply(c.A, 100, whole);
        float[] rowByRow = new float[100 * 50];
        for (int n = 0; n < 100; n++)
        {
            matmul.Multiply(c.A.AsSpan(n * 64, 64), 1, rowByRow.AsSpan(n * 50, 50));
        }

        Bits.ShouldBe(rowByRow, whole, "each row is computed by itself");
    }

    [Fact]
    public void One_instance_serves_all_levels_at_once()
    {
        ExactCase c = new(50, 90, 45, hasBias: true);
        float[] expected = c.Chain();
        foreach (KernelLevel first in KernelSelection.Available)
        {
            ExactMatmul matmul = c.Bind(first);
            float[][] results = new float[32][];
            Parallel.For(0, results.Length, i => results[i] = c.Run(matmul, KernelSelection.Available[i % KernelSelection.Available.Count]));
            foreach (float[] result in results)
            {
                Bits.ShouldBe(result, expected, $"bound at {first}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void The_result_is_close_to_a_product_in_double_precision(KernelLevel level)
    {
        ExactCase c = new(37, 1000, 41, hasBias: true);
        float[] actual = c.Bound(level);
        for (int n = 0; n < c.Rows; n++)
        {
            for (int m = 0; m < c.Outputs; m++)
            {
                double sum = c.Bias[m];
                double magnitude = Math.Abs(c.Bias[m]);
                for (int k = 0; k < c.Inputs; k++)
                {
                    double product = (double)c.A[(n * c.Inputs) + k] * c.B[(k * c.Outputs) + m];
                    sum += product;
                    magnitude += Math.Abs(product);
                }

                // D + 1 roundings, each of at most half a unit in the last place of a partial sum.
                double bound = (c.Inputs + 1) * Math.Pow(2, -24) * magnitude * 1.01;
                Math.Abs(actual[(n * c.Outputs) + m] - sum).Should().BeLessThan(bound);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Infinities_and_nans_go_the_way_of_the_chain(KernelLevel level)
    {
        ExactCase c = new(30, 20, 40);
        c.A[(3 * 20) + 4] = float.PositiveInfinity;
        c.A[(7 * 20) + 19] = float.NaN;
        c.A[(25 * 20) + 0] = float.NegativeInfinity;
        c.A[(25 * 20) + 1] = float.PositiveInfinity;
        c.A[(26 * 20) + 2] = float.MaxValue;
        c.B[(2 * 40) + 5] = float.MaxValue;
        c.B[(4 * 40) + 6] = 0;
        float[] expected = c.Chain();
        float[] actual = c.Bound(level);
        expected.Should().Contain(v => float.IsNaN(v)).And.Contain(v => float.IsInfinity(v));
        for (int i = 0; i < expected.Length; i++)
        {
            (float.IsNaN(expected[i]) ? float.IsNaN(actual[i]) : expected[i] == actual[i]).Should().BeTrue($"element {i} is {expected[i]}");
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Negative_zero_stays_unless_a_bias_is_added(KernelLevel level)
    {
        // −10^−60 rounds to −0, also when +0 is added before the rounding.
        ExactCase c = new(1, 1, 1);
        (c.A[0], c.B[0]) = (-1e-30f, 1e-30f);
        float.IsNegative(c.Bound(level)[0]).Should().BeTrue();
        ExactCase biased = new(1, 1, 1, hasBias: true);
        (biased.A[0], biased.B[0], biased.Bias[0]) = (-1e-30f, 1e-30f, 0);
        float.IsNegative(biased.Bound(level)[0]).Should().BeFalse();
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Without_inner_dimension_there_is_the_bias_alone(KernelLevel level)
    {
        new ExactCase(3, 0, 40).Bound(level).Should().OnlyContain(v => v == 0 && !float.IsNegative(v));
        ExactCase biased = new(2, 0, 40, hasBias: true);
        biased.Bound(level).Should().Equal([.. biased.Bias, .. biased.Bias]);
        biased.OneShot(level).Should().Equal([.. biased.Bias, .. biased.Bias]);
    }
}
