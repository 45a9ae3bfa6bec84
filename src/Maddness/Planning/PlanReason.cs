using System.Globalization;
using static System.FormattableString;

namespace Maddness.Planning;

/// <summary>Why a plan advises what it does, in words.</summary>
internal static class PlanReason
{
    /// <summary>From so many times the error on, the mean of the errors of single outputs is told: those that vary little beside others, or beside the differences of their means, count for little in the error of all.</summary>
    private const double MuchMore = 2;

    /// <summary>Within the budget on all held-out rows.</summary>
    internal static string Chosen(PlanCandidate confirmed, int passedOver, PlanningOptions options) =>
        Invariant($"{confirmed.Speed.SpeedupOverExact:F2} times as fast as the exact product, by {confirmed.Speed.Rows} rows a call, within {Budget(options)}: on held-out rows that did not choose it {Achieved(confirmed, options)}.")
        + OfSingleOutputs(confirmed.Accuracy, options)
        + (passedOver > 0 ? Invariant($" {passedOver} faster {(passedOver == 1 ? "candidate" : "candidates")} kept to the budget on one half of the held-out rows only.") : string.Empty);

    /// <summary>Within the budget on one half only.</summary>
    internal static string NotConfirmed(PlanCandidate fastest, int passedOver, PlanningOptions options) =>
        Invariant($"{passedOver} {(passedOver == 1 ? "candidate was" : "candidates were")} faster than the exact product and within {Budget(options)} on one half of the held-out rows, the fastest with {Achieved(fastest, options)}, ")
        + "but not on the other half. Hold out more rows, or ask for less.";

    /// <summary>Nothing keeps to the budget.</summary>
    internal static string NotMet(IReadOnlyList<PlanCandidate> candidates, PlanningOptions options, bool ended)
    {
        PlanCandidate[] faster = [.. candidates.Where(c => c.Speed.SpeedupOverExact > 1)];
        if (Undefined(candidates[0].Accuracy, options) is string undefined)
        {
            return undefined;
        }

        if (faster.Length == 0)
        {
            return Invariant($"No candidate is faster than the exact product; the fastest takes {1 / candidates.Max(c => c.Speed.SpeedupOverExact):F2} times as long, and misses {Budget(options)}.");
        }

        PlanCandidate closest = options.MaxError is not null ? faster.MinBy(c => c.Accuracy.NormalizedMeanSquaredError)!
            : options.MaxOutputError is not null ? faster.MinBy(c => c.Accuracy.MeanOutputError)!
            : faster.MaxBy(c => c.Accuracy.ArgMaxAgreement)!;
        return Invariant($"Nothing that is faster than the exact product keeps to {Budget(options)}: the closest of {candidates.Count} candidates, {Size(closest.Options)}, ")
            + Invariant($"has {Achieved(closest, options)} at {closest.Speed.SpeedupOverExact:F1} times the speed.")
            + (ended ? " At the rate at which the error fell, none with more codebooks would keep to it while it is faster." : string.Empty);
    }

    /// <summary>Why nothing can be said of an error that has a budget, of exact outputs that are the same for all candidates; null where it is defined.</summary>
    internal static string? Undefined(ApproximationReport accuracy, PlanningOptions options) =>
        options.MaxError is not null && double.IsNaN(accuracy.NormalizedMeanSquaredError) ? "The error is undefined, because all exact outputs of the held-out rows are equal."
        : options.MaxOutputError is not null && double.IsNaN(accuracy.MeanOutputError) ? "The errors of single outputs are undefined, because none of them varies over the held-out rows by as much as float32 resolves."
        : null;

    /// <summary>What keeps to the budget takes as long as the exact product or longer.</summary>
    internal static string Slower(SpeedReport speed)
    {
        double exact = speed.NanosecondsPerRowExact, approximate = speed.NanosecondsPerRowApproximate;
        if (!(approximate > exact))
        {
            return Invariant($"The exact product is as fast as anything that keeps to the budget: {Nanoseconds(exact, Digits(exact))} ns a row.");
        }

        // As many as it takes to tell them apart.
        int digits = Digits(exact);
        while (Nanoseconds(exact, digits) == Nanoseconds(approximate, digits))
        {
            digits++;
        }

        return $"The exact product is faster than anything that keeps to the budget: {Nanoseconds(exact, digits)} ns a row against {Nanoseconds(approximate, digits)}.";
    }

    /// <summary>What tells candidates that miss a budget apart: those for the arg-max have the sizes of others.</summary>
    private static string Size(TrainingOptions options) =>
        Invariant($"{options.Codebooks} {(options.Codebooks == 1 ? "codebook" : "codebooks")} of {options.Leaves} leaves{(options.Classifier ? " as a classifier" : string.Empty)}");

    /// <summary>What an error of all outputs together hides.</summary>
    private static string OfSingleOutputs(ApproximationReport accuracy, PlanningOptions options) =>
        options.MaxOutputError is null && accuracy.MeanOutputError > MuchMore * accuracy.NormalizedMeanSquaredError
            ? Invariant($" Single outputs are less exact, each beside its own variance: {accuracy.MeanOutputError:G3} in the mean, up to {accuracy.OutputErrors.Where(double.IsFinite).Max():G3}.")
            : string.Empty;

    private static int Digits(double time) => time < 100 ? 1 : 0;

    private static string Nanoseconds(double time, int digits) => time.ToString(Invariant($"F{digits}"), CultureInfo.InvariantCulture);

    private static string Budget(PlanningOptions options) => Joined(
        options.MaxError is double error ? Invariant($"an error of {error:G4}") : null,
        options.MaxOutputError is double mean ? Invariant($"a mean output error of {mean:G4}") : null,
        options.MinAgreement is double agreement ? Invariant($"an arg-max agreement of {agreement:0.#### %}") : null);

    private static string Achieved(PlanCandidate candidate, PlanningOptions options) => Joined(
        options.MaxError is null ? null : Invariant($"an error of {candidate.Accuracy.NormalizedMeanSquaredError:G3}"),
        options.MaxOutputError is null ? null : Invariant($"a mean output error of {candidate.Accuracy.MeanOutputError:G3}"),
        options.MinAgreement is null ? null : Invariant($"the same arg-max in {candidate.Accuracy.ArgMaxAgreement:P2} of the rows"));

    private static string Joined(params string?[] parts) => string.Join(" and ", parts.OfType<string>());
}
