using Maddness.Stress;
using Maddness.Tests.Processes;

namespace Maddness.Tests.Stress;

/// <summary>The short form of the soak, in a process of its own, whose memory no other test uses. Half an hour: dotnet run -c Release --project tests/Maddness.Stress -- soak.</summary>
public class SoakTests
{
    [Fact]
    public void Callers_swaps_and_cancellations_together_give_the_right_bits_in_flat_memory()
    {
        (int exitCode, string output, string errors) = ChildProcess.Run(typeof(Soak).Assembly, ["soak", "--seconds", "6"]);
        exitCode.Should().Be(0, "the child wrote: {0}", errors);
        output.Should().Contain("calls with the right bits").And.Contain("swaps of the model");
    }
}
