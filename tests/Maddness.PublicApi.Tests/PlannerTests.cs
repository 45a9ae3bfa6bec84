using System.Numerics.Tensors;
using Maddness.PublicApi.Tests.Support;

namespace Maddness.PublicApi.Tests;

/// <summary>Plans: what is chosen, what is said, what is refused.</summary>
public class PlannerTests
{
    private const int Rows = 1_010;
    private const int HeldOutRows = 301;
    private const int Inputs = 48;
    private const int Outputs = 160;

    private static readonly float[] A = Data.Rows(41, Rows, Inputs);
    private static readonly float[] HeldOut = Data.Rows(43, HeldOutRows, Inputs);
    private static readonly float[] B = Data.Uniform(45, Inputs * Outputs);

    [Fact]
    public void The_fastest_within_the_budget_is_chosen_and_measured_on_other_rows()
    {
        PlanningOptions options = new() { MaxError = 0.1, Seed = 3, MaxTrainingRows = 1_000 };
        Progress progress = new();
        MaddnessPlan plan = MaddnessPlanner.Plan<float>(A, Rows, Inputs, B, Outputs, HeldOut, HeldOutRows, options, progress: progress);

        // 48 x 160 multiply-adds a row against a few look-ups per output: approximate wins on any CPU.
        plan.Recommendation.Should().Be(PlanRecommendation.Approximate, plan.Reason);
        (plan.ChoosingRows, plan.ConfirmingRows).Should().Be((150, 151));
        plan.Chosen!.Accuracy.Rows.Should().Be(151);
        plan.Chosen.Accuracy.NormalizedMeanSquaredError.Should().BeLessThanOrEqualTo(0.1);
        plan.Chosen.MeetsBudget.Should().BeTrue();
        plan.Candidates.Should().OnlyContain(c => c.Accuracy.Rows == 150 && c.MeetsBudget == c.Accuracy.NormalizedMeanSquaredError <= 0.1);
        plan.Candidates.Select(c => c.Options).Should().OnlyHaveUniqueItems().And.OnlyContain(o => o.Seed == 3 && o.MaxTrainingRows == 1_000 && o.MaxDegreeOfParallelism == 1);
        PlanCandidate first = plan.Candidates.Where(c => c.MeetsBudget && c.IsConfirmed != false).MinBy(c => c.Speed.NanosecondsPerRowApproximate)!;
        plan.Candidates[plan.ChosenIndex!.Value].Should().BeSameAs(first);
        plan.Chosen.Options.Should().Be(first.Options);
        progress.Reports.SkipLast(1).Should().OnlyContain(r => r.Completed < r.Expected);
        progress.Reports.Where(r => r.Training is null).Select(r => r.Completed).Should().Equal(Enumerable.Range(0, plan.Candidates.Count + 1));
        progress.Reports[^1].Expected.Should().Be(plan.Candidates.Count, "all are learned when they are timed side by side");
        progress.Reports.Where(r => r.Training is not null).Select(r => r.Completed).Distinct().Should().Equal(Enumerable.Range(0, plan.Candidates.Count), "every training tells how far it is");

        // The product is what its options learn, and the two halves are all held-out rows.
        MaddnessMatmul again = MaddnessTrainer.Train(A, Rows, Inputs, B, Outputs, options: plan.Chosen.Options);
        Data.Saved(again.Save).Should().Equal(Data.Saved(plan.Product!.Save));
        double squares = SquaredError(first.Accuracy) + SquaredError(plan.Chosen.Accuracy);
        squares.Should().BeApproximately(SquaredError(again.Evaluate(HeldOut, HeldOutRows, B)), 1e-9 * squares);
    }

    [Fact]
    public void Where_exact_is_faster_it_is_recommended()
    {
        // Two inputs, one output.
        MaddnessPlan plan = MaddnessPlanner.Plan<float>(A.AsSpan(0, 400), 200, 2, B.AsSpan(0, 2), 1, HeldOut.AsSpan(0, 200), 100, new PlanningOptions { MaxError = 0.5 });
        plan.Recommendation.Should().Be(PlanRecommendation.Exact);
        (plan.Chosen, plan.Product, plan.ChosenIndex).Should().Be((null, null, null));
        plan.Candidates.Should().NotBeEmpty();
        plan.Reason.Should().Contain("exact product");
    }

