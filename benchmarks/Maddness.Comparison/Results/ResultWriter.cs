using System.Globalization;
using System.Text;
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
            Csv(Path.Combine(folder, "data-sets.csv"), results.DataSets);
        }

        Csv(Path.Combine(folder, "shapes.csv"), [.. results.Headline, .. results.Sweeps.SelectMany(s => s.Value)]);
        List<(string File, string Title)> plots = PlotWriter.Write(folder, results);
        File.WriteAllText(Path.Combine(folder, "README.md"), Page.Of(results, methods, plots, started));
        File.WriteAllText(Path.Combine(folder, "readme-table.md"), ReadmeTable.Of(results));
    }

    private static void Csv(string path, IReadOnlyList<Measurement> rows)
    {
        StringBuilder text = new();
        text.AppendLine("data_set,family,shape,method,key,kind,size_name,size,milliseconds,speedup,error,arg_max_agreement,top1,exact_top1,training_seconds,multiply_adds_per_row,look_ups_per_row,given");
        foreach (Measurement r in rows)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"\"{r.DataSet}\",{r.Family},{r.Shape},\"{r.Method.Name}\",{r.Method.Key},{r.Method.Kind},{r.Method.SizeName},{r.Size},{r.Milliseconds:G5},{r.Speedup:G4},{r.Errors.Error:G5},{r.Errors.Agreement:G5},{Number(r.Errors.Top1)},{Number(r.Errors.ExactTop1)},{r.TrainingSeconds:G4},{r.Cost.MultiplyAdds:G6},{r.Cost.LookUps:G6},{r.Method.Given}");
        }

        File.WriteAllText(path, text.ToString().ReplaceLineEndings("\n"));
    }

    private static string Number(double value) => double.IsNaN(value) ? string.Empty : value.ToString("G5", CultureInfo.InvariantCulture);
}
