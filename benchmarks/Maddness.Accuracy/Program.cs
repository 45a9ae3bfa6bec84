using System.Diagnostics;
using System.Globalization;
using Maddness;
using Maddness.Accuracy;

// The tables of docs/accuracy.md: error on rows never learned from, agreement of the arg-max with the exact one, the same where a few outputs per row (five) are computed exactly, top-1 (where there are labels), lines read, and seconds of processor time.
// dotnet run -c Release --project benchmarks/Maddness.Accuracy -- [families] [codebooks] [leaves] [variants] [candidates] [rows], each a list with commas or "all"; of rows the first so many are learned from.
string[] families = List(0, "all");
int[] codebooks = [.. List(1, "4,8,16").Select(c => int.Parse(c, CultureInfo.InvariantCulture))];
int leaves = int.Parse(List(2, "16")[0], CultureInfo.InvariantCulture);
string[] variants = List(3, "reconstruction,auto");
int candidates = int.Parse(List(4, "5")[0], CultureInfo.InvariantCulture);
int most = List(5, "all")[0] is "all" ? int.MaxValue : int.Parse(List(5, "all")[0], CultureInfo.InvariantCulture);

// Once for the compiler, so that times are of the trainer.
float[] warm = new Normal(0).Values(3000 * 160, 1);
foreach ((_, TrainingOptions options) in Variants.All(4, leaves))
{
    MaddnessTrainer.Train(warm, 3000, 160, warm.AsSpan(0, 160 * 10), 10, default, options);
}

foreach (Family family in Families.All().Where(f => families[0] == "all" || families.Contains(f.Name)).Select(f => f.Rows <= most ? f : f with { Train = f.Train[..(most * f.Inputs)] }))
{
    foreach (int c in codebooks)
    {
        foreach ((string name, TrainingOptions options) in Variants.All(c, leaves))
        {
            if (variants[0] != "all" && !variants.Contains(name))
            {
                continue;
            }

            Measure(family, name, options, candidates);
        }
    }
}

string[] List(int place, string standard) => (args.Length > place ? args[place] : standard).Split(',');

static void Measure(Family family, string name, TrainingOptions options, int candidates)
{
    TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
    MaddnessMatmul matmul = MaddnessTrainer.Train(family.Train, family.Rows, family.Inputs, family.B, family.Outputs, family.Bias, options);
    double seconds = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
    ApproximationReport report = matmul.Evaluate(family.Test, family.Test.Length / family.Inputs, family.B);
    string top1 = family.Labels.Length > 0 ? family.Top1(matmul).ToString("f4", CultureInfo.InvariantCulture) : "-";
    int lines = matmul.Trees.Columns.Select(j => j / 16).Distinct().Count();
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{family.Name,-10} {family.Rows,5} x {family.Inputs,4} x {family.Outputs,3}  C {options.Codebooks,2}  K {options.Leaves}  {name,-22} error {report.NormalizedMeanSquaredError:f4}  arg-max {report.ArgMaxAgreement:f4}  re-ranked {family.Reranked(matmul, Math.Min(candidates, family.Outputs)):f4}  top-1 {top1,6}  lines {lines,2}  {seconds:f2} s"));
}