    [Fact]
    public void A_budget_that_nothing_keeps_to_is_not_kept_to()
    {
        float[] noise = Data.Uniform(51, 400 * 16), held = Data.Uniform(52, 200 * 16);
        MaddnessPlan plan = MaddnessPlanner.Plan<float>(noise, 400, 16, B.AsSpan(0, 64), 4, held, 200, new PlanningOptions { MinAgreement = 1 });
        plan.Recommendation.Should().Be(PlanRecommendation.Exact);
        plan.Candidates.Should().OnlyContain(c => !c.MeetsBudget && c.IsConfirmed == null);
    }

    [Fact]
    public void No_more_codebooks_than_inputs_are_tried()
    {
        float[] noise = Data.Uniform(51, 400), held = Data.Uniform(52, 200);
        MaddnessPlan plan = MaddnessPlanner.Plan<float>(noise, 400, 1, B.AsSpan(0, 64), 64, held, 200, new PlanningOptions { MaxError = 1e-9 });
        plan.Candidates.Should().NotBeEmpty().And.OnlyContain(c => c.Options.Codebooks == 1);
    }

    [Fact]
    public void Trees_that_read_few_cache_lines_are_tried_where_rows_have_many()
    {
        // Eight lines: half of them are few.
        const int Wide = 128;
        MaddnessPlan plan = MaddnessPlanner.Plan<float>(
            Data.Rows(41, Rows, Wide), Rows, Wide, Data.Uniform(45, Wide * 8), 8, Data.Rows(43, 100, Wide), 100, new PlanningOptions { MaxError = 0.9 });
        plan.Candidates[0].MeetsBudget.Should().BeTrue("the case must be one of a budget that is met");
        plan.Candidates.Select(c => c.Options.MaxCacheLines).Distinct().Should().Equal(null, 4);
    }

    [Fact]
    public void A_budget_of_an_error_that_is_undefined_takes_one_candidate_to_refuse()
    {
        MaddnessPlan plan = MaddnessPlanner.Plan<float>(A, Rows, Inputs, new float[Inputs * Outputs], Outputs, Data.Rows(3, HeldOutRows, Inputs), HeldOutRows, new PlanningOptions { MaxError = 0.1 });
        plan.Recommendation.Should().Be(PlanRecommendation.Exact);
        plan.Reason.Should().Contain("undefined");
        plan.Candidates.Should().ContainSingle();
    }

    [Fact]
    public void Outputs_of_unlike_means_may_be_planned_for_by_their_own_errors()
    {
        // A constant that is large beside what the inputs vary by, as a zero point is: the outputs differ more from each other than from row to row.
        float[] a = Array.ConvertAll(A, v => v + 100), held = Array.ConvertAll(HeldOut, v => v + 100);
        MaddnessPlan plan = MaddnessPlanner.Plan<float>(a, Rows, Inputs, B, Outputs, held, HeldOutRows, new PlanningOptions { MaxOutputError = 0.1 });
        plan.Candidates.Should().OnlyContain(c => c.MeetsBudget == c.Accuracy.MeanOutputError <= 0.1)
            .And.Contain(c => !c.MeetsBudget && c.Accuracy.NormalizedMeanSquaredError < 0.1, "the error of all outputs hides that of each");
        plan.Candidates[0].Options.NormalizeOutputs.Should().BeTrue();
        plan.Candidates.Should().Contain(c => !c.Options.NormalizeOutputs, "outputs as they are may do with fewer codebooks");
        plan.Chosen!.Accuracy.MeanOutputError.Should().BeLessThanOrEqualTo(0.1);
        plan.Reason.Should().Contain("within a mean output error of 0.1");

        // Rows that are all alike: outputs that differ, and do not vary.
        float[] alike = [.. Enumerable.Repeat(a[..Inputs], HeldOutRows).SelectMany(row => row)];
        plan = MaddnessPlanner.Plan<float>(a, Rows, Inputs, B, Outputs, alike, HeldOutRows, new PlanningOptions { MaxOutputError = 0.1 });
        (plan.Recommendation, plan.Candidates.Count).Should().Be((PlanRecommendation.Exact, 1));
        plan.Reason.Should().Contain("undefined");
    }

