using System.Globalization;
using System.Net;
using System.Text;

namespace Maddness.Comparison.Plots;

/// <summary>A line chart as SVG, in the colours of a light or a dark page, whichever the reader has.</summary>
internal sealed class Chart(string title, string subtitle, Axis x, Axis y, IReadOnlyList<Series> series)
{
    private const int Width = 1000;
    private const int Height = 560;
    private const int Left = 70;
    private const int Top = 62;
    private const int PlotWidth = 600;
    private const int PlotHeight = 430;

    // Middle tones, told apart on white and on black; strong curves have a colour of their own.
    private static readonly string[] Colours = ["#3b82c4", "#d9772b", "#4f9d4f", "#9a6fc0", "#b08a2e", "#2ba3a3", "#c75d9b", "#7d8794", "#8a6d5b", "#6a7fd6"];
    private static readonly string[] StrongColours = ["#e0352f", "#e8638c", "#c2410c"];

    /// <summary>Dashed lines across the plot, each with a word.</summary>
    internal IReadOnlyList<(double X, string Text)> Marks { get; init; } = [];

    /// <summary>A dashed line at a height of the plot.</summary>
    internal double? Level { get; init; }

    internal string Svg()
    {
        StringBuilder svg = new();
        svg.AppendLine(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" font-family=\"system-ui, Segoe UI, Helvetica, Arial, sans-serif\">");
        svg.AppendLine("<style>.page{fill:#ffffff}.ink{fill:#1f2328}.soft{fill:#59636e}.grid{stroke:#d8dee4}.frame{stroke:#59636e}"
            + "@media (prefers-color-scheme: dark){.page{fill:#0d1117}.ink{fill:#f0f6fc}.soft{fill:#9198a1}.grid{stroke:#2a313a}.frame{stroke:#9198a1}}</style>");
        svg.AppendLine(CultureInfo.InvariantCulture, $"<rect class=\"page\" width=\"{Width}\" height=\"{Height}\"/>");
        Text(svg, Left, 26, title, "ink", 17, "font-weight=\"600\"");
        Text(svg, Left, 46, subtitle, "soft", 12.5);
        Grid(svg);
        int strong = 0, plain = 0, row = 0;
        List<(Series Series, string Colour, int Shape)> styled = [];
        foreach (Series s in series)
        {
            styled.Add(s.Strong ? (s, StrongColours[strong % StrongColours.Length], 1 + (strong++ / StrongColours.Length)) : (s, Colours[plain % Colours.Length], 1 + (plain++ / Colours.Length)));
        }

        // What should stand out is drawn last, above the rest.
        foreach ((Series s, string colour, int shape) in styled.OrderBy(s => s.Series.Strong))
        {
            Curve(svg, s, colour, shape);
        }

        foreach ((Series s, string colour, int shape) in styled)
        {
            Legend(svg, s, colour, shape, row++);
        }

        svg.AppendLine("</svg>");
        return svg.ToString().ReplaceLineEndings("\n");
    }

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static void Text(StringBuilder svg, double left, double top, string text, string style, double size, string more = "") => svg.AppendLine(
        CultureInfo.InvariantCulture, $"<text class=\"{style}\" x=\"{Number(left)}\" y=\"{Number(top)}\" font-size=\"{size}\" {more}>{WebUtility.HtmlEncode(text)}</text>");

    private static void Marker(StringBuilder svg, double left, double top, string colour, int shape, double size) => svg.AppendLine(shape switch
    {
        2 => $"<rect x=\"{Number(left - size)}\" y=\"{Number(top - size)}\" width=\"{Number(2 * size)}\" height=\"{Number(2 * size)}\" fill=\"{colour}\"/>",
        3 => $"<path d=\"M{Number(left)} {Number(top - (1.3 * size))}l{Number(1.3 * size)} {Number(2.3 * size)}h{Number(-2.6 * size)}z\" fill=\"{colour}\"/>",
        _ => $"<circle cx=\"{Number(left)}\" cy=\"{Number(top)}\" r=\"{Number(size)}\" fill=\"{colour}\"/>",
    });

