using System.Globalization;
using System.Text;
using Maddness.Comparison.Core;

namespace Maddness.Comparison.Results;

/// <summary>All measurements as CSV, and back: plots can be drawn again without measuring again.</summary>
internal static class CsvFile
{
    internal const string DataSets = "data-sets.csv";
    internal const string Shapes = "shapes.csv";

    private const string Header =
        "sweep,data_set,family,shape,method,key,kind,size_name,size,milliseconds,speedup,error,arg_max_agreement,top1,exact_top1,training_seconds,multiply_adds_per_row,look_ups_per_row,given,swept_milliseconds,swept_speedup";

    internal static void Write(string path, IEnumerable<(string Sweep, Measurement Row)> rows)
    {
        StringBuilder text = new();
        text.AppendLine(Header);
        foreach ((string sweep, Measurement r) in rows)
        {
            string[] fields =
            [
                sweep, r.DataSet, r.Family, r.Shape, r.Method.Name, r.Method.Key, r.Method.Kind.ToString(), r.Method.SizeName, r.Size.ToString(CultureInfo.InvariantCulture),
                Number(r.Milliseconds), Number(r.Speedup), Number(r.Errors.Error), Number(r.Errors.Agreement), Number(r.Errors.Top1), Number(r.Errors.ExactTop1),
                Number(r.TrainingSeconds), Number(r.Cost.MultiplyAdds), Number(r.Cost.LookUps), r.Method.Given, Number(r.SweptMilliseconds), Number(r.SweptSpeedup),
            ];
            text.AppendLine(string.Join(',', fields.Select(f => f.Contains(',', StringComparison.Ordinal) ? $"\"{f}\"" : f)));
        }

        File.WriteAllText(path, text.ToString().ReplaceLineEndings("\n"));
    }

    /// <summary>Reads what <see cref="Write"/> wrote; rows of methods that exist no more are left out.</summary>
    internal static Measurements Read(string folder)
    {
        Measurements results = new();
        string dataSets = Path.Combine(folder, DataSets);
        results.DataSets.AddRange(File.Exists(dataSets) ? Rows(dataSets).Select(r => r.Row) : []);
        foreach ((string sweep, Measurement row) in Rows(Path.Combine(folder, Shapes)))
        {
            if (sweep.Length == 0)
            {
                results.Headline.Add(row);
                continue;
            }

            if (!results.Sweeps.TryGetValue(sweep, out List<Measurement>? rows))
            {
                results.Sweeps[sweep] = rows = [];
            }

            rows.Add(row);
        }

        return results;
    }

    private static IEnumerable<(string Sweep, Measurement Row)> Rows(string path)
    {
        foreach (string[] f in File.ReadLines(path).Skip(1).Select(Split))
        {
            if (Catalogue.All.FirstOrDefault(m => m.Key == f[5]) is IMethod method)
            {
                double[] numbers = [.. ((string[])[.. f[9..18], .. f[19..]]).Select(v => v.Length == 0 ? double.NaN : double.Parse(v, CultureInfo.InvariantCulture))];
                yield return (f[0], new Measurement(
                    f[1], f[2], f[3], method, int.Parse(f[8], CultureInfo.InvariantCulture), numbers[0], numbers[6],
                    new Errors(numbers[2], numbers[3], numbers[4], numbers[5]), new Cost(numbers[7], numbers[8]), numbers[0] * numbers[1],
                    numbers[9], numbers[9] * numbers[10]));
            }
        }
    }

    private static string[] Split(string line)
    {
        // Every second piece between quotation marks is quoted: its commas are part of the field.
        string[] pieces = line.Split('"');
        return string.Concat(pieces.Select((p, i) => i % 2 == 0 ? p.Replace(',', '\n') : p)).Split('\n');
    }

    private static string Number(double value) => double.IsNaN(value) ? string.Empty : value.ToString("G5", CultureInfo.InvariantCulture);
}
