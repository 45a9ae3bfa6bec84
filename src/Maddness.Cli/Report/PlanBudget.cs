using System.Globalization;

namespace Maddness.Cli.Report;

/// <summary>The one budget of a plan, and how far a candidate misses what it limits.</summary>
internal sealed class PlanBudget(PlanningOptions options)
{
    /// <summary>Whether it limits the errors of single outputs.</summary>
    internal bool IsOfOutputs => options.MaxOutputError is not null;

    /// <summary>Whether it limits a share of rows.</summary>
    internal bool IsShare => options.MinAgreement is not null;

    /// <summary>The largest miss allowed.</summary>
    internal double Limit => options.MaxError ?? options.MaxOutputError ?? (1 - options.MinAgreement!.Value);

    /// <summary>What a miss is.</summary>
    internal string Axis => IsShare ? "rows with another largest output" : IsOfOutputs ? "mean output error" : "error (mean squared error / variance)";

    /// <summary>The limit, as the axis counts.</summary>
    internal string Mark => IsShare ? (100 * Limit).ToString("G3", CultureInfo.InvariantCulture) + " %" : Limit.ToString("G4", CultureInfo.InvariantCulture);

    /// <summary>What was asked for.</summary>
    internal string Demand => options.MinAgreement is double agreement
        ? string.Create(CultureInfo.InvariantCulture, $"arg-max agreement at least {agreement:G4}")
        : string.Create(CultureInfo.InvariantCulture, $"{(IsOfOutputs ? "mean output error" : "error")} at most {Limit:G4}");

    /// <summary>An error, or the share of rows with another arg-max; NaN for an error that is undefined.</summary>
    internal double Miss(ApproximationReport accuracy) =>
        IsShare ? 1 - accuracy.ArgMaxAgreement : IsOfOutputs ? accuracy.MeanOutputError : accuracy.NormalizedMeanSquaredError;
}
