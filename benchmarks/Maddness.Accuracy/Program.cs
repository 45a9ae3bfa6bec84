using System.Diagnostics;
using System.Globalization;
using Maddness;
using Maddness.Accuracy;
using Maddness.Training;

string[] names = args.Length > 0 ? args[0].Split(',') : ["cifar10"];
int[] codebooks = args.Length > 1 ? [.. args[1].Split(',').Select(int.Parse)] : [4, 16];
int leaves = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 16;

// Once for the compiler, so that times are of the trainer.
float[] warm = new Normal(0).Values(3000 * 160, 1);
foreach ((_, TrainingOptions options) in Variants.All(4, 16))
{
    MaddnessTrainer.Train(warm, 3000, 160, warm.AsSpan(0, 160 * 10), 10, default, options);
}

foreach (Family family in Families.All().Where(f => names.Contains(f.Name) || names[0] == "all"))
{
    foreach (int c in codebooks)
    {
        Console.Write($"{family.Name,-14} {family.Rows}x{family.Inputs}x{family.Outputs} C={c} K={leaves}");
        foreach ((string name, TrainingOptions options) in Variants.All(c, leaves))
        {
            if (args.Length > 3 && !args[3].Split(',').Contains(name) || (name == "recon" && c > family.Inputs))
            {
                continue;
            }

            TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
            MaddnessMatmul matmul = MaddnessTrainer.Train(family.Train, family.Rows, family.Inputs, family.B, family.Outputs, family.Bias, options);
            double seconds = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
            ApproximationReport r = matmul.Evaluate(family.Test, family.Test.Length / family.Inputs, family.B);
            int lines = matmul.Trees.Columns.Select(j => j / 16).Distinct().Count();
            string top = family.Labels.Length > 0 ? $" top {family.Top1(matmul):f4}" : "";
            Console.Write($" | {name} {r.NormalizedMeanSquaredError:f4}{top} {lines}l {seconds:f2}s");
        }

        Console.WriteLine();
    }
}