    [Fact]
    public void Integers_labels_and_a_bias_are_planned_for()
    {
        short[] a = Data.Integers<short>(41, Rows, Inputs), held = Data.Integers<short>(43, HeldOutRows, Inputs);
        MaddnessPlan plan = MaddnessPlanner.Plan<short>(
            a, Rows, Inputs, B, Outputs, held, HeldOutRows, new PlanningOptions { MinAgreement = 0.2, MaxCodebooks = 4 }, Data.Uniform(47, Outputs), new int[HeldOutRows]);
        plan.Candidates.Should().OnlyContain(c => c.Options.Codebooks <= 4 && c.Accuracy.Top1Exact != null);
        plan.Candidates[0].MeetsBudget.Should().BeTrue("the case must be one of a budget that is met");
        plan.Candidates.Should().Contain(c => c.Options.Classifier, "tables for the arg-max are tried where it is the budget");

        // As above: approximate wins on any CPU.
        plan.Recommendation.Should().Be(PlanRecommendation.Approximate, plan.Reason);
        plan.Product.Should().Match<MaddnessMatmul>(product => product.ElementType == ElementType.Int16 && product.HasBias);
    }

    [Fact]
    public void What_cannot_be_planned_is_refused()
    {
        PlanningOptions options = new() { MaxError = 0.1 };
        Refusal.Of<ArgumentNullException>(() => Plan(null!), "options");
        Refusal.Of<ArgumentNullException>(() => MaddnessPlanner.Plan<float>(A, 7, Inputs, B, Outputs, HeldOut, HeldOutRows, null!), "options");
        Refusal.Of<NotSupportedException>(() => MaddnessPlanner.Plan<double>([1], 7, Inputs, B, Outputs, [], HeldOutRows, options), null, "Double");
        Refusal.Of(() => Plan(new PlanningOptions()), "options", "none of MaxError, MaxOutputError and MinAgreement");
        Refusal.Of<ArgumentOutOfRangeException>(() => Plan(new PlanningOptions { MaxError = 0 }), "MaxError", "is 0", "above 0");
        Refusal.Of<ArgumentOutOfRangeException>(() => Plan(new PlanningOptions { MaxError = double.NaN }), "MaxError", "NaN");
        Refusal.Of<ArgumentOutOfRangeException>(() => Plan(new PlanningOptions { MaxOutputError = -1 }), "MaxOutputError", "is -1", "above 0");
        Refusal.Of<ArgumentOutOfRangeException>(() => Plan(options with { MaxOutputError = double.PositiveInfinity }), "MaxOutputError", "finite");
        Refusal.Of<ArgumentOutOfRangeException>(() => Plan(new PlanningOptions { MinAgreement = 1.1 }), "MinAgreement", "1.1");
        Refusal.Of<ArgumentOutOfRangeException>(() => Plan(options with { MaxCodebooks = 0 }), "MaxCodebooks", "1 to 1024");
        Refusal.Of<ArgumentOutOfRangeException>(() => Plan(options with { MaxTrainingRows = 0 }), "MaxTrainingRows", "at least 1");
        Refusal.Of<ArgumentOutOfRangeException>(() => Plan(options with { MaxDegreeOfParallelism = 0 }), "MaxDegreeOfParallelism", "at least 1");
        Refusal.Of(() => MaddnessPlanner.Plan<float>([], 0, Inputs, B, Outputs, HeldOut, HeldOutRows, options), "a", "0 x 48");
        Refusal.Of(() => MaddnessPlanner.Plan<float>(A, Rows, Inputs, B, Outputs, HeldOut.AsSpan(0, Inputs), 1, options), "heldOut", "1 rows", "at least 2");
        Refusal.Of(() => MaddnessPlanner.Plan<float>(A, Rows, Inputs, B, 3, HeldOut, HeldOutRows, options), "b", "expected 48 x 3");
        Refusal.Of(() => MaddnessPlanner.Plan<float>(A, Rows, Inputs, B, Outputs, HeldOut, HeldOutRows, options, new float[3]), "bias", "3 elements");
        Refusal.Of(() => MaddnessPlanner.Plan<float>(A, Rows, Inputs, B, Outputs, HeldOut, HeldOutRows, options, default, new int[3]), "labels", "3 elements", "301");
        foreach (int label in (ReadOnlySpan<int>)[-1, Outputs])
        {
            int[] labels = new int[HeldOutRows];
            labels[7] = label;
            Refusal.Of(() => MaddnessPlanner.Plan<float>(A, Rows, Inputs, B, Outputs, HeldOut, HeldOutRows, options, default, labels), "labels", $"holds {label} at 7", "expected 0 to 159");
        }

        Refusal.Of(() => MaddnessPlanner.Plan(Tensor(A, Rows, Inputs), Tensor(B, Outputs, Inputs), Tensor(HeldOut, HeldOutRows, Inputs), options), "b", "is 160 x 48", "expected 48 rows");
        Refusal.Of(() => MaddnessPlanner.Plan(Tensor(A, Rows, Inputs), Tensor(B, Inputs, Outputs), Tensor(HeldOut, 2 * HeldOutRows, Inputs / 2), options), "heldOut", "602 x 24", "48 columns");
        Refusal.Of(() => MaddnessPlanner.Plan(Tensor(A, Rows, Inputs), Tensor(B, Inputs, Outputs), Tensor(HeldOut, 1, HeldOut.Length), options), "heldOut", "1 x 14448", "48 columns");

        // Rows that all lie in the same place: matrices that no array holds.
        Refusal.Of(() => MaddnessPlanner.Plan(Large(), Tensor(B, Inputs, Outputs), Tensor(HeldOut, HeldOutRows, Inputs), options), "a", "50000000 x 48", "expected at most");
        Refusal.Of(() => MaddnessPlanner.Plan(Tensor(A, Rows, Inputs), Tensor(B, Inputs, Outputs), Large(), options), "heldOut", "50000000 x 48", "expected at most");
        Refusal.Of(() => MaddnessPlanner.Plan(Tensor(A, Rows, Inputs), new ReadOnlyTensorSpan<float>(B, [Inputs, 50_000_000], [1, 0]), Tensor(HeldOut, HeldOutRows, Inputs), options), "b", "48 x 50000000");
        float[] nan = [.. HeldOut];
        nan[5] = float.NaN;
        Refusal.Of(() => MaddnessPlanner.Plan<float>(A, Rows, Inputs, B, Outputs, nan, HeldOutRows, options), "heldOut", "NaN", "row 0, column 5");
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => MaddnessPlanner.Plan<float>(A, Rows, Inputs, B, Outputs, HeldOut, HeldOutRows, options, cancellationToken: cancelled.Token));
    }

    private static MaddnessPlan Plan(PlanningOptions options) => MaddnessPlanner.Plan<float>(A, Rows, Inputs, B, Outputs, HeldOut, HeldOutRows, options);

    private static ReadOnlyTensorSpan<float> Tensor(float[] values, int rows, int columns) => new(values, [rows, columns]);

    private static ReadOnlyTensorSpan<float> Large() => new(HeldOut, [50_000_000, Inputs], [0, 1]);

    private static double SquaredError(ApproximationReport report) => report.RootMeanSquaredError * report.RootMeanSquaredError * report.Rows * report.Outputs;

    private sealed class Progress : IProgress<PlanningProgress>
    {
        internal List<PlanningProgress> Reports { get; } = [];

        public void Report(PlanningProgress value) => Reports.Add(value);
    }
}
