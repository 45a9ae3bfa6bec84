using System.Runtime.InteropServices;

namespace Maddness.Tests.Support;

/// <summary>Equality of floats by their bits.</summary>
internal static class Bits
{
    internal static void ShouldBe(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, string because)
    {
        ReadOnlySpan<uint> actualBits = MemoryMarshal.Cast<float, uint>(actual);
        ReadOnlySpan<uint> expectedBits = MemoryMarshal.Cast<float, uint>(expected);
        if (!actualBits.SequenceEqual(expectedBits))
        {
            int at = actualBits.CommonPrefixLength(expectedBits);
            at.Should().Be(expected.Length, $"{because}: element {at} is {(at < actual.Length ? actual[at] : 0):R}, expected {(at < expected.Length ? expected[at] : 0):R}");
            actual.Length.Should().Be(expected.Length, because);
        }
    }
}
