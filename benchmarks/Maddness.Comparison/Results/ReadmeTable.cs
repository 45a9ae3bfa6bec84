using System.Text;
using Maddness.Comparison.Core;

namespace Maddness.Comparison.Results;

/// <summary>The small tables of the repository's README, written here and copied there; a test compares them.</summary>
internal static class ReadmeTable
{
    private static readonly string[] Keys = ["exact", "openblas", "onednn-f32", "ort-int8", "maddness", "maddness8", "maddness-columns"];

    /// <summary>Numbers of codebooks shown; the page of the results has all.</summary>
    private static readonly int[] Sizes = [0, 4, 8, 16];

    internal static string Of(Measurements results)
    {
        StringBuilder text = new();
        text.AppendLine($"Milliseconds on one core of {Machine.Cpu}, one thread; in brackets the speed over the best exact product: in repeated runs, and after other work has swept the caches:");
        text.AppendLine();
        string[] shapes = [.. results.Headline.Select(m => m.Shape).Distinct()];
        text.AppendLine($"| | {string.Join(" | ", shapes.Select(s => s.Replace("x", " × ", StringComparison.Ordinal)))} |");
        text.AppendLine($"|---|{string.Concat(shapes.Select(_ => "---|"))}");
        foreach (string key in Keys)
        {
            foreach (IGrouping<int, Measurement> rows in results.Headline.Where(m => m.Method.Key == key && Sizes.Contains(m.Size)).GroupBy(m => m.Size))
            {
                IMethod method = rows.First().Method;
                string name = method.Name + (rows.Key > 0 ? $", {rows.Key} {method.SizeName}" : string.Empty) + (method.Given.Length > 0 && !method.Name.Contains(method.Given, StringComparison.Ordinal) ? $" ({method.Given})" : string.Empty);
                IEnumerable<string> cells = shapes.Select(s => rows.FirstOrDefault(m => m.Shape == s) is Measurement m
                    ? Page.Time(m.Milliseconds) + (method.Kind == MethodKind.Approximate ? $" ({Page.Factor(m.Speedup)}{(double.IsNaN(m.SweptSpeedup) ? string.Empty : $", {Page.Factor(m.SweptSpeedup)}")})" : string.Empty)
                    : string.Empty);
                text.AppendLine($"| {name} | {string.Join(" | ", cells)} |");
            }
        }

        Measurement[] cifar = [.. results.DataSets.Where(m => m.DataSet == "cifar10" && m.Method.Key == "maddness")];
        if (cifar.Length > 0)
        {
            text.AppendLine();
            text.AppendLine($"The last layer of a CIFAR-10 classifier ({cifar[0].Shape.Replace("x", " × ", StringComparison.Ordinal)}, exact top-1 {cifar[0].Errors.ExactTop1:F4}):");
            text.AppendLine();
            text.AppendLine("| codebooks | speedup over the best exact product | error | top-1 |");
            text.AppendLine("|---|---|---|---|");
            foreach (Measurement m in cifar)
            {
                text.AppendLine($"| {m.Size} | {Page.Factor(m.Speedup)} | {m.Errors.Error:F3} | {m.Errors.Top1:F4} |");
            }
        }

        return text.ToString().ReplaceLineEndings("\n");
    }
}
