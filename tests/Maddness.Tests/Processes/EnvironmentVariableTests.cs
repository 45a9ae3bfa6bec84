namespace Maddness.Tests.Processes;

/// <summary>MADDNESS_KERNEL, which is read once in a process.</summary>
public class EnvironmentVariableTests
{
    public static TheoryData<KernelLevel> Levels => [.. KernelSelection.Available];

    [Theory]
    [MemberData(nameof(Levels))]
    public void A_named_level_is_used_and_gives_the_same_bits(KernelLevel level)
    {
        string name = KernelSelection.NameOf(level);
        Dictionary<string, string> child = ChildProcess.Report((KernelSelection.EnvironmentVariable, name));
        child["current"].Should().Be(name);
        child["available"].Should().Be(string.Join(' ', KernelSelection.Available.Select(KernelSelection.NameOf)), "forcing a level hides none");
        InstructionSwitchTests.SameResults(child);
    }

    [Fact]
    public void Case_does_not_matter_and_an_empty_value_is_none()
    {
        ChildProcess.Report((KernelSelection.EnvironmentVariable, "SCALAR"))["current"].Should().Be("scalar");
        ChildProcess.Report((KernelSelection.EnvironmentVariable, string.Empty))["current"].Should().Be(KernelSelection.NameOf(KernelSelection.Best));
    }

    [Theory]
    [InlineData("fastest")]
    [InlineData("avx")]
    [InlineData("2")]
    [InlineData(" scalar")]
    public void An_unknown_name_throws_and_lists_what_there_is(string name) => Refused(name, string.Join(", ", KernelSelection.Available.Select(KernelSelection.NameOf)));

    [Fact]
    public void An_unavailable_level_throws_and_lists_what_there_is() =>
        Refused("avx512vbmi", "vector128, scalar.", ("DOTNET_EnableHWIntrinsic", "0"));

    private static void Refused(string name, string available, params (string Name, string Value)[] more)
    {
        (int exitCode, string _, string errors) = ChildProcess.Run([(KernelSelection.EnvironmentVariable, name), .. more]);
        exitCode.Should().NotBe(0);
        errors.Should().Contain("System.InvalidOperationException").And.Contain($"MADDNESS_KERNEL is '{name}'").And.Contain("Available: " + available);
    }
}
