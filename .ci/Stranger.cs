// What a stranger writes after adding the package: learns, measures, multiplies, and checks that it came out right.
using System;
using Maddness;

const int Rows = 500, Inputs = 32, Outputs = 3;
Random random = new(1);
float[] a = new float[Rows * Inputs];
float[] b = new float[Inputs * Outputs];
for (int i = 0; i < a.Length; i++)
{
    a[i] = (i / Inputs % 4) + (0.1f * random.NextSingle());
}

for (int i = 0; i < b.Length; i++)
{
    b[i] = random.NextSingle() - 0.4f;
}

MaddnessMatmul product = MaddnessTrainer.Train(a, Rows, Inputs, b, Outputs, options: new TrainingOptions { Codebooks = 4 });
float[] y = new float[Rows * Outputs];
product.Multiply(a, Rows, y);
ApproximationReport report = product.Evaluate(a, Rows, b);
Console.WriteLine($"error {report.NormalizedMeanSquaredError:G3}, y[0] = {y[0]}, kernel {KernelSelection.Current}");
return report.NormalizedMeanSquaredError < 0.05 ? 0 : 1;
