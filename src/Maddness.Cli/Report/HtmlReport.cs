using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using Maddness.Cli.Commands;

namespace Maddness.Cli.Report;

/// <summary>A plan as one HTML file that needs nothing else: no network, no script. Readable in light and dark, on a phone, and printed.</summary>
internal static class HtmlReport
{
    /// <summary>The file.</summary>
    internal static byte[] Render(PlanSummary summary)
    {
        MaddnessPlan plan = summary.Plan;
        bool isApproximate = plan.Chosen is not null;
        string title = isApproximate ? "Use the approximate product" : "Use the exact product";
        StringBuilder html = new();
        html.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>Maddness plan: {title.ToLowerInvariant()}</title>
            <style>
            {Style}
            </style>
            </head>
            <body>
            <main>
            <header>
            <p class="kicker">Maddness plan · {Words.Count(summary.Inputs, "input")} → {Words.Count(summary.Outputs, "output")}</p>
            <h1>{title}</h1>
            <p class="reason">{Encode(plan.Reason.Replace(" %", "\u00A0%", StringComparison.Ordinal))}</p>
            {string.Concat(summary.Warnings.Select(w => $"<p class=\"warning\">{Encode(w)}</p>\n"))}</header>

            """);
        AppendTiles(html, summary);
        html.Append("<section>\n<h2>Speed against error</h2>\n");
        string chart = TradeOffChart.Render(summary);
        html.Append(chart);
        html.Append(chart.Length == 0 ? "<p class=\"note\">There is nothing to draw: no candidate has an error that is defined.</p>\n</section>\n" : $"""
            <p class="note">Each point is a candidate of the table below, by its number. Up is faster, left is more exact; both scales are logarithmic. The line joins those that no other
            beats in both. In the shaded corner a candidate keeps to the budget and is faster than the exact product.</p>
            </section>

            """);
        AppendCandidates(html, summary);
        AppendOutputs(html, summary);
        AppendCode(html, summary);
        AppendFooter(html, summary);
        html.Append("</main>\n</body>\n</html>\n");
        return Encoding.UTF8.GetBytes(html.ToString());
    }

    private static void AppendTiles(StringBuilder html, PlanSummary summary)
    {
        if (summary.Plan.Chosen is not PlanCandidate chosen)
        {
            return;
        }

        ApproximationReport accuracy = chosen.Accuracy;
        html.Append("<section class=\"tiles\">\n");
        Tile("speed", Words.Speed(chosen.Speed.SpeedupOverExact), $"{Words.Nanoseconds(chosen.Speed.NanosecondsPerRowApproximate)} ns a row, exact {Words.Nanoseconds(chosen.Speed.NanosecondsPerRowExact)}");
        Tile("error", Words.Error(accuracy.NormalizedMeanSquaredError), "mean squared error / variance");
        if (summary.Budget.IsOfOutputs)
        {
            Tile("mean output error", Words.Error(accuracy.MeanOutputError), "each beside its own variance");
        }

        Tile("same largest output", Words.Share(accuracy.ArgMaxAgreement), $"of {accuracy.Rows:N0} held-out rows");
        if (accuracy.Top1Exact is not null)
        {
            Tile("top-1", Words.Share(accuracy.Top1Approximate), $"exact {Words.Share(accuracy.Top1Exact)}");
        }

        Tile("model", Words.Bytes(chosen.ModelBytes), $"weights {Words.Bytes(4L * summary.Inputs * summary.Outputs)}");
        html.Append("</section>\n");
        html.Append(CultureInfo.InvariantCulture, $"<p class=\"note\">Measured on the {summary.Plan.ConfirmingRows:N0} held-out rows that did not choose this candidate.</p>\n");

        void Tile(string name, string value, string detail) =>
            html.Append(CultureInfo.InvariantCulture, $"<div class=\"tile\"><span>{Encode(name)}</span><strong>{Encode(value)}</strong><small>{Encode(detail)}</small></div>\n");
    }

    private static void AppendCandidates(StringBuilder html, PlanSummary summary)
    {
        MaddnessPlan plan = summary.Plan;
        bool hasLabels = plan.Candidates.Any(c => c.Accuracy.Top1Exact is not null);
        html.Append("<section>\n<h2>Candidates</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th>#</th><th title=\"codebooks\">C</th><th title=\"leaves\">K</th><th class=\"text\">objective</th><th title=\"groups of 16 columns that trees may read\">lines</th>"
            + $"<th>error</th>{(summary.Budget.IsOfOutputs ? "<th>output error</th>" : string.Empty)}<th>agreement</th>");
        html.Append(hasLabels ? "<th>top-1</th>" : string.Empty);
        html.Append("<th>ns/row</th><th>speed</th><th>model</th><th class=\"text\"></th></tr></thead>\n<tbody>\n");
        for (int i = 0; i < plan.Candidates.Count; i++)
        {
            PlanCandidate c = plan.Candidates[i];
            bool isChosen = i == plan.ChosenIndex;
            string status = isChosen ? "chosen" : c.IsConfirmed == false ? "on one half only" : c.MeetsBudget ? "within budget" : string.Empty;
            html.Append(CultureInfo.InvariantCulture, $"<tr{(isChosen ? " class=\"chosen\"" : c.MeetsBudget ? string.Empty : " class=\"missed\"")}><td>{i + 1}</td><td>{c.Options.Codebooks}</td><td>{c.Options.Leaves}</td>");
            html.Append(CultureInfo.InvariantCulture, $"<td class=\"text\">{Words.Of(c.Objective)}{(c.Options.Classifier ? ", classifier" : string.Empty)}</td><td>{c.Options.MaxCacheLines?.ToString(CultureInfo.InvariantCulture) ?? "–"}</td>");
            html.Append(CultureInfo.InvariantCulture, $"<td>{Words.Error(c.Accuracy.NormalizedMeanSquaredError)}</td>");
            html.Append(summary.Budget.IsOfOutputs ? $"<td>{Words.Error(c.Accuracy.MeanOutputError)}</td>" : string.Empty);
            html.Append(CultureInfo.InvariantCulture, $"<td>{Words.Share(c.Accuracy.ArgMaxAgreement)}</td>");
            html.Append(hasLabels ? $"<td>{Words.Share(c.Accuracy.Top1Approximate)}</td>" : string.Empty);
            html.Append(CultureInfo.InvariantCulture, $"<td>{Words.Nanoseconds(c.Speed.NanosecondsPerRowApproximate)}</td><td>{Words.Speed(c.Speed.SpeedupOverExact)}</td><td>{Words.Bytes(c.ModelBytes)}</td><td class=\"text\">{status}</td></tr>\n");
        }

        html.Append(CultureInfo.InvariantCulture, $"</tbody></table></div>\n<p class=\"note\">Measured on the {plan.ChoosingRows:N0} held-out rows that choose; C codebooks of K leaves. The exact product takes {Words.Nanoseconds(plan.Candidates[0].Speed.NanosecondsPerRowExact)} ns a row.</p>\n</section>\n");
    }

    private static void AppendOutputs(StringBuilder html, PlanSummary summary)
    {
        MaddnessPlan plan = summary.Plan;
        int closest = Enumerable.Range(0, plan.Candidates.Count).MinBy(i => plan.Candidates[i].Accuracy.NormalizedMeanSquaredError);
        PlanCandidate shown = plan.Chosen ?? plan.Candidates[closest];
        bool isDefined = shown.Accuracy.OutputErrors.Any(double.IsFinite);
        string which = plan.Chosen is null ? $"of candidate {closest + 1}, which has the smallest error" : "of the chosen candidate, on rows that did not choose it";
        html.Append(CultureInfo.InvariantCulture, $"<section>\n<h2>Error per output</h2>\n{OutputErrorChart.Render(shown.Accuracy.OutputErrors)}<p class=\"note\">The error of each output alone (squared error / the output's own variance){(isDefined ? $" {which}" : string.Empty)}. {Encode(OutputErrorChart.Summary(shown.Accuracy.OutputErrors))}</p>\n</section>\n");
    }

    private static void AppendCode(StringBuilder html, PlanSummary summary)
    {
        string code = summary.Plan.Product is null
            ? $"""
              using Maddness;

              // weights: {summary.Inputs} x {summary.Outputs} values, row-major; a: rows x {summary.Inputs}
              ExactMatmul product = new(weights, inputs: {summary.Inputs}, outputs: {summary.Outputs}{(summary.Request.Bias is null ? string.Empty : ", bias")});
              float[] y = new float[rows * product.Outputs];
              product.Multiply(a, rows, y);
              """
            : $"""
              using Maddness;

              // a: rows x {summary.Inputs} values of {summary.Plan.Product.ElementType.ToString().ToLowerInvariant()}, row-major
              MaddnessMatmul product = MaddnessMatmul.Load({Literal(summary.Model ?? "model.safetensors")});
              float[] y = new float[rows * product.Outputs];
              product.Multiply(a, rows, y);
              """;
        string note = summary.Plan.Product is not null && summary.Model is null ? "<p class=\"note\">No model was written: run the plan again with <code>--out model.safetensors</code>.</p>\n" : string.Empty;
        html.Append(CultureInfo.InvariantCulture, $"<section>\n<h2>In C#</h2>\n<pre><code>{Encode(code)}</code></pre>\n{note}</section>\n");
    }

    private static void AppendFooter(StringBuilder html, PlanSummary summary)
    {
        PlanRequest request = summary.Request;
        html.Append(CultureInfo.InvariantCulture, $"""
            <footer>
            <dl>
            <dt>Budget</dt><dd>{summary.Budget.Demand}</dd>
            <dt>Learned from</dt><dd>{Encode(request.Train)}, {summary.TrainingRows:N0} rows</dd>
            <dt>Weights</dt><dd>{Encode(request.Weights)}{(request.Bias is null ? string.Empty : $" and bias {Encode(request.Bias)}")}</dd>
            <dt>Held out</dt><dd>{Encode(request.Holdout)}, {summary.HeldOutRows:N0} rows: {summary.Plan.ChoosingRows:N0} choose, {summary.Plan.ConfirmingRows:N0} report</dd>
            <dt>Machine</dt><dd>{RuntimeInformation.ProcessArchitecture}, kernel {KernelSelection.NameOf(summary.Plan.Candidates[0].Speed.Kernel)}, one thread, medians of interleaved runs; {Encode(RuntimeInformation.FrameworkDescription)}</dd>
            </dl>
            <p class="note">Error = Σ(Ŷ − Y)² / Σ(Y − mean Y)² against the exact product without bias; output error: the mean of that of each output alone, beside its own variance. Agreement: rows whose largest output, bias included, is the exact product's.</p>
            </footer>

            """);
    }

    /// <summary>A text in C#. What would break a line, or cannot be seen, is escaped.</summary>
    private static string Literal(string text) => $"\"{string.Concat(text.Select(Escape))}\"";

    private static string Escape(char c) => c switch
    {
        '\\' or '"' => $"\\{c}",
        _ when char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => $"\\u{(int)c:X4}",
        _ => c.ToString(),
    };

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    private const string Style =
        """
        :root { --paper: #fcfcfa; --card: #ffffff; --ink: #1c2024; --soft: #5c6670; --line: #dde1e4; --accent: #0b6e4f; --accent-ink: #ffffff; --good: #d9efe4; --muted: #9aa4ad; --warn: #b3541e; }
        @media (prefers-color-scheme: dark) {
          :root { --paper: #14171a; --card: #1c2024; --ink: #e8eaec; --soft: #a3adb6; --line: #343b42; --accent: #4fd1a1; --accent-ink: #0d1f18; --good: #183a2d; --muted: #6f7a84; --warn: #f0a070; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
        main { max-width: 66rem; margin: 0 auto; padding: 2rem 1.25rem 3rem; }
        .kicker { margin: 0; color: var(--soft); font-size: .9rem; }
        h1 { margin: .1rem 0 .5rem; font-size: clamp(1.6rem, 5vw, 2.4rem); line-height: 1.15; color: var(--accent); }
        h2 { margin: 2.2rem 0 .7rem; font-size: 1.15rem; }
        .reason { margin: 0 0 1.2rem; font-size: 1.08rem; max-width: 48rem; }
        .warning { margin: 0 0 1.2rem; padding: .5rem .9rem; border-left: 4px solid var(--warn); background: var(--card); max-width: 48rem; }
        .note { color: var(--soft); font-size: .88rem; max-width: 48rem; margin: .6rem 0 0; }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.2rem, 1fr)); gap: .7rem; }
        .tile { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .7rem .9rem; display: flex; flex-direction: column; }
        .tile span, .tile small { color: var(--soft); font-size: .82rem; }
        .tile strong { font-size: 1.55rem; line-height: 1.3; font-weight: 650; font-variant-numeric: tabular-nums; }
        .scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .6rem; background: var(--card); }
        table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
        th, td { text-align: right; padding: .35rem .6rem; white-space: nowrap; }
        th { color: var(--soft); font-weight: 600; border-bottom: 1px solid var(--line); }
        th.text, td.text { text-align: left; }
        tr.missed td { color: var(--soft); }
        tr.chosen td { background: var(--good); font-weight: 650; }
        pre { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .9rem 1rem; overflow-x: auto; font-size: .88rem; line-height: 1.45; margin: 0; }
        code { font-family: ui-monospace, "Cascadia Code", Consolas, "DejaVu Sans Mono", monospace; }
        footer { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 1rem; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 0; font-size: .9rem; }
        dt { color: var(--soft); }
        dd { margin: 0; overflow-wrap: anywhere; }
        svg { display: block; width: 100%; height: auto; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
        svg.tall { display: none; }
        svg text { fill: var(--soft); font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
        svg .grid { stroke: var(--line); stroke-width: 1; }
        svg .axis-name { fill: var(--ink); }
        svg .region { fill: var(--good); opacity: .55; }
        svg .budget { stroke: var(--accent); stroke-width: 1.5; stroke-dasharray: 5 4; }
        svg .exact { stroke: var(--warn); stroke-width: 1.5; }
        svg .budget-name { fill: var(--accent); font-weight: 600; }
        svg .exact-name { fill: var(--warn); font-weight: 600; paint-order: stroke; stroke: var(--card); stroke-width: 4px; }
        svg .front { fill: none; stroke: var(--muted); stroke-width: 2; }
        svg .point circle { fill: var(--card); stroke: var(--muted); stroke-width: 1.5; }
        svg .point text { text-anchor: middle; font-size: 11px; fill: var(--soft); }
        svg .within circle { stroke: var(--accent); }
        svg .within text { fill: var(--accent); }
        svg .best circle { fill: var(--accent); stroke: var(--accent); }
        svg .best text { fill: var(--accent-ink); font-weight: 700; }
        svg .bar { fill: var(--accent); }
        @media (max-width: 34rem) {
          main { padding: 1.2rem .9rem 2rem; }
          .tiles { grid-template-columns: repeat(2, 1fr); }
          svg.wide { display: none; }
          svg.tall { display: block; }
          dl { grid-template-columns: 1fr; gap: 0; }
          dd { margin-bottom: .4rem; }
        }
        @media print {
          :root { --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --accent: #0b6e4f; --accent-ink: #fff; --good: #e2f3ea; --muted: #777; --warn: #b3541e; }
          body { font-size: 11pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          main { max-width: none; padding: 0; }
          section, .tile, tr { break-inside: avoid; }
          h2 { break-after: avoid; }
          .scroll { overflow: visible; }
          th, td { padding: .2rem .4rem; font-size: 8.5pt; }
          svg.wide { display: block; }
          svg.tall { display: none; }
        }
        """;
}
