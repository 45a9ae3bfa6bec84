using System.Text.RegularExpressions;
using Maddness.Comparison.Core;

namespace Maddness.Comparison.Plots;

/// <summary>The plots of a run.</summary>
internal static partial class PlotWriter
{
    private const string Own = "maddness";

    /// <summary>More sizes of every variant would be curves on top of each other.</summary>
    private static readonly int[] SweepSizes = [0, 4, 16];

    /// <summary>Writes all plots; returns their file names and what they show.</summary>
    internal static List<(string File, string Title)> Write(string folder, Measurements results)
    {
        List<(string File, string Title)> files = [];
        foreach ((string axis, List<Measurement> rows) in results.Sweeps)
        {
            Save($"speed-{axis}", $"Speed against {axis}", Speed(axis, [.. rows.Where(m => SweepSizes.Contains(m.Size))]));
        }

        if (results.DataSets.Count == 0)
        {
            return files;
        }

        Save("share", "Share of matrices that keep 95 %, against speedup", Share(results.DataSets));
        Save("error-families", "Error against codebooks, by family", Families(results.DataSets));
        IGrouping<string, Measurement>[] dataSets = [.. results.DataSets.GroupBy(m => m.DataSet)];
        Save($"error-{Slug(dataSets[0].Key)}", $"Error against codebooks, {dataSets[0].Key}", ErrorAgainstCodebooks(dataSets[0]));
        foreach (IGrouping<string, Measurement> dataSet in dataSets)
        {
            Save($"speedup-{Slug(dataSet.Key)}", $"Speedup against error, {dataSet.Key}", SpeedupAgainstError(dataSet));
        }

        return files;

        void Save(string name, string title, Chart chart)
        {
            File.WriteAllText(Path.Combine(folder, name + ".svg"), chart.Svg());
            files.Add((name + ".svg", title));
        }
    }

    private static bool IsStrong(IMethod method) => method.Key.StartsWith(Own, StringComparison.Ordinal);

    private static string Slug(string text) => NotWord().Replace(text.ToLowerInvariant(), "-").Trim('-');

    private static Chart SpeedupAgainstError(IGrouping<string, Measurement> dataSet)
    {
        // Exact methods have no error to speak of; they are the dashed line. Beyond an error of 2 there is nothing to see.
        Measurement[] shown = [.. dataSet.Where(m => m.Method.Kind != MethodKind.Exact && m.Errors.Error is > 1e-6 and < 2)];
        Series[] series = [.. shown.GroupBy(m => m.Method).Select(g => new Series(g.Key.Name, [.. g.Select(m => (m.Errors.Error, m.Speedup))], IsStrong(g.Key)))];
        return new Chart(
            $"Speedup against error: {dataSet.Key}",
            $"{dataSet.First().Shape}, one thread; dashed: the fastest exact float32 product. Up and to the left is better.",
            new Axis("error on held-out rows (mean squared error / variance)", true, shown.Select(m => m.Errors.Error)),
            new Axis("speedup over the best exact product", true, [.. shown.Select(m => m.Speedup), 1]),
            series)
        {
            Level = 1,
        };
    }

    private static Chart ErrorAgainstCodebooks(IGrouping<string, Measurement> dataSet)
    {
        Measurement[] shown = [.. dataSet.Where(m => m.Method.SizeName == "codebooks" && m.Method.Given.Length == 0)];
        return new Chart(
            $"Error against codebooks: {dataSet.Key}",
            $"{dataSet.First().Shape}, held-out rows. k-means needs thousands of multiply-adds per row to encode, hash trees four compares per codebook.",
            new Axis("codebooks C", true, shown.Select(m => (double)m.Size)) { PowersOfTwo = true },
            new Axis("error (mean squared error / variance)", true, shown.Select(m => m.Errors.Error)),
            [.. shown.GroupBy(m => m.Method).Select(g => new Series(g.Key.Name, [.. g.Select(m => ((double)m.Size, m.Errors.Error))], IsStrong(g.Key)))]);
    }

