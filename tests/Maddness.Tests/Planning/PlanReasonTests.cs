using Maddness.Planning;

namespace Maddness.Tests.Planning;

public class PlanReasonTests
{
    private static readonly PlanningOptions Options = new() { MaxError = 0.05 };

    [Fact]
    public void The_speed_is_that_of_a_number_of_rows() =>
        PlanReason.Chosen(Candidate(0.04, [0.03, 0.05]), 0, Options).Should().Be(
            "4.00 times as fast as the exact product, by 4096 rows a call, within an error of 0.05: on held-out rows that did not choose it an error of 0.04.");

    [Fact]
    public void Errors_of_single_outputs_that_one_of_all_hides_are_told()
    {
        // The third output is a constant, of which there is nothing to explain.
        PlanReason.Chosen(Candidate(0.04, [0.3, 0.9, double.NaN]), 0, Options).Should().EndWith(" Single outputs are less exact, each beside its own variance: 0.6 in the mean, up to 0.9.");
        PlanReason.Chosen(Candidate(0.04, [0.07, 0.09]), 0, Options).Should().NotContain("Single outputs", "it is no more than twice as much");
        PlanReason.Chosen(Candidate(0.04, [double.NaN]), 0, Options).Should().NotContain("Single outputs");
        PlanReason.Chosen(Candidate(0.04, [0.3, 0.9]), 0, new() { MaxOutputError = 0.7 }).Should().EndWith(
            "within a mean output error of 0.7: on held-out rows that did not choose it a mean output error of 0.6.", "what was asked for is told once");
    }

    [Fact]
    public void An_error_that_is_undefined_is_the_reason_where_it_was_to_be_limited()
    {
        PlanCandidate equal = Candidate(double.NaN, [double.NaN]), constants = Candidate(0.1, [double.NaN, double.NaN]);
        PlanReason.NotMet([equal], Options, ended: false).Should().Be("The error is undefined, because all exact outputs of the held-out rows are equal.");
        PlanReason.NotMet([constants], new() { MaxOutputError = 0.05 }, ended: false).Should().Be("The errors of single outputs are undefined, because none of them varies over the held-out rows by as much as float32 resolves.");
        PlanReason.NotMet([constants], Options, ended: false).Should().StartWith("Nothing that is faster").And.EndWith("has an error of 0.1 at 4.0 times the speed.");
    }

    [Fact]
    public void The_closest_candidate_is_that_of_the_error_that_is_limited()
    {
        PlanCandidate[] candidates = [Candidate(0.1, [0.7, 0.5]), Candidate(0.2, [0.3, 0.5])];
        PlanReason.NotMet(candidates, Options, ended: false).Should().Contain("has an error of 0.1 at");
        PlanReason.NotMet(candidates, new() { MaxOutputError = 0.05, MinAgreement = 0.9 }, ended: false).Should()
            .Contain("keeps to a mean output error of 0.05 and an arg-max agreement of 90 %:").And.Contain("has a mean output error of 0.4 and the same arg-max in");
    }

    [Fact]
    public void No_candidate_that_is_faster_is_said_so() =>
        PlanReason.NotMet([Candidate(0.4, [0.4], exact: 99), Candidate(0.2, [0.2], exact: 50)], Options, ended: false)
            .Should().Be("No candidate is faster than the exact product; the fastest takes 1.01 times as long, and misses an error of 0.05.");

    [Fact]
    public void The_closest_candidate_is_told_from_one_of_its_size()
    {
        PlanningOptions options = new() { MinAgreement = 0.99 };
        PlanCandidate plain = Candidate(0.1, [0.1], agreement: 0.9), classifier = Candidate(0.2, [0.2], agreement: 0.95, isClassifier: true);
        PlanReason.NotMet([plain, classifier], options, ended: false).Should().Contain(" of 2 candidates, 4 codebooks of 16 leaves as a classifier, has the same arg-max in 95.00 % of the rows");
        PlanReason.NotMet([plain], options, ended: false).Should().Contain(" of 1 candidates, 4 codebooks of 16 leaves, has the same arg-max in 90.00 % of the rows");
    }

    [Theory]
    [InlineData(3.1, 4.25, "faster than anything that keeps to the budget: 3.1 ns a row against 4.2.")]
    [InlineData(3.1, 3.14, "faster than anything that keeps to the budget: 3.10 ns a row against 3.14.")]
    [InlineData(99.96, 100.2, "faster than anything that keeps to the budget: 100.0 ns a row against 100.2.")]
    [InlineData(1200.1, 1200.2, "faster than anything that keeps to the budget: 1200.1 ns a row against 1200.2.")]
    [InlineData(3.1, 3.1, "as fast as anything that keeps to the budget: 3.1 ns a row.")]
    [InlineData(double.NaN, 3.1, "as fast as anything that keeps to the budget: NaN ns a row.")]
    public void Times_that_are_compared_are_told_apart(double exact, double approximate, string words) =>
        PlanReason.Slower(new(4096, exact, approximate, KernelLevel.Scalar)).Should().Be($"The exact product is {words}");

    private static PlanCandidate Candidate(double error, double[] outputErrors, double exact = 400, double agreement = 0, bool isClassifier = false) => new()
    {
        Options = new() { Codebooks = 4, Classifier = isClassifier },
        Objective = Objective.Output,
        Accuracy = Reports.Of(error, agreement, outputErrors),
        Speed = new(4096, exact, 100, KernelLevel.Scalar),
        ModelBytes = 1,
        MeetsBudget = true,
    };
}
