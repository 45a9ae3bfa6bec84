using Maddness.Model;

namespace Maddness.Tests.Training;

public class TableQuantizerTests
{
    [Theory]
    [InlineData(1, 16, 1)]
    [InlineData(3, 16, 16)]
    [InlineData(2, 32, 17)]
    [InlineData(5, 64, 33)]
    public void Entries_scales_and_offsets_follow_the_rule(int codebooks, int leaves, int outputs)
    {
        Random random = new(outputs);
        float[] tables = [.. Enumerable.Range(0, codebooks * leaves * outputs).Select(_ => (float)((random.NextDouble() * 20) - 7))];
        LookupTables quantized = TableQuantizer.Quantize(tables, codebooks, leaves, outputs, null, squaredError: 0);
        for (int m = 0; m < outputs; m++)
        {
            float[][] own = [.. Enumerable.Range(0, codebooks).Select(c => Enumerable.Range(0, leaves).Select(k => tables[(((m * codebooks) + c) * leaves) + k]).ToArray())];
            float scale = (float)(own.Max(t => (double)t.Max() - t.Min()) / 255);
            quantized.Scales[m].Should().Be(scale);
            quantized.Offsets[m].Should().Be((float)own.Sum(t => (double)t.Min()));
            for (int c = 0; c < codebooks; c++)
            {
                for (int k = 0; k < leaves; k++)
                {
                    double exact = ((double)own[c][k] - own[c].Min()) / scale;
                    Math.Abs(quantized.Entries[(((m * codebooks) + c) * leaves) + k] - exact).Should().BeLessThanOrEqualTo(0.5001);
                }
            }

            quantized.Entries.AsSpan(m * codebooks * leaves, codebooks * leaves).ToArray().Max().Should().Be(255);
        }
    }

    /// <summary>Ranges r: with 4 + 1 codebooks the sum of the first four / 253 or the last one / 255 is the step, the larger one.</summary>
    [Theory]
    [InlineData(1, 1, 1, 1, 1, 4.0 / 253)]
    [InlineData(3, 0.5f, 0.25f, 0.25f, 2, 4.0 / 253)]
    [InlineData(1, 1, 1, 1, 8, 8.0 / 255)]
    [InlineData(0, 0, 0, 0, 0, 0)]
    public void Sums_of_four_fit_a_byte_where_that_adds_little_to_the_error(float range0, float range1, float range2, float range3, float range4, double scale)
    {
        float[] ranges = [range0, range1, range2, range3, range4];
        Random random = new(3);
        float[] tables = [.. ranges.SelectMany(range => Enumerable.Range(0, 16).Select(k => (range * (k < 2 ? k : random.NextSingle())) - 1))];
        LookupTables quantized = TableQuantizer.Quantize(tables, 5, 16, 1, null, 1);
        quantized.FoursFit.Should().BeTrue();
        quantized.Scales[0].Should().Be((float)scale);
        int[] largest = [.. Enumerable.Range(0, 5).Select(c => quantized.Entries.AsSpan(c * 16, 16).ToArray().Max(e => (int)e))];
        largest[..4].Sum().Should().BeLessThanOrEqualTo(255);
        for (int i = 0; i < tables.Length; i++)
        {
            Math.Abs((quantized.Entries[i] * quantized.Scales[0]) - 1 - tables[i]).Should().BeLessThanOrEqualTo((float)(scale * 0.5001) + 1e-6f);
        }
    }

    [Fact]
    public void Sums_of_four_exceed_a_byte_where_rounding_would_add_more_than_a_fiftieth_of_the_error()
    {
        Random random = new(4);
        float[] tables = [.. Enumerable.Range(0, 8 * 16).Select(i => i % 16 < 2 ? i % 16 : random.NextSingle())];

        // Eight tables rounded to steps of 4/253 in place of 1/255.
        double added = 8 / 12.0 * ((16.0 / (253 * 253)) - (1.0 / (255 * 255)));
        TableQuantizer.Quantize(tables, 8, 16, 1, null, 50.1 * added).FoursFit.Should().BeTrue();
        LookupTables precise = TableQuantizer.Quantize(tables, 8, 16, 1, null, 49.9 * added);
        precise.FoursFit.Should().BeFalse();
        precise.Scales[0].Should().Be(1f / 255);
        TableQuantizer.Quantize(tables, 8, 16, 1, null).FoursFit.Should().BeTrue("an error of 2.5 % is assumed");
        TableQuantizer.Quantize(tables.AsSpan(0, 48), 3, 16, 1, null, 1).FoursFit.Should().BeFalse("there are not four");
    }

