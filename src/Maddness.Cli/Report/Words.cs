using System.Globalization;

namespace Maddness.Cli.Report;

/// <summary>How names and figures are written for people and in JSON.</summary>
internal static class Words
{
    internal static string Of(Objective objective) => objective switch
    {
        Objective.Output => "output",
        Objective.Reconstruction => "reconstruction",
        _ => "auto",
    };

    internal static string Of(ElementType type) => type.ToString().ToLowerInvariant();

    internal static string Of(PlanRecommendation recommendation) => recommendation == PlanRecommendation.Approximate ? "approximate" : "exact";

    /// <summary>An error, to three digits.</summary>
    internal static string Error(double error) => double.IsNaN(error) ? "undefined" : error.ToString(error is < 1e-4 and > 0 ? "0.##E+0" : error < 0.1 ? "0.0000" : "0.000", CultureInfo.InvariantCulture);

    internal static string Share(double? share) => share is double s ? s.ToString("P2", CultureInfo.InvariantCulture).Replace(" %", "\u00A0%", StringComparison.Ordinal) : "–";

    internal static string Speed(double speedup) => speedup.ToString("0.00", CultureInfo.InvariantCulture) + "×";

    internal static string Nanoseconds(double time) => time.ToString(time < 100 ? "0.0" : "#,0", CultureInfo.InvariantCulture);

    internal static string Count(int count, string thing) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {thing}{(count == 1 ? string.Empty : "s")}");

    /// <summary>The size of a model.</summary>
    internal static string Codebooks(int codebooks, int leaves) => $"{Count(codebooks, "codebook")} of {leaves} leaves";

    internal static string Bytes(long bytes) => bytes switch
    {
        < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} B"),
        < 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:N1} kB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:N1} MB"),
    };
}
