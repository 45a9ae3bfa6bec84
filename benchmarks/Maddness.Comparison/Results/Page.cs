using System.Globalization;
using System.Text;
using Maddness.Comparison.Core;

namespace Maddness.Comparison.Results;

/// <summary>The Markdown page of a run.</summary>
internal static class Page
{
    internal static string Of(Measurements results, IReadOnlyList<IMethod> methods, IReadOnlyList<(string File, string Title)> plots, DateTime started)
    {
        StringBuilder text = new();
        Line("# Every rival side by side");
        Line();
        Line("Written by `dotnet run -c Release --project benchmarks/Maddness.Comparison`; what was measured and how: [docs/comparison.md](../../../docs/comparison.md).");
        Line();
        foreach ((string what, string value) in Machine.Describe(started))
        {
            Line($"- {what}: {value}");
        }

        foreach (IMethod method in methods.Where(m => m.Version is not null).DistinctBy(m => m.Version))
        {
            Line($"- {method.Version}");
        }

        foreach (IMethod missing in methods.Where(m => m.Missing is not null))
        {
            Line($"- **Missing: {missing.Name}**: {missing.Missing}");
        }

        foreach (string failure in results.Failures)
        {
            Line($"- **Failed: {failure}**");
        }

        Line();
        Line("Milliseconds are medians on one thread: products take turns of a few runs in a row, the first ones untimed. *Speedup* is over the fastest exact float32 product of the same run; *swept* is the same where, before each "
            + "run of either, so much other memory was read that the caches held nothing of it. *Error* is on held-out rows.");
        foreach ((string file, string title) in plots)
        {
            Line();
            Line(file.StartsWith("speedup-", StringComparison.Ordinal) ? $"[{title}]({file})" : $"![{title}]({file})");
        }

        foreach (IGrouping<string, Measurement> shape in results.Headline.GroupBy(m => m.Shape))
        {
            Line();
            Line($"## {shape.Key}");
            Line();
            Table(shape, withErrors: false);
        }

        foreach ((string axis, List<Measurement> rows) in results.Sweeps)
        {
            Line();
            Line($"## Speed against {axis}");
            Line();
            Sweep(rows);
        }

        if (results.DataSets.Count > 0)
        {
            Line();
            Line("## At the same error");
            Line();
            Line("On each matrix, the fastest setting of this library within an error budget against the fastest rival within it; medians over the matrices where this library reaches the budget.");
            Line();
            foreach (string line in SameError.Lines(results.DataSets))
            {
                Line(line);
            }

            Line();
            Line("## Share of matrices that keep 95 %");
            Line();
            Line("Of the matrices below: how many keep 95 % of the top-1 accuracy (where there are labels) or of the variance of the outputs (elsewhere), "
                + "and the median speedup over all matrices, losers included.");
            Line();
            Shares(results.DataSets);
            foreach (IGrouping<string, Measurement> dataSet in results.DataSets.GroupBy(m => m.DataSet))
            {
                Line();
                Line($"## {dataSet.Key} ({dataSet.First().Family}, {dataSet.First().Shape})");
                Line();
                Table(dataSet, withErrors: true);
            }
        }

        return text.ToString().ReplaceLineEndings("\n");

        void Line(string line = "") => text.AppendLine(line);

        void Table(IEnumerable<Measurement> rows, bool withErrors)
        {
            bool labels = rows.Any(r => !double.IsNaN(r.Errors.Top1)), swept = rows.Any(r => !double.IsNaN(r.SweptMilliseconds));
            Line($"| method | size | ms | speedup |{(swept ? " swept, ms | speedup |" : string.Empty)}{(withErrors ? $" error | same arg-max |{(labels ? " top-1 |" : string.Empty)} training s |" : string.Empty)} multiply-adds per row | look-ups per row | given |");
            Line($"|---|---|---|---|{(swept ? "---|---|" : string.Empty)}{(withErrors ? labels ? "---|---|---|---|" : "---|---|---|" : string.Empty)}---|---|---|");
            foreach (Measurement r in rows)
            {
                string errors = withErrors
                    ? $" {r.Errors.Error:G3} | {r.Errors.Agreement:F4} |{(labels ? $" {r.Errors.Top1:F4} |" : string.Empty)} {r.TrainingSeconds:F2} |"
                    : string.Empty;
                Line($"| {r.Method.Name} | {Size(r)} | {Time(r.Milliseconds)} | {Factor(r.Speedup)} |{(swept ? $" {Time(r.SweptMilliseconds)} | {Factor(r.SweptSpeedup)} |" : string.Empty)}{errors} {Count(r.Cost.MultiplyAdds)} | {Count(r.Cost.LookUps)} | {r.Method.Given} |");
            }
        }

        void Sweep(IReadOnlyList<Measurement> rows)
        {
            string[] shapes = [.. rows.Select(r => r.Shape).Distinct()];
            Line($"Milliseconds. | {string.Join(" | ", shapes)} |".Insert(0, "| "));
            Line($"|---|{string.Concat(shapes.Select(_ => "---|"))}");
            foreach (IGrouping<(string Name, int Size), Measurement> method in rows.GroupBy(r => (r.Method.Name, r.Size)))
            {
                IEnumerable<string> cells = shapes.Select(s => method.FirstOrDefault(r => r.Shape == s) is Measurement m ? Time(m.Milliseconds) : string.Empty);
                Line($"| {method.Key.Name}{(method.Key.Size > 0 ? $", {method.Key.Size}" : string.Empty)} | {string.Join(" | ", cells)} |");
            }
        }

        void Shares(IReadOnlyList<Measurement> rows)
        {
            Line("| method | size | matrices | keep 95 % | median speedup |");
            Line("|---|---|---|---|---|");
            foreach (IGrouping<(IMethod Method, int Size), Measurement> g in rows.GroupBy(r => (r.Method, r.Size)))
            {
                double speedup = Timing.Median([.. g.Select(r => r.Speedup)]);
                Line($"| {g.Key.Method.Name} | {Size(g.First())} | {g.Count()} | {100.0 * g.Count(r => r.Errors.Keeps95) / g.Count():F0} % | {Factor(speedup)} |");
            }
        }
    }

    internal static string Time(double milliseconds) => milliseconds.ToString(
        milliseconds >= 100 ? "F0" : milliseconds >= 10 ? "F1" : milliseconds >= 1 ? "F2" : milliseconds >= 0.1 ? "F3" : "F4", CultureInfo.InvariantCulture);

    internal static string Factor(double factor) => double.IsNaN(factor) ? string.Empty : factor >= 10 ? $"{factor:F0}×" : factor >= 0.1 ? $"{factor:F1}×" : $"{factor:F3}×";

    private static string Size(Measurement row) => row.Size == 0 ? string.Empty : $"{row.Size} {row.Method.SizeName}";

    private static string Count(double count) => count == 0 ? string.Empty : count.ToString("N0", CultureInfo.InvariantCulture);
}