    [Fact]
    public void Sums_of_four_fit_bytes_whatever_the_ranges()
    {
        Random random = new(5);
        for (int trial = 0; trial < 2000; trial++)
        {
            double magnitude = Math.Pow(10, (random.NextDouble() * 67) - 33);
            double[] lows = [.. Enumerable.Range(0, 9).Select(_ => magnitude * (random.NextDouble() - 0.5) * random.Next(1, 100))];
            double[] ranges = [.. Enumerable.Range(0, 9).Select(_ => magnitude * Math.Pow(random.NextDouble(), random.Next(1, 5)))];
            float[] tables = [.. Enumerable.Range(0, 9 * 16).Select(i => (float)(lows[i / 16] + (ranges[i / 16] * (i % 16 == 0 ? 1 : random.NextDouble()))))];
            LookupTables quantized = TableQuantizer.Quantize(tables, 9, 16, 1, null, double.MaxValue);
            bool looked = new LookupTables(9, 16, 1, quantized.Entries, quantized.Scales, quantized.Offsets, null).FoursFit;
            looked.Should().BeTrue("ranges are {0}", string.Join(' ', ranges));
            quantized.FoursFit.Should().BeTrue();
        }
    }

    /// <summary>All sums of the exact tables are finite, and so are those rounded by the widest range.</summary>
    [Fact]
    public void Sums_of_four_that_rounding_would_make_infinite_are_not_taken()
    {
        float[] highs = [8.387507045e37f, 8.647720726e37f, 8.395771113e37f, 8.597234766e37f];
        float[] tables = [.. highs.SelectMany(high => Enumerable.Range(0, 16).Select(k => k % 2 == 0 ? 8.05320882e37f : high))];
        LookupTables quantized = TableQuantizer.Quantize(tables, 4, 16, 1, null);
        quantized.FoursFit.Should().BeFalse();
        float largest = Enumerable.Range(0, 4).Sum(c => quantized.Entries.AsSpan(c * 16, 16).ToArray().Max(e => (int)e)) * quantized.Scales[0];
        float.IsFinite(largest + quantized.Offsets[0]).Should().BeTrue();
    }

    /// <summary>The sum itself is far from what float32 holds; with the bias, which is the largest there is room for, half a step of fours is too much.</summary>
    [Fact]
    public void Sums_of_four_that_rounding_would_make_infinite_with_the_bias_are_not_taken()
    {
        float[] tables = [.. Enumerable.Range(0, 4 * 16).Select(i => i % 16 * 1e36f)];
        float[] bias = [float.MaxValue - (60 * 1e36f)];
        TableQuantizer.Quantize(tables, 4, 16, 1, null).FoursFit.Should().BeTrue();
        TableQuantizer.Quantize(tables, 4, 16, 1, [0.9f * bias[0]]).FoursFit.Should().BeTrue();
        TableQuantizer.Quantize(tables, 4, 16, 1, bias).FoursFit.Should().BeFalse();
    }

    /// <summary>Half of a subnormal step may be lost to rounding: sums of four would exceed a byte.</summary>
    [Fact]
    public void Subnormal_scales_are_not_for_sums_of_four()
    {
        float[] tables = [.. Enumerable.Range(0, 4 * 16).Select(i => i % 16 * 1e-42f)];
        TableQuantizer.Quantize(tables, 4, 16, 1, null, 1).FoursFit.Should().BeFalse();
        TableQuantizer.Quantize([.. tables.Select(t => t * 1e30f)], 4, 16, 1, null, 1).FoursFit.Should().BeTrue();
    }

    [Fact]
    public void Constant_tables_have_scale_zero()
    {
        LookupTables quantized = TableQuantizer.Quantize([.. Enumerable.Repeat(3f, 2 * 16 * 20)], 2, 16, 20, null);
        quantized.Scales.Should().OnlyContain(s => s == 0);
        quantized.Offsets.Should().OnlyContain(o => o == 6);
        quantized.Entries.Should().OnlyContain(e => e == 0);
    }

    [Theory]
    [InlineData(2e38f, -2e38f, 1)]
    [InlineData(3e38f, 3e38f, 2)]
    [InlineData(float.PositiveInfinity, 0f, 1)]
    [InlineData(float.NaN, 0f, 1)]
    public void What_float32_cannot_hold_is_refused(float even, float odd, int codebooks)
    {
        float[] tables = [.. Enumerable.Range(0, codebooks * 16).Select(k => k % 2 == 0 ? even : odd)];
        Action act = () => TableQuantizer.Quantize(tables, codebooks, 16, 1, null);
        act.Should().Throw<ArgumentException>().WithMessage("*Output 0*'b'*float32*");
    }

