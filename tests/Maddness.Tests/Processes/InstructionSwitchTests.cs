using Maddness.Tests.Child;

namespace Maddness.Tests.Processes;

/// <summary>
/// The runtime's switches, which hold for a whole process: each must really have taken, the levels must follow, and every model, code and product must be the same bits
/// as in this process.
/// </summary>
public class InstructionSwitchTests
{
    private static readonly Dictionary<string, string> Here = Results.Hashes().ToDictionary(r => r.Name, r => r.Hash);

    [Fact]
    public void Without_a_switch_the_child_is_like_this_process() => Check([], Instructions.Supported, null);

    [NeedsFact("avx512vbmi")]
    public void Without_vbmi() => Check([("DOTNET_EnableAVX512v2", "0")], ["sse2", "sse42", "avx2", "avx512", "vector128"], KernelLevel.Avx512);

    [NeedsFact("avx512")]
    public void Without_avx512() => Check([("DOTNET_EnableAVX512", "0")], ["sse2", "sse42", "avx2", "vector128"], KernelLevel.Avx2);

    [NeedsFact("avx2")]
    public void Without_avx2() => Check([("DOTNET_EnableAVX2", "0")], ["sse2", "sse42", "vector128"], KernelLevel.Vector128);

    [NeedsFact("sse42")]
    public void Without_sse42() => Check([("DOTNET_EnableSSE42", "0")], ["sse2", "vector128"], KernelLevel.Scalar);

    [NeedsFact("vector128")]
    public void Without_any_vector_instructions() => Check([("DOTNET_EnableHWIntrinsic", "0")], [], KernelLevel.Scalar);

    [Fact]
    public void Hashes_tell_results_apart()
    {
        // Different problems have different hashes, and the list is as long as it should be.
        Here.Should().HaveCountGreaterThan(400);
        Here.Where(r => !r.Key.Contains("1 x 1", StringComparison.Ordinal)).Select(r => r.Value).Distinct().Should().HaveCountGreaterThan(300);
    }

    private static void Check((string Name, string Value)[] switches, IReadOnlyList<string> instructions, KernelLevel? best)
    {
        Dictionary<string, string> child = ChildProcess.Report(switches);
        child["instructions"].Should().Be(string.Join(' ', instructions), "the switch must have taken");
        IEnumerable<KernelLevel> levels = best switch
        {
            null => KernelSelection.Available,

            // Without a byte shuffle, vectors are emulated: the portable level is there, behind plain code.
            KernelLevel.Scalar => [KernelLevel.Vector128, KernelLevel.Scalar],
            _ => KernelSelection.Available.Where(level => level <= best),
        };
        child["available"].Should().Be(string.Join(' ', levels.Select(KernelSelection.NameOf)));
        child["current"].Should().Be(KernelSelection.NameOf(best ?? KernelSelection.Best));
        SameResults(child);
    }

    internal static void SameResults(Dictionary<string, string> child)
    {
        string[] different = [.. Here.Where(r => child.GetValueOrDefault(r.Key) != r.Value).Select(r => r.Key)];
        different.Should().BeEmpty("all results are the same bits everywhere");
        child.Should().HaveCount(Here.Count + 3);
    }
}
