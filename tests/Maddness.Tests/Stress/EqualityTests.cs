using Maddness.Stress;
using Maddness.Tests.Processes;

namespace Maddness.Tests.Stress;

/// <summary>Random products, and golden files, in processes with all kinds of instructions. Each process compares its own levels and thread counts; their results are compared here.</summary>
public class EqualityTests
{
    private static readonly Lazy<string[]> Plain = new(() => Lines());

    public static TheoryData<string> Switches => ["DOTNET_EnableAVX512v2", "DOTNET_EnableAVX512", "DOTNET_EnableAVX2", "DOTNET_EnableSSE42", "DOTNET_EnableHWIntrinsic"];

    [Theory]
    [MemberData(nameof(Switches))]
    public void Random_products_are_the_same_bits_with_and_without_instructions(string name) => Lines((name, "0")).Should().Equal(Plain.Value);

    [Fact]
    public void Random_products_cover_what_they_should()
    {
        string[] lines = Plain.Value;
        lines.Should().HaveCount(100);
        lines.Select(line => line.Split(" = ")[^1]).Distinct().Should().HaveCountGreaterThan(90, "results differ from each other");
        foreach (string part in (string[])["float32", "int16", "int8", "uint8", "K = 16", "K = 32", "K = 64", "Exact", "Averaging", " 0 x ", "C = 1,"])
        {
            lines.Should().Contain(line => line.Contains(part, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Golden_files_are_read_and_give_their_bits() => CheckGolden();

    [Theory]
    [MemberData(nameof(Switches))]
    public void Golden_files_are_read_and_give_their_bits_without_instructions(string name) => CheckGolden((name, "0"));

    private static void CheckGolden(params (string Name, string Value)[] environment)
    {
        string folder = Path.Combine(Architecture.SourceFile.Root, "tests", "golden");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Golden.WriteTraining(Path.Combine(folder, "training"));
        }

        (int exitCode, string output, string errors) = ChildProcess.Run(typeof(Golden).Assembly, ["golden", "--folder", folder], environment);
        (exitCode, errors).Should().Be((0, string.Empty), "golden files are what was once written ({0}). If the learner changed on purpose, run this test with UPDATE_GOLDEN=1 and commit tests/golden/training", output);
    }

    private static string[] Lines(params (string Name, string Value)[] environment)
    {
        (int exitCode, string output, string errors) = ChildProcess.Run(typeof(RandomProduct).Assembly, ["equality", "--cases", "100", "--seed", "8"], environment);
        exitCode.Should().Be(0, "the child wrote: {0}", errors);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines[0].Should().StartWith("available = ");
        return lines[1..];
    }
}