    [Theory]
    [InlineData(1e38f, 3e38f)]
    [InlineData(-1e38f, -3e38f)]
    public void What_the_bias_makes_too_large_is_named_with_its_range(float entry, float bias)
    {
        // Of the output before it, all is well.
        float[] tables = [.. Enumerable.Range(0, 32).Select(i => i < 16 ? 1 : i == 20 ? 0 : entry)];
        double[] ends = [bias, (double)entry + bias];
        Action act = () => TableQuantizer.Quantize(tables, 1, 16, 2, [3e38f, bias]);
        act.Should().Throw<ArgumentException>().WithMessage($"Output 1 of the product with 'b' could range from {ends.Min()} to {ends.Max()}; expected *");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Entries_that_are_not_finite_are_refused_wherever_they_stand(float entry)
    {
        foreach ((int outputs, int output) in (ReadOnlySpan<(int, int)>)[(1, 0), (9, 0), (9, 8)])
        {
            foreach ((int leaves, int place) in (ReadOnlySpan<(int, int)>)[(16, 0), (16, 1), (16, 15), (16, 16), (16, 31), (64, 0), (64, 63), (32, 40), (64, 64 + 17)])
            {
                float[] tables = new float[2 * leaves * outputs];
                tables[(2 * leaves * output) + place] = entry;
                Action act = () => TableQuantizer.Quantize(tables, 2, leaves, outputs, null);
                act.Should().Throw<ArgumentException>().WithMessage($"Output {output} of the product with 'b' leaves the range of float32; expected *");
            }
        }
    }

    [Fact]
    public void Of_two_outputs_that_are_refused_the_first_one_is_named()
    {
        float[] tables = new float[4 * 16];
        tables[(1 * 16) + 3] = float.NaN;
        tables[(2 * 16) + 5] = float.PositiveInfinity;
        Action act = () => TableQuantizer.Quantize(tables, 1, 16, 4, null);
        act.Should().Throw<ArgumentException>().WithMessage("Output 1 of the product with 'b' *");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Zeros_of_both_signs_give_plain_zeros(int negative)
    {
        // A scale of −0 would keep kernels from their shortcuts.
        LookupTables quantized = TableQuantizer.Quantize([.. Enumerable.Range(0, 3 * 32).Select(i => i % 2 == negative ? -0f : 0f)], 3, 32, 1, null);
        BitConverter.SingleToUInt32Bits(quantized.Scales[0]).Should().Be(0);
        BitConverter.SingleToUInt32Bits(quantized.Offsets[0]).Should().Be(0);
        quantized.Entries.Should().OnlyContain(e => e == 0);
    }

    [Theory]
    [InlineData(float.NegativeInfinity)]
    [InlineData(float.PositiveInfinity)]
    public void Infinite_tables_are_named_without_a_range(float entry)
    {
        Action act = () => TableQuantizer.Quantize([0, entry, .. new float[14]], 1, 16, 1, null);
        act.Should().Throw<ArgumentException>().WithMessage("Output 0 of the product with 'b' leaves the range of float32; expected *");
    }

    [Fact]
    public void Sums_of_steps_that_float32_cannot_hold_are_refused_though_their_outputs_are_held()
    {
        // One table of four spans 2e38, and the steps of all could add up to 8e38.
        Action act = () => TableQuantizer.Quantize([2e38f, .. new float[63]], 4, 16, 1, null);
        act.Should().Throw<ArgumentException>().WithMessage("Output 0 of the product with 'b' is a sum of steps, which could come to 7.99999*E+38 were all its tables as wide as the widest; expected *");
    }

    [Theory]
    [InlineData(-1.75e38f, -1.65e38f, 1e38f)]
    [InlineData(1.65e38f, 1.75e38f, -1e38f)]
    public void Tables_beyond_float32_are_refused_though_the_bias_brings_them_back(float low, float high, float bias)
    {
        // Of both tables one end adds up to 3.5e38, the other to 3.3e38.
        Action act = () => TableQuantizer.Quantize([.. Enumerable.Range(0, 32).Select(k => k % 2 == 0 ? low : high)], 2, 16, 1, [bias]);
        act.Should().Throw<ArgumentException>().WithMessage($"Output 0 of the product with 'b' could range from {2.0 * low} to {2.0 * high} before its bias is added; expected *");
    }

    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(64)]
    public void Steps_are_rounded_to_the_nearest_and_ties_to_the_even(int leaves)
    {
        // Values of n/2 steps, sixteen leaves at once.
        LookupTables quantized = TableQuantizer.Quantize([.. Enumerable.Range(0, 3 * leaves).Select(i => i % 16 is 15 ? 255 : i % 16 / 2f)], 1, leaves, 3, null);
        for (int m = 0; m < 3; m++)
        {
            quantized.Scales[m].Should().Be(1);
            foreach (byte[] steps in quantized.Entries.AsSpan(leaves * m, leaves).ToArray().Chunk(16))
            {
                steps.Should().Equal(0, 0, 1, 2, 2, 2, 3, 4, 4, 4, 5, 6, 6, 6, 7, 255);
            }
        }
    }
}
