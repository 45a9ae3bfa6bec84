using Maddness.Training;

namespace Maddness.Tests.Training;

public class ThresholdTests
{
    [Theory]
    [InlineData(1f, 2f, 1.5f)]
    [InlineData(-3f, 3f, 0f)]
    [InlineData(float.MinValue, float.MaxValue, 0f)]
    [InlineData(3e38f, 3.2e38f, 3.1e38f)]
    [InlineData(0f, float.Epsilon, 0f)]
    [InlineData(-float.Epsilon, 0f, -float.Epsilon)]
    public void Float_thresholds_are_midpoints(float lower, float upper, float expected) =>
        Threshold.Between(lower, upper, ElementType.Float32).Should().Be(expected);

    [Fact]
    public void Float_thresholds_never_reach_the_upper_value()
    {
        Random random = new(1);
        for (int i = 0; i < 20_000; i++)
        {
            float lower = BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
            if (!float.IsFinite(lower) || lower >= float.MaxValue)
            {
                continue;
            }

            float upper = MathF.BitIncrement(lower);
            float threshold = Threshold.Between(lower, upper, ElementType.Float32);
            (lower <= threshold && threshold < upper).Should().BeTrue("{0:R} and {1:R} gave {2:R}", lower, upper, threshold);
        }
    }

    [Theory]
    [InlineData(ElementType.Int16, -3, -2, -3)]
    [InlineData(ElementType.Int16, -32768, 32767, -1)]
    [InlineData(ElementType.Int8, -1, 0, -1)]
    [InlineData(ElementType.Int8, 2, 5, 3)]
    [InlineData(ElementType.UInt8, 254, 255, 254)]
    public void Integer_thresholds_are_rounded_down(ElementType type, float lower, float upper, float expected) =>
        Threshold.Between(lower, upper, type).Should().Be(expected);
}
