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
        LookupTables quantized = TableQuantizer.Quantize(tables, codebooks, leaves, outputs, null);
        for (int m = 0; m < outputs; m++)
        {
            float[][] own = [.. Enumerable.Range(0, codebooks).Select(c => Enumerable.Range(0, leaves).Select(k => tables[(((c * leaves) + k) * outputs) + m]).ToArray())];
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
}
