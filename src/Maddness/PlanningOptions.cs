using Maddness.Common;
using Maddness.Model;
using static System.FormattableString;

namespace Maddness;

/// <summary>What a plan must keep to, and how far it searches. At least one of the three budgets is set.</summary>
public sealed record PlanningOptions
{
    /// <summary>
    /// The largest <see cref="ApproximationReport.NormalizedMeanSquaredError"/> allowed, above 0; null for no limit. Outputs of unlike means, as from quantised rows with a zero point, make that error look
    /// smaller, and outputs that vary much hide others: <see cref="MaxOutputError"/> is for them.
    /// </summary>
    public double? MaxError { get; init; }

    /// <summary>The largest <see cref="ApproximationReport.MeanOutputError"/> allowed, above 0; null for no limit. Without <see cref="MaxError"/>, candidates are learned with <see cref="TrainingOptions.NormalizeOutputs"/>.</summary>
    public double? MaxOutputError { get; init; }

    /// <summary>The least <see cref="ApproximationReport.ArgMaxAgreement"/> allowed, above 0 and at most 1; null for no limit. Candidates whose tables are refined for the arg-max are tried as well.</summary>
    public double? MinAgreement { get; init; }

    /// <summary>The most codebooks tried, 1 to 1,024; never more than there are inputs.</summary>
    public int MaxCodebooks { get; init; } = 128;

    /// <summary>The training rows of each candidate at most, see <see cref="TrainingOptions.MaxTrainingRows"/>.</summary>
    public int MaxTrainingRows { get; init; } = 65_536;

    /// <summary>Draws the rows that candidates are chosen by, and is the seed of their training.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads that training uses at most; −1 for all processors. Speed is measured on one.</summary>
    public int MaxDegreeOfParallelism { get; init; } = 1;

    /// <summary>All properties by their names.</summary>
    /// <returns>One line, in the invariant culture.</returns>
    public override string ToString() => Invariant(
        $"{nameof(PlanningOptions)} {{ {nameof(MaxError)} = {MaxError}, {nameof(MaxOutputError)} = {MaxOutputError}, {nameof(MinAgreement)} = {MinAgreement}, {nameof(MaxCodebooks)} = {MaxCodebooks}, {nameof(MaxTrainingRows)} = {MaxTrainingRows}, {nameof(Seed)} = {Seed}, {nameof(MaxDegreeOfParallelism)} = {MaxDegreeOfParallelism} }}");

    /// <summary>Checks all properties.</summary>
    /// <param name="name">What the caller calls these options.</param>
    /// <exception cref="ArgumentException">No budget is set.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A property is out of range; the message names it, its value and what was expected.</exception>
    internal void Validate(string name)
    {
        if ((MaxError ?? MaxOutputError ?? MinAgreement) is null)
        {
            throw new ArgumentException($"'{name}' has none of {nameof(MaxError)}, {nameof(MaxOutputError)} and {nameof(MinAgreement)}; expected at least one budget.", name);
        }

        Require(MaxError is null or (> 0 and < double.PositiveInfinity), nameof(MaxError), MaxError, "a finite number above 0, or null");
        Require(MaxOutputError is null or (> 0 and < double.PositiveInfinity), nameof(MaxOutputError), MaxOutputError, "a finite number above 0, or null");
        Require(MinAgreement is null or (> 0 and <= 1), nameof(MinAgreement), MinAgreement, "a share above 0 and at most 1, or null");
        Require(MaxCodebooks is >= 1 and <= ModelLimits.MaxCodebooks, nameof(MaxCodebooks), MaxCodebooks, $"1 to {ModelLimits.MaxCodebooks}");
        Require(MaxTrainingRows >= 1, nameof(MaxTrainingRows), MaxTrainingRows, "at least 1");
        Require(MaxDegreeOfParallelism is -1 or >= 1, nameof(MaxDegreeOfParallelism), MaxDegreeOfParallelism, "at least 1, or -1 for all processors");

        static void Require(bool isRight, string property, object? value, string expected) => ArgumentChecks.Option(isRight, nameof(PlanningOptions), property, value, expected);
    }

    /// <summary>Whether what was measured keeps to the budgets. An error that is undefined does not.</summary>
    internal bool IsMetBy(ApproximationReport report) =>
        (MaxError is null || report.NormalizedMeanSquaredError <= MaxError)
        && (MaxOutputError is null || report.MeanOutputError <= MaxOutputError)
        && (MinAgreement is null || report.ArgMaxAgreement >= MinAgreement);
}
