using System.Globalization;
using System.Text;
using Maddness.Comparison.Results;

namespace Maddness.Comparison.Targets;

/// <summary>The Markdown page of the speed targets.</summary>
internal static class TargetPage
{
    internal static string Of(TargetRun run, DateTime started)
    {
        IReadOnlyList<TargetRounds> targets = run.Targets;
        StringBuilder text = new();
        text.AppendLine("# Speed targets");
        text.AppendLine();
        text.AppendLine(
            "Written by `dotnet run -c Release --project benchmarks/Maddness.Comparison -- --targets`. Every ratio is of one round, methods in turn, medians, one thread, tables prebuilt, float rows in and floats "
            + "out unless said otherwise; products take turns of a few runs in a row, the first ones untimed, so that inputs come from the last cache as far as they fit it. "
            + "*Line budget* is `MaxCacheLines`."
            + (run.Rounds == 1 ? string.Empty : $" All cases were measured in {run.Rounds} rounds, one after another: each line shows the round in the middle by the share of what was wanted in it, with its own arithmetic, and the least and the most of all rounds."));
        text.AppendLine();
        foreach ((string what, string value) in Machine.Describe(started))
        {
            text.AppendLine($"- {what}: {value}");
        }

        foreach (string fact in run.Facts)
        {
            text.AppendLine($"- {fact}");
        }

        text.AppendLine();
        text.AppendLine($"{targets.Count(t => t.Middle.IsMet)} of {targets.Count} are met.");
        text.AppendLine();
        text.AppendLine("| case | wanted | measured | least … most | | arithmetic |");
        text.AppendLine("|---|---|---|---|---|---|");
        foreach (TargetRounds rounds in targets)
        {
            Target target = rounds.Middle;
            string sign = target.IsLimit ? "≤" : "≥";
            text.AppendLine($"| {target.Case} | {sign} {Figure(target.Wanted)}{target.Unit} | {Figure(target.Measured)}{target.Unit} | {Figure(rounds.Least)} … {Figure(rounds.Most)} | {(target.IsMet ? "met" : "**missed**")} | {target.Arithmetic} |");
        }

        return text.ToString().ReplaceLineEndings("\n");
    }

    internal static string Figure(double value) =>
        value.ToString(Math.Abs(value) switch { >= 100 => "F0", >= 10 => "F1", _ => "F2" }, CultureInfo.InvariantCulture);
}