    private static Chart Families(List<Measurement> rows)
    {
        Measurement[] shown = [.. rows.Where(m => m.Method.Key == Own)];
        Series[] series = [.. shown.GroupBy(m => m.Family == "real" ? m.DataSet : m.Family).Select(f => new Series(
            f.Key, [.. f.GroupBy(m => m.Size).Select(s => ((double)s.Key, Timing.Median([.. s.Select(m => m.Errors.Error)])))], f.Key == "cifar10"))];
        return new Chart(
            "Error of this library against codebooks, by family of data",
            "Median over the matrices of a family, held-out rows. Isotropic noise has nothing to learn.",
            new Axis("codebooks C", true, shown.Select(m => (double)m.Size)) { PowersOfTwo = true },
            new Axis("error (mean squared error / variance)", true, series.SelectMany(s => s.Points.Select(p => p.Y))),
            series);
    }

    private static Chart Share(List<Measurement> rows)
    {
        int matrices = rows.Select(m => m.DataSet).Distinct().Count();
        Series[] series = [.. rows.Where(m => m.Method.Kind != MethodKind.Exact).GroupBy(m => m.Method).Select(g => new Series(
            g.Key.Name,
            [.. g.GroupBy(m => m.Size).Where(s => 2 * s.Count() > matrices).Select(s => (Timing.Median([.. s.Select(m => m.Speedup)]), 100.0 * s.Count(m => m.Errors.Keeps95) / s.Count()))],
            IsStrong(g.Key)))];
        return new Chart(
            "Share of matrices that keep 95 %, against speedup",
            $"{matrices} matrices: 95 % of the top-1 accuracy where there are labels, of the variance elsewhere. A curve is one method at the sizes that most matrices allow.",
            new Axis("median speedup over the best exact product", true, series.SelectMany(s => s.Points.Select(p => p.X))),
            new Axis("% of matrices", false, [0, 100]),
            series);
    }

    private static Chart Speed(string axis, List<Measurement> rows)
    {
        static double Work(Measurement m)
        {
            string[] sizes = m.Shape.Split('x');
            return 2.0 * int.Parse(sizes[0]) * int.Parse(sizes[1]) * int.Parse(sizes[2]) / m.Milliseconds / 1e6;
        }

        int index = axis switch { "N" => 0, "D" => 1, _ => 2 };
        double Dimension(Measurement m) => int.Parse(m.Shape.Split('x')[index]);
        Series[] series = [.. rows.Where(m => m.Method.Key is not ("mathnet" or "tensors")).GroupBy(m => (m.Method, m.Size)).Select(g => new Series(
            g.Key.Method.Name + (g.Key.Size == 0 ? string.Empty : g.Key.Method.SizeName == "codebooks" ? $", C={g.Key.Size}" : $", {g.Key.Size} {g.Key.Method.SizeName}"),
            [.. g.OrderBy(Dimension).Select(m => (Dimension(m), Work(m)))],
            IsStrong(g.Key.Method),
            g.Key.Method.Kind == MethodKind.Exact))];
        List<(double X, string Text)> marks = [];
        foreach (IGrouping<int, Measurement> size in rows.Where(m => m.Method.Key == Own).GroupBy(m => m.Size))
        {
            Measurement[] ordered = [.. size.OrderBy(Dimension)];
            for (int i = 1; i < ordered.Length; i++)
            {
                (double before, double after) = (Math.Log(ordered[i - 1].Speedup), Math.Log(ordered[i].Speedup));
                if (double.IsFinite(before + after) && (before < 0) != (after < 0) && Math.Abs(before) > 0.05)
                {
                    double part = before / (before - after);
                    double at = Math.Exp(Math.Log(Dimension(ordered[i - 1])) + (part * Math.Log(Dimension(ordered[i]) / Dimension(ordered[i - 1]))));
                    marks.Add((at, $"C={size.Key}: exact wins {(after > 0 ? "left" : "right")} of {axis} = {at:0}"));
                }
            }
        }

        return new Chart(
            $"Speed against {axis}",
            "Equivalent speed: 2·N·D·M / time, one thread; dashed curves are exact. " + (axis == "N" ? "D = 512, M = 100." : axis == "D" ? "N = 10,000, M = 100." : "N = 10,000, D = 512."),
            new Axis(axis switch { "N" => "rows N", "D" => "inner dimension D", _ => "outputs M" }, true, rows.Select(Dimension)) { PowersOfTwo = true },
            new Axis("GFLOP/s of the exact product it replaces", true, series.SelectMany(s => s.Points.Select(p => p.Y))),
            series)
        {
            Marks = marks,
        };
    }

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotWord();
}
