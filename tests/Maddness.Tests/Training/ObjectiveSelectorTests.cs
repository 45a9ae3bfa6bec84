using Maddness.Training;

namespace Maddness.Tests.Training;

public class ObjectiveSelectorTests
{
    private static readonly LineBudget Few = new(8, 2), More = new(12, 2);

    [Fact]
    public void Few_columns_are_judged_by_more_rows() =>
        new[] { 1, 25, 100, 200, 400, 512, 10_000 }.Select(HeldOutTurns.TrialRowsFor).Should().Equal(20_000, 20_000, 20_000, 10_000, 5_000, 5_000, 5_000);

    [Fact]
    public void The_first_budget_that_will_do_is_taken_though_another_is_better() =>
        ObjectiveSelector.FirstWithin([Passes(null, 100), Passes(Few, 110), Passes(More, 90)], 1.25, 1.02)!.Budget.Should().Be(Few);

    [Fact]
    public void A_budget_is_held_to_the_least_error_of_all_strengths_and_candidates()
    {
        ObjectiveSelector.FirstWithin([Passes(null, 500, 100), Passes(Few, 130, 900), Passes(More, 900, 110)], 1.25, 1.02)!.Budget.Should().Be(More);
        ObjectiveSelector.FirstWithin([Passes(null, 100), Passes(Few, 126), Passes(More, 126)], 1.25, 1.02).Should().BeNull();
        ObjectiveSelector.FirstWithin([Passes(null, 100), Passes(Few, 101), Passes(More, 100)], 1, 1)!.Budget.Should().Be(More, "no more is allowed than the least");
    }

    [Fact]
    public void A_budget_is_held_to_other_methods_more_strictly()
    {
        ObjectiveSelector.Candidate ranges = new(OutputMethod.Ranges, null, [100]);
        ObjectiveSelector.FirstWithin([ranges, Passes(null, 98), Passes(Few, 103), Passes(More, 101)], 1.25, 1.02)!.Budget.Should().Be(More);
        ObjectiveSelector.FirstWithin([ranges with { Budget = Few }, Passes(null, 110)], 1.25, 1.02).Should().BeNull("these are no passes");
    }

    private static ObjectiveSelector.Candidate Passes(LineBudget? budget, params double[] errors) => new(OutputMethod.Passes, budget, errors);
}
