using System.Globalization;
using System.Net;
using System.Text;
using Maddness.Cli.Commands;

namespace Maddness.Cli.Report;

/// <summary>The candidates by their miss (error, or rows with another arg-max) and their speed, as SVG: once for wide screens and paper, once for phones.</summary>
internal static class TradeOffChart
{
    private const double Left = 68;
    private const double Right = 22;
    private const double Top = 24;
    private const double Bottom = 52;
    private const double Radius = 9.5;

    /// <summary>Of the name of the exact product, about.</summary>
    private const double NameWidth = 104;

    /// <summary>Both charts; nothing where no candidate has a defined error.</summary>
    internal static string Render(PlanSummary summary) => summary.Plan.Candidates.All(c => double.IsNaN(summary.Budget.Miss(c.Accuracy)))
        ? string.Empty
        : Draw(summary.Plan, summary.Budget, "wide", 760, 420) + Draw(summary.Plan, summary.Budget, "tall", 360, 380);

    private static string Draw(MaddnessPlan plan, PlanBudget budget, string cssClass, double width, double height)
    {

        // Zero has no place on a logarithmic axis: what misses nothing stands left of the budget, and a budget of nothing left of one row.
        double least = !budget.IsShare ? Math.Min(1e-9, budget.Limit / 2) : budget.Limit > 0 ? Math.Min(0.5 / plan.ChoosingRows, budget.Limit / 2) : 0.5 / plan.ChoosingRows;
        double limit = budget.Limit > 0 ? budget.Limit : 1.5 * least;
        (double Miss, double Speed, int Index)[] points =
        [
            .. plan.Candidates.Select((c, i) => (Miss: Miss(c), c.Speed.SpeedupOverExact, i)).Where(p => !double.IsNaN(p.Miss)),
        ];
        double[] misses = [.. points.Select(p => p.Miss).Append(limit)], speeds = [.. points.Select(p => p.Speed).Append(1)];
        LogAxis x = new(misses.Min() / 1.35, misses.Max() * 1.35, Left, width - Right);
        LogAxis y = new(speeds.Min() / 1.25, speeds.Max() * 1.3, height - Bottom, Top);

        StringBuilder svg = new();
        Add($"<svg class=\"{cssClass}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"Speed against error of {points.Length} candidates\">\n");
        double budgetX = x.Place(limit), exactY = y.Place(1);
        Add($"<rect class=\"region\" x=\"{Left}\" y=\"{Top}\" width=\"{budgetX - Left:F1}\" height=\"{exactY - Top:F1}\"/>\n");
        double lastLabel = double.NegativeInfinity;
        foreach (double tick in x.DecimalTicks())
        {
            double place = x.Place(tick);
            Add($"<line class=\"grid\" x1=\"{place:F1}\" y1=\"{Top}\" x2=\"{place:F1}\" y2=\"{height - Bottom}\"/>");
            if (place - lastLabel > 42)
            {
                Add($"<text x=\"{place:F1}\" y=\"{height - Bottom + 18}\" text-anchor=\"middle\">{(budget.IsShare ? (100 * tick).ToString("0.####", CultureInfo.InvariantCulture) + "&#160;%" : tick.ToString("0.######", CultureInfo.InvariantCulture))}</text>\n");
                lastLabel = place;
            }
        }

        foreach (double tick in y.BinaryTicks())
        {
            double place = y.Place(tick);
            Add($"<line class=\"grid\" x1=\"{Left}\" y1=\"{place:F1}\" x2=\"{width - Right}\" y2=\"{place:F1}\"/><text x=\"{Left - 8}\" y=\"{place + 4:F1}\" text-anchor=\"end\">{tick.ToString(tick < 0.1 ? "0.####" : "0.##", CultureInfo.InvariantCulture)}×</text>\n");
        }

        (double nameX, double nameY, bool isNameRight) = ExactName();
        Add($"<line class=\"exact\" x1=\"{Left}\" y1=\"{exactY:F1}\" x2=\"{width - Right}\" y2=\"{exactY:F1}\"/><text class=\"exact-name\" x=\"{nameX:F1}\" y=\"{nameY:F1}\" text-anchor=\"{(isNameRight ? "end" : "start")}\">exact product</text>\n");
        bool isRoomLeft = budgetX > width / 2;
        Add($"<line class=\"budget\" x1=\"{budgetX:F1}\" y1=\"{Top}\" x2=\"{budgetX:F1}\" y2=\"{height - Bottom}\"/><text class=\"budget-name\" x=\"{budgetX + (isRoomLeft ? -6 : 6):F1}\" y=\"{Top - 8}\" text-anchor=\"{(isRoomLeft ? "end" : "start")}\">budget {WebUtility.HtmlEncode(budget.Mark)}</text>\n");
        Add($"<text class=\"axis-name\" x=\"{(Left + width - Right) / 2:F1}\" y=\"{height - 12}\" text-anchor=\"middle\">{budget.Axis}</text>\n");
        Add($"<text class=\"axis-name\" transform=\"translate(15 {(Top + height - Bottom) / 2:F1}) rotate(-90)\" text-anchor=\"middle\">speed, exact = 1</text>\n");

        (double Miss, double Speed, int Index)[] front = [.. Front(points)];
        if (front.Length > 1)
        {
            Add($"<polyline class=\"front\" points=\"{string.Join(' ', front.Select(p => string.Create(CultureInfo.InvariantCulture, $"{x.Place(p.Miss):F1},{y.Place(p.Speed):F1}")))}\"/>\n");
        }

        // The chosen one last, on top.
        foreach ((double miss, double speed, int index) in points.OrderBy(p => p.Index == plan.ChosenIndex).ThenBy(p => plan.Candidates[p.Index].MeetsBudget))
        {
            PlanCandidate c = plan.Candidates[index];
            string kind = index == plan.ChosenIndex ? "point best" : c.MeetsBudget ? "point within" : "point";
            double radius = index == plan.ChosenIndex ? Radius + 2.5 : Radius;
            Add($"<g class=\"{kind}\"><title>{Words.Codebooks(c.Options.Codebooks, c.Options.Leaves)}: error {Words.Error(c.Accuracy.NormalizedMeanSquaredError)}, agreement {Words.Share(c.Accuracy.ArgMaxAgreement)}, {Words.Speed(speed)}</title>");
            Add($"<circle cx=\"{x.Place(miss):F1}\" cy=\"{y.Place(speed):F1}\" r=\"{radius}\"/><text x=\"{x.Place(miss):F1}\" y=\"{y.Place(speed) + 4:F1}\">{index + 1}</text></g>\n");
        }

        return svg.Append("</svg>\n").ToString();

        double Miss(PlanCandidate c) => Math.Max(budget.Miss(c.Accuracy), least);

        // Above or below the line, at its right end or beside the budget or at its left end: the first place that nothing stands in.
        (double X, double Y, bool IsRight) ExactName()
        {
            (double X, double Y, bool IsRight)[] places = [(width - Right - 4, exactY - 6, true), (width - Right - 4, exactY + 16, true), (budgetX + 6, exactY - 6, false), (budgetX + 6, exactY + 16, false), (Left + 4, exactY + 16, false), (Left + 4, exactY - 6, false)];
            return Array.Find(places, IsFree) is { X: > 0 } free ? free : places[0];
        }

        bool IsFree((double X, double Y, bool IsRight) place)
        {
            double from = place.IsRight ? place.X - NameWidth : place.X, to = from + NameWidth, top = place.Y - 12, bottom = place.Y + 3;
            return bottom <= height - Bottom && to <= width - Right
                && !(budgetX > from && budgetX < to)
                && !points.Any(p => x.Place(p.Miss) is double px && y.Place(p.Speed) is double py && px > from - Radius && px < to + Radius && py > top - Radius && py < bottom + Radius);
        }

        void Add(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Those that no other beats in both, from the most exact to the fastest.</summary>
    private static IEnumerable<(double Miss, double Speed, int Index)> Front((double Miss, double Speed, int Index)[] points)
    {
        double fastest = double.NegativeInfinity;
        foreach ((double Miss, double Speed, int Index) point in points.OrderBy(p => p.Miss).ThenByDescending(p => p.Speed))
        {
            if (point.Speed > fastest)
            {
                fastest = point.Speed;
                yield return point;
            }
        }
    }
}
