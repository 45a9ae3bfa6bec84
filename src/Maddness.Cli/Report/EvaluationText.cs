using System.Globalization;

namespace Maddness.Cli.Report;

/// <summary>The same for people.</summary>
internal static class EvaluationText
{
    internal static void Print(EvaluationJson e)
    {
        TextTable table = new();
        table.Add("product", $"{Words.Count(e.Rows, "row")} x {Words.Count(e.Inputs, "input")} x {Words.Count(e.Outputs, "output")}");
        table.Add("model", $"{Words.Codebooks(e.Codebooks, e.Leaves)}, objective {e.Objective}, {Words.Bytes(e.ModelBytes)}");
        table.Add("error", $"{Words.Error(e.NormalizedMeanSquaredError)} (mean squared error / variance of the exact outputs)");
        table.Add("mean output error", $"{Words.Error(e.MeanOutputError)} (each output beside its own variance)");
        table.Add("root mean squared error", e.RootMeanSquaredError.ToString("G4", CultureInfo.InvariantCulture));
        table.Add("largest absolute error", e.MaxAbsoluteError.ToString("G4", CultureInfo.InvariantCulture));
        table.Add("mean cosine similarity", double.IsNaN(e.MeanCosineSimilarity) ? "undefined" : e.MeanCosineSimilarity.ToString("F4", CultureInfo.InvariantCulture));
        table.Add("same largest output", $"{Words.Share(e.Top1Agreement)} of the rows");
        if (e.Top1Exact is not null)
        {
            table.Add("largest output is right", $"{Words.Share(e.Top1Approximate)} of the rows, exact {Words.Share(e.Top1Exact)}");
        }

        table.Add("time per row", $"{Words.Nanoseconds(e.NanosecondsPerRowApproximate)} ns, exact {Words.Nanoseconds(e.NanosecondsPerRowExact)} ns (one thread, {e.Kernel})");
        table.Add("speed", e.SpeedupOverExact >= 1 ? $"{Words.Speed(e.SpeedupOverExact)} the exact product's" : $"{Words.Speed(e.SpeedupOverExact)} the exact product's: exact is faster");
        table.Print();
    }
}
