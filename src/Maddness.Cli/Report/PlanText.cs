using System.Globalization;
using Maddness.Cli.Commands;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Maddness.Cli.Report;

/// <summary>A plan for people.</summary>
internal static class PlanText
{
    /// <summary>The columns that can best be done without where a terminal is too narrow for all.</summary>
    private static readonly string[] Dispensable = ["bytes", "lines", "objective", "top-1"];

    internal static void Print(PlanSummary summary)
    {
        MaddnessPlan plan = summary.Plan;
        (IAnsiConsole console, int width) = TextTable.CreateConsole();
        PrintTable(summary, console, width);
        Print(console, width, string.Empty, $"Candidates are measured on {plan.ChoosingRows:N0} held-out rows; exact takes {Words.Nanoseconds(plan.Candidates[0].Speed.NanosecondsPerRowExact)} ns per row.");
        if (plan.Chosen is not PlanCandidate chosen)
        {
            Print(console, width, "Use the exact product.", $" {plan.Reason}", "bold");
            return;
        }

        string outputError = summary.Budget.IsOfOutputs ? $"mean output error {Words.Error(chosen.Accuracy.MeanOutputError)}, " : string.Empty;
        Print(
            console,
            width,
            "Use the approximate product",
            $": {Words.Codebooks(chosen.Options.Codebooks, chosen.Options.Leaves)}{(chosen.Options.Classifier ? " as a classifier" : string.Empty)}. {plan.Reason}",
            "bold green");
        Print(
            console,
            width,
            string.Empty,
            $"On the other {plan.ConfirmingRows:N0} rows: error {Words.Error(chosen.Accuracy.NormalizedMeanSquaredError)}, {outputError}same largest output {Words.Share(chosen.Accuracy.ArgMaxAgreement)}, {Words.Speed(chosen.Speed.SpeedupOverExact)} the speed.");
    }

    /// <summary>Prints a table that is no wider than a terminal, if need be without some columns. Where even that is too wide, it is whole, and the terminal breaks its lines.</summary>
    private static void PrintTable(PlanSummary summary, IAnsiConsole console, int width)
    {
        Column[] all = [.. Columns(summary)], columns = all;
        Table table = Build(summary.Plan, all);
        foreach (string name in Dispensable.Where(name => all.Any(c => c.Name == name)))
        {
            if (Width(table) > width)
            {
                columns = [.. columns.Where(c => c.Name != name)];
                table = Build(summary.Plan, columns);
            }
        }

        if (Width(table) > width)
        {
            (table, columns) = (Build(summary.Plan, all), all);
        }

        console.Write(table);
        if (columns.Length < all.Length)
        {
            Print(console, width, string.Empty, $"Left out, as the terminal is narrow: {string.Join(", ", all.Except(columns).Select(c => c.Name))}.");
        }

        int Width(IRenderable table) => table.Measure(RenderOptions.Create(console, console.Profile.Capabilities), console.Profile.Width).Max;
    }

    private static Table Build(MaddnessPlan plan, Column[] columns)
    {
        Table table = new Table().Border(TableBorder.Simple);
        foreach (Column column in columns)
        {
            table.AddColumn(new TableColumn(column.Name) { Alignment = column.IsOfWords ? Justify.Left : Justify.Right, NoWrap = true });
        }

        for (int i = 0; i < plan.Candidates.Count; i++)
        {
            PlanCandidate c = plan.Candidates[i];
            string style = i == plan.ChosenIndex ? "bold green" : c.MeetsBudget ? "default" : "grey";
            table.AddRow([.. columns.Select(column => new Markup($"[{style}]{Markup.Escape(column.Cell(c))}[/]"))]);
        }

        return table;
    }

    private static IEnumerable<Column> Columns(PlanSummary summary)
    {
        MaddnessPlan plan = summary.Plan;
        PlanCandidate? chosen = plan.ChosenIndex is int index ? plan.Candidates[index] : null;
        yield return new("C", c => c.Options.Codebooks.ToString(CultureInfo.InvariantCulture));
        yield return new("K", c => c.Options.Leaves.ToString(CultureInfo.InvariantCulture));
        yield return new("objective", c => Words.Of(c.Objective) + (c.Options.Classifier ? ", classifier" : string.Empty), IsOfWords: true);
        yield return new("lines", c => c.Options.MaxCacheLines?.ToString(CultureInfo.InvariantCulture) ?? "–");
        yield return new("error", c => Words.Error(c.Accuracy.NormalizedMeanSquaredError));
        if (summary.Budget.IsOfOutputs)
        {
            yield return new("output error", c => Words.Error(c.Accuracy.MeanOutputError));
        }

        yield return new("agreement", c => Words.Share(c.Accuracy.ArgMaxAgreement));
        if (plan.Candidates.Any(c => c.Accuracy.Top1Exact is not null))
        {
            yield return new("top-1", c => Words.Share(c.Accuracy.Top1Approximate));
        }

        yield return new("ns/row", c => Words.Nanoseconds(c.Speed.NanosecondsPerRowApproximate));
        yield return new("speed", c => Words.Speed(c.Speed.SpeedupOverExact));
        yield return new("bytes", c => c.ModelBytes.ToString("N0", CultureInfo.InvariantCulture));
        yield return new(string.Empty, c => c == chosen ? "chosen" : c.IsConfirmed == false ? "one half only" : c.MeetsBudget ? "within" : string.Empty, IsOfWords: true);
    }

    /// <summary>Prints a sentence that begins with words in a style.</summary>
    private static void Print(IAnsiConsole console, int width, string start, FormattableString rest, string style = "default")
    {
        string lines = TextTable.Wrap(start + rest.ToString(CultureInfo.InvariantCulture), width);
        int styled = lines.StartsWith(start, StringComparison.Ordinal) ? start.Length : 0;
        console.MarkupLine($"[{style}]{Markup.Escape(lines[..styled])}[/]{Markup.Escape(lines[styled..])}");
    }

    private sealed record Column(string Name, Func<PlanCandidate, string> Cell, bool IsOfWords = false);
}
