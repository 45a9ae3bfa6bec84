using Maddness.Cli.Report;

namespace Maddness.Cli.Commands;

/// <summary>What the user asks of a plan.</summary>
internal sealed record PlanRequest(
    string Train, string Weights, bool TransposeWeights, string? Bias, string Holdout, string? Labels, PlanningOptions Options, string? Output, string? Report);

/// <summary>A plan with what it was made for.</summary>
/// <param name="Plan">The outcome.</param>
/// <param name="Request">What was asked.</param>
/// <param name="Model">The model file that was written, or null.</param>
/// <param name="Inputs">D.</param>
/// <param name="Outputs">M.</param>
/// <param name="TrainingRows">Rows of the training matrix.</param>
/// <param name="HeldOutRows">Rows of the held-out matrix.</param>
/// <param name="TypeWarning">What to beware of in its type, or null.</param>
internal sealed record PlanSummary(MaddnessPlan Plan, PlanRequest Request, string? Model, int Inputs, int Outputs, long TrainingRows, long HeldOutRows, string? TypeWarning)
{
    /// <summary>Rows below which figures, or what is learned from them, are called uncertain: a share measured on a half of 50 rows has a standard error of up to 7 points of a hundred.</summary>
    internal const int FewRows = 100;

    /// <summary>What it was asked to keep to.</summary>
    internal PlanBudget Budget { get; } = new(Request.Options);

    /// <summary>What to beware of in the figures.</summary>
    internal IReadOnlyList<string> Warnings { get; } =
    [
        .. new[]
        {
            HeldOutRows < FewRows ? $"The figures are uncertain: of only {HeldOutRows} held-out rows {Plan.ChoosingRows} choose and {Plan.ConfirmingRows} report. Hold out {FewRows} or more." : null,
            RowMatrix.FewRowsWarning("The candidates are uncertain: they were", TrainingRows),
            TypeWarning,
        }.OfType<string>(),
    ];
}