    private double PixelX(double value) => Left + (PlotWidth * x.Place(value));

    private double PixelY(double value) => Top + (PlotHeight * (1 - y.Place(value)));

    private void Grid(StringBuilder svg)
    {
        foreach ((double value, string text) in x.Ticks())
        {
            svg.AppendLine($"<line class=\"grid\" x1=\"{Number(PixelX(value))}\" x2=\"{Number(PixelX(value))}\" y1=\"{Top}\" y2=\"{Top + PlotHeight}\"/>");
            Text(svg, PixelX(value), Top + PlotHeight + 18, text, "soft", 12, "text-anchor=\"middle\"");
        }

        foreach ((double value, string text) in y.Ticks())
        {
            svg.AppendLine($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Left + PlotWidth}\" y1=\"{Number(PixelY(value))}\" y2=\"{Number(PixelY(value))}\"/>");
            Text(svg, Left - 8, PixelY(value) + 4, text, "soft", 12, "text-anchor=\"end\"");
        }

        svg.AppendLine($"<rect class=\"frame\" x=\"{Left}\" y=\"{Top}\" width=\"{PlotWidth}\" height=\"{PlotHeight}\" fill=\"none\"/>");
        Text(svg, Left + (PlotWidth / 2), Top + PlotHeight + 42, x.Title, "ink", 13.5, "text-anchor=\"middle\"");
        Text(svg, 0, 0, y.Title, "ink", 13.5, $"text-anchor=\"middle\" transform=\"translate(18 {Top + (PlotHeight / 2)}) rotate(-90)\"");
        if (Level is double level && y.Place(level) is >= 0 and <= 1)
        {
            svg.AppendLine($"<line class=\"frame\" x1=\"{Left}\" x2=\"{Left + PlotWidth}\" y1=\"{Number(PixelY(level))}\" y2=\"{Number(PixelY(level))}\" stroke-dasharray=\"6 4\"/>");
        }

        for (int i = 0; i < Marks.Count; i++)
        {
            double at = PixelX(Marks[i].X);
            svg.AppendLine($"<line class=\"frame\" x1=\"{Number(at)}\" x2=\"{Number(at)}\" y1=\"{Top}\" y2=\"{Top + PlotHeight}\" stroke-dasharray=\"3 4\"/>");
            Text(svg, at + 5, Top + 16 + (16 * i), Marks[i].Text, "ink", 11.5);
        }
    }

    private void Curve(StringBuilder svg, Series s, string colour, int shape)
    {
        (double X, double Y)[] points = [.. s.Points.Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y) && (!x.Logarithmic || p.X > 0) && (!y.Logarithmic || p.Y > 0))];
        if (points.Length > 1)
        {
            string path = string.Join(' ', points.Select(p => $"{Number(PixelX(p.X))},{Number(PixelY(p.Y))}"));
            svg.AppendLine($"<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{(s.Strong ? 3 : 1.6)}\" stroke-linejoin=\"round\"{(s.Dashed ? " stroke-dasharray=\"6 4\"" : string.Empty)}/>");
        }

        foreach ((double pointX, double pointY) in points)
        {
            Marker(svg, PixelX(pointX), PixelY(pointY), colour, shape, s.Strong ? 4.5 : 3.2);
        }
    }

    private void Legend(StringBuilder svg, Series s, string colour, int shape, int row)
    {
        double spacing = Math.Min(20, (double)PlotHeight / Math.Max(1, series.Count)), left = Left + PlotWidth + 20, top = Top + 8 + (row * spacing);
        svg.AppendLine($"<line x1=\"{Number(left)}\" x2=\"{Number(left + 24)}\" y1=\"{Number(top)}\" y2=\"{Number(top)}\" stroke=\"{colour}\" stroke-width=\"{(s.Strong ? 3 : 1.6)}\"{(s.Dashed ? " stroke-dasharray=\"6 4\"" : string.Empty)}/>");
        Marker(svg, left + 12, top, colour, shape, s.Strong ? 4.5 : 3.2);
        Text(svg, left + 32, top + 4, s.Name, "ink", 12, s.Strong ? "font-weight=\"600\"" : string.Empty);
    }
}
