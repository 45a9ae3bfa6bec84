using Maddness.Comparison.Core;
using Maddness.Comparison.Plots;

namespace Maddness.Comparison.Results;

/// <summary>Writes everything that was measured: CSV for machines, Markdown for people, plots for a glance.</summary>
internal static class ResultWriter
{
    internal static void Write(string folder, Measurements results, IReadOnlyList<IMethod> methods, DateTime started)
    {
        if (results.DataSets.Count > 0)
        {
            CsvFile.Write(Path.Combine(folder, CsvFile.DataSets), results.DataSets.Select(m => (string.Empty, m)));
        }

        CsvFile.Write(
            Path.Combine(folder, CsvFile.Shapes), [.. results.Headline.Select(m => (string.Empty, m)), .. results.Sweeps.SelectMany(s => s.Value.Select(m => (s.Key, m)))]);
        List<(string File, string Title)> plots = PlotWriter.Write(folder, results);
        File.WriteAllText(Path.Combine(folder, "README.md"), Page.Of(results, methods, plots, started));
        File.WriteAllText(Path.Combine(folder, "readme-table.md"), ReadmeTable.Of(results));
    }
}
