using Maddness.Planning;

namespace Maddness.Tests.Planning;

public class OutlookTests
{
    private static readonly PlanningOptions SmallError = new() { MaxError = 0.01 };

    [Fact]
    public void Errors_that_fall_as_powers_are_carried_on_as_powers()
    {
        // Half with each doubling, and at C = 200 as fast as the exact product: some doublings to go.
        Outlook.IsHopeless(Trials((8, 0.1, 0), (16, 0.05, 0)), 1024, SmallError, out int most).Should().BeFalse();
        most.Should().Be(0);

        // No more than 32 are allowed.
        Outlook.IsHopeless(Trials((8, 0.4, 0), (16, 0.32, 0)), 32, SmallError, out most).Should().BeTrue();
        most.Should().Be(0, "a line misses it, too");
    }

    [Fact]
    public void An_error_that_rises_is_not_carried_on_upwards()
    {
        // 2.5 times the budget. By a fourth more with each of 3.3 doublings it would be five times.
        Outlook.IsHopeless(Trials((8, 0.02, 0), (16, 0.025, 0)), 1024, SmallError, out _).Should().BeFalse();
    }

    [Fact]
    public void Noise_is_hopeless()
    {
        Outlook.IsHopeless(Trials((8, 0.96, 0), (16, 0.94, 0)), 1024, SmallError, out int most).Should().BeTrue();
        most.Should().Be(0);
        Outlook.IsHopeless(Trials((8, 0.96, 0), (16, 0.97, 0)), 1024, SmallError, out most).Should().BeTrue();
        most.Should().Be(0, "it does not fall at all");
    }

    [Fact]
    public void Where_a_line_falls_to_nothing_the_search_goes_on()
    {
        // Independent columns of two values: 1 − 4C / 128.
        Outlook.IsHopeless(Trials((8, 0.66, 0.3), (16, 0.49, 0.5)), 128, SmallError, out int most).Should().BeTrue();
        most.Should().Be(42, "a tenth more than where the line is at .01");
        Outlook.IsHopeless(Trials((8, 0.66, 0.3), (16, 0.49, 0.5)), 24, SmallError, out most).Should().BeTrue();
        most.Should().Be(0, "the line does not get there");
    }

    [Fact]
    public void All_budgets_must_be_in_reach()
    {
        PlanningOptions both = new() { MaxError = 0.9, MinAgreement = 0.99 };
        Outlook.IsHopeless(Trials((8, 0.66, 0.3), (16, 0.49, 0.3)), 128, both, out int most).Should().BeTrue();
        most.Should().Be(0, "the agreement does not grow");
        Outlook.IsHopeless(Trials((8, 0.66, 0.3), (16, 0.49, 0.5)), 128, both, out most).Should().BeTrue();
        most.Should().Be(39, "16 + 19.6 codebooks, and a tenth more, for the agreement");

        // Errors of single outputs that do not fall, beside one of all that is small enough.
        Trial[] trials = [Trial((2, 1, 0), 80, 0.96), Trial((4, 1, 0), 40, 0.96), Trial((8, 0.5, 0), 20, 0.96), Trial((16, 0.01, 0), 10, 0.96)];
        Outlook.IsHopeless(trials, 128, new() { MaxError = 0.9 }, out _).Should().BeFalse();
        Outlook.IsHopeless(trials, 128, new() { MaxError = 0.9, MaxOutputError = 0.01 }, out most).Should().BeTrue();
        most.Should().Be(0);
    }

    [Fact]
    public void Few_trials_say_nothing() =>
        Outlook.IsHopeless([.. Trials((8, 0.96, 0), (16, 0.95, 0)).Skip(1)], 1024, SmallError, out _).Should().BeFalse();

    /// <summary>Two others, then these: 20 times as fast as the exact product at C = 8, 10 times at 16, and so as fast at 160.</summary>
    private static Trial[] Trials((int Codebooks, double Error, double Agreement) before, (int Codebooks, double Error, double Agreement) last) =>
        [Trial((2, 1, 0), 80), Trial((4, 1, 0), 40), Trial(before, 20), Trial(last, 10)];

    private static Trial Trial((int Codebooks, double Error, double Agreement) figures, double speedup, params double[] outputErrors) =>
        new(new() { Codebooks = figures.Codebooks }, null!, Reports.Of(figures.Error, figures.Agreement, outputErrors), speedup, false);
}
