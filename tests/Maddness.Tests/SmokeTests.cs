namespace Maddness.Tests;

public class SmokeTests
{
    [Fact]
    public void Scalar_is_always_available() => KernelSelection.Available.Should().Contain(KernelLevel.Scalar);
}
