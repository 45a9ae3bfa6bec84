using System.Globalization;
using System.Text;

namespace Maddness.Cli.Report;

/// <summary>The error of each output as bars; of very many outputs, the largest of each group of neighbours.</summary>
internal static class OutputErrorChart
{
    private const double Left = 58;
    private const double Right = 14;
    private const double Top = 14;
    private const double Bottom = 34;
    private const double Height = 200;

    /// <summary>Once for wide screens and paper, once for phones.</summary>
    internal static string Render(IReadOnlyList<double> errors) => Draw(errors, "wide", 760, 175) + Draw(errors, "tall", 360, 70);

    private static string Draw(IReadOnlyList<double> errors, string cssClass, double width, int maxBars)
    {
        double most = errors.Where(double.IsFinite).DefaultIfEmpty(0).Max();
        if (!(most > 0))
        {
            return string.Empty;
        }

        int group = ((errors.Count - 1) / maxBars) + 1, bars = ((errors.Count - 1) / group) + 1;
        double step = (width - Left - Right) / bars, gap = Math.Min(6, step * 0.25), wide = Math.Min(step - gap, 60);
        double scale = (Height - Top - Bottom) / (most * 1.05);
        StringBuilder svg = new();
        Add($"<svg class=\"{cssClass}\" viewBox=\"0 0 {width} {Height}\" role=\"img\" aria-label=\"Error of each of {errors.Count} outputs\">\n");
        double tickStep = TickStep(most);
        for (double tick = 0; tick <= most * 1.05; tick += tickStep)
        {
            double y = Height - Bottom - (tick * scale);
            Add($"<line class=\"grid\" x1=\"{Left}\" y1=\"{y:F1}\" x2=\"{width - Right}\" y2=\"{y:F1}\"/><text x=\"{Left - 8}\" y=\"{y + 4:F1}\" text-anchor=\"end\">{tick.ToString("0.######", CultureInfo.InvariantCulture)}</text>\n");
        }

        int labelled = Math.Max(1, (int)Math.Ceiling(40 / step));
        for (int i = 0; i < bars; i++)
        {
            double error = errors.Skip(i * group).Take(group).Where(double.IsFinite).DefaultIfEmpty(0).Max();
            double x = Left + (i * step) + ((step - wide) / 2), height = error * scale;
            Add($"<rect class=\"bar\" x=\"{x:F1}\" y=\"{Height - Bottom - height:F1}\" width=\"{wide:F1}\" height=\"{height:F1}\"><title>output {i * group}{(group > 1 ? $" to {Math.Min(errors.Count, (i + 1) * group) - 1}, largest" : string.Empty)}: {Words.Error(error)}</title></rect>");
            if (i % labelled == 0)
            {
                Add($"<text x=\"{x + (wide / 2):F1}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{i * group}</text>\n");
            }
        }

        return svg.Append("</svg>\n").ToString();

        void Add(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The range in words.</summary>
    internal static string Summary(IReadOnlyList<double> errors)
    {
        double[] sorted = [.. errors.Where(double.IsFinite).Order()];
        if (sorted.Length == 0)
        {
            return "It is undefined for all outputs, which do not vary.";
        }

        int worst = Enumerable.Range(0, errors.Count).Where(i => double.IsFinite(errors[i])).MaxBy(i => errors[i]);
        string constant = sorted.Length < errors.Count ? $" {errors.Count - sorted.Length} outputs do not vary, and have none." : string.Empty;
        return $"Median {Words.Error(sorted[sorted.Length / 2])}; the largest is {Words.Error(sorted[^1])}, of output {worst}.{constant}";
    }

    private static double TickStep(double most)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(most)));
        double rest = most / power;
        return power * (rest < 2 ? 0.5 : rest < 5 ? 1 : 2);
    }
}
