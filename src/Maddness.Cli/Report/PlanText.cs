using System.Globalization;
using Maddness.Cli.Commands;
using Spectre.Console;

namespace Maddness.Cli.Report;

/// <summary>A plan for people.</summary>
internal static class PlanText
{
    internal static void Print(PlanSummary summary)
    {
        MaddnessPlan plan = summary.Plan;
        IAnsiConsole console = TextTable.CreateConsole();
        bool hasLabels = plan.Candidates.Any(c => c.Accuracy.Top1Exact is not null), isOfOutputs = summary.Budget.IsOfOutputs;
        Table table = new Table().Border(TableBorder.Simple);
        foreach (string column in (ReadOnlySpan<string>)["C", "K", "objective", "lines", "error", .. isOfOutputs ? ["output error"] : Array.Empty<string>(), "agreement", .. hasLabels ? ["top-1"] : Array.Empty<string>(), "ns/row", "speed", "bytes", ""])
        {
            table.AddColumn(new TableColumn(column) { Alignment = column is "objective" or "" ? Justify.Left : Justify.Right, NoWrap = true });
        }

        for (int i = 0; i < plan.Candidates.Count; i++)
        {
            PlanCandidate c = plan.Candidates[i];
            string mark = i == plan.ChosenIndex ? "chosen" : c.IsConfirmed == false ? "one half only" : c.MeetsBudget ? "within" : string.Empty;
            string style = i == plan.ChosenIndex ? "bold green" : c.MeetsBudget ? "default" : "grey";
            table.AddRow([.. Cells(c, isOfOutputs, hasLabels).Append(mark).Select(cell => new Markup($"[{style}]{Markup.Escape(cell)}[/]"))]);
        }

        console.Write(table);
        console.MarkupLineInterpolated($"Candidates are measured on {plan.ChoosingRows:N0} held-out rows; exact takes {Words.Nanoseconds(plan.Candidates[0].Speed.NanosecondsPerRowExact)} ns per row.");
        if (plan.Chosen is PlanCandidate chosen)
        {
            console.MarkupLineInterpolated(
                $"[bold green]Use the approximate product[/]: {Words.Codebooks(chosen.Options.Codebooks, chosen.Options.Leaves)}{(chosen.Options.Classifier ? " as a classifier" : string.Empty)}. {plan.Reason}");
            console.MarkupLineInterpolated(
                $"On the other {plan.ConfirmingRows:N0} rows: error {Words.Error(chosen.Accuracy.NormalizedMeanSquaredError)}, {(isOfOutputs ? $"mean output error {Words.Error(chosen.Accuracy.MeanOutputError)}, " : string.Empty)}same largest output {Words.Share(chosen.Accuracy.ArgMaxAgreement)}, {Words.Speed(chosen.Speed.SpeedupOverExact)} the speed.");
        }
        else
        {
            console.MarkupLineInterpolated($"[bold]Use the exact product.[/] {plan.Reason}");
        }
    }

    private static IEnumerable<string> Cells(PlanCandidate c, bool isOfOutputs, bool hasLabels)
    {
        yield return c.Options.Codebooks.ToString(CultureInfo.InvariantCulture);
        yield return c.Options.Leaves.ToString(CultureInfo.InvariantCulture);
        yield return Words.Of(c.Objective) + (c.Options.Classifier ? ", classifier" : string.Empty);
        yield return c.Options.MaxCacheLines?.ToString(CultureInfo.InvariantCulture) ?? "–";
        yield return Words.Error(c.Accuracy.NormalizedMeanSquaredError);
        if (isOfOutputs)
        {
            yield return Words.Error(c.Accuracy.MeanOutputError);
        }

        yield return Words.Share(c.Accuracy.ArgMaxAgreement);
        if (hasLabels)
        {
            yield return Words.Share(c.Accuracy.Top1Approximate);
        }

        yield return Words.Nanoseconds(c.Speed.NanosecondsPerRowApproximate);
        yield return Words.Speed(c.Speed.SpeedupOverExact);
        yield return c.ModelBytes.ToString("N0", CultureInfo.InvariantCulture);
    }
}
