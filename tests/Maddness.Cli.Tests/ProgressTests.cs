using Maddness.Cli.Commands;
using Maddness.Cli.Formats;
using Maddness.Cli.Output;
using Maddness.Cli.Tests.Support;

namespace Maddness.Cli.Tests;

/// <summary>How far the work says it is.</summary>
public class ProgressTests(Problem problem) : IClassFixture<Problem>
{
    [Fact]
    public void The_bench_tells_how_far_it_is()
    {
        ProgressState state = new();
        BenchCommand.Measure<float>(MaddnessMatmul.Load(problem.Model), Weights(), 300, state, CancellationToken.None);
        (state.Text, state.Fraction).Should().Be(("Timing", 1.0));
    }

    [Fact]
    public void An_evaluation_tells_how_far_its_timing_is()
    {
        ProgressState state = new();
        MaddnessMatmul model = MaddnessMatmul.Load(problem.Model);
        using MatrixSource source = RowMatrix.OpenInput(problem.HeldOut, model, problem.Model);
        (ApproximationReport accuracy, SpeedReport speed) = EvaluateCommand.Evaluate<float>(model, source, Weights(), null, state, CancellationToken.None);
        (state.Text, state.Fraction).Should().Be(("Timing", 1.0));
        (accuracy.Rows, speed.Rows).Should().Be((Problem.HeldOutRows, Problem.HeldOutRows));
    }

    [Fact]
    public void A_plan_advances_within_a_candidate()
    {
        ProgressState state = new();
        PlanningFraction fraction = new(state);
        PlanningProgress third = new(Completed: 2, Expected: 9, Codebooks: 8, Leaves: 16, Objective.Auto, Training: null);
        fraction.Report(third with { Codebooks = 1 });
        state.Text.Should().Be("Candidate 3 of about 9: 1 codebook of 16 leaves");
        fraction.Report(third);
        state.Text.Should().Be("Candidate 3 of about 9: 8 codebooks of 16 leaves");
        double last = state.Fraction;
        last.Should().BeApproximately(0.2, 1e-9);
        for (int completed = 1; completed <= 8; completed++)
        {
            fraction.Report(third with { Training = new TrainingProgress(TrainingStage.LearningTrees, completed, 8) });
            state.Fraction.Should().BeGreaterThan(last).And.BeLessThan(0.3);
            last = state.Fraction;
        }

        fraction.Report(third with { Completed = 9 });
        (state.Text, state.Fraction).Should().Be(("Timing 9 candidates side by side", 0.9));
    }

    private WeightMatrix Weights() => WeightMatrix.Read(problem.Weights, isTransposed: false, null, Problem.Inputs, "the model has as many inputs");
}
