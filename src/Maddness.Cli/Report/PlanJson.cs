using Maddness.Cli.Commands;

namespace Maddness.Cli.Report;

/// <summary>What <c>plan --json</c> prints.</summary>
internal sealed record PlanJson(
    string Recommendation,
    string Reason,
    double? MaxError,
    double? MaxOutputError,
    double? MinAgreement,
    int ChoosingRows,
    int ConfirmingRows,
    string? Model,
    string? Report,
    IReadOnlyList<string> Warnings,
    CandidateJson? Chosen,
    IReadOnlyList<CandidateJson> Candidates)
{
    internal static PlanJson Of(PlanSummary summary) => new(
        Words.Of(summary.Plan.Recommendation),
        summary.Plan.Reason,
        summary.Request.Options.MaxError,
        summary.Request.Options.MaxOutputError,
        summary.Request.Options.MinAgreement,
        summary.Plan.ChoosingRows,
        summary.Plan.ConfirmingRows,
        summary.Model,
        summary.Request.Report,
        summary.Warnings,
        summary.Plan.Chosen is PlanCandidate chosen ? CandidateJson.Of(chosen, summary, true) : null,
        [.. summary.Plan.Candidates.Select((c, i) => CandidateJson.Of(c, summary, i == summary.Plan.ChosenIndex))]);
}

/// <summary>A candidate of a plan: the names of <see cref="EvaluationJson"/>, and what belongs to a search.</summary>
internal sealed record CandidateJson(
    int Rows,
    int Inputs,
    int Outputs,
    int Codebooks,
    int Leaves,
    double NormalizedMeanSquaredError,
    double RootMeanSquaredError,
    double MaxAbsoluteError,
    double MeanCosineSimilarity,
    double Top1Agreement,
    double? Top1Exact,
    double? Top1Approximate,
    double NanosecondsPerRowExact,
    double NanosecondsPerRowApproximate,
    double SpeedupOverExact,
    string Kernel,
    long ModelBytes,
    string Objective,
    double MeanOutputError,
    int? Lines,
    bool Classifier,
    bool MeetsBudget,
    bool? IsConfirmed,
    bool IsChosen)
{
    internal static CandidateJson Of(PlanCandidate c, PlanSummary summary, bool isChosen) => new(
        c.Accuracy.Rows,
        summary.Inputs,
        summary.Outputs,
        c.Options.Codebooks,
        c.Options.Leaves,
        c.Accuracy.NormalizedMeanSquaredError,
        c.Accuracy.RootMeanSquaredError,
        c.Accuracy.MaxAbsoluteError,
        c.Accuracy.MeanCosineSimilarity,
        c.Accuracy.ArgMaxAgreement,
        c.Accuracy.Top1Exact,
        c.Accuracy.Top1Approximate,
        c.Speed.NanosecondsPerRowExact,
        c.Speed.NanosecondsPerRowApproximate,
        c.Speed.SpeedupOverExact,
        KernelSelection.NameOf(c.Speed.Kernel),
        c.ModelBytes,
        Words.Of(c.Objective),
        c.Accuracy.MeanOutputError,
        c.Options.MaxCacheLines,
        c.Options.Classifier,
        c.MeetsBudget,
        c.IsConfirmed,
        isChosen);
}
