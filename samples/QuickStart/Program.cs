using System.Diagnostics;
using System.Globalization;
using Maddness;
using QuickStart;

// Learns approximate products of several sizes, and prints beside the exact product what each costs in time and in accuracy.
// dotnet run -c Release --project samples/QuickStart [-- --data FOLDER]
string? folder = args switch
{
    [] => null,
    ["--data", string path] => path,
    _ => throw new ArgumentException("Usage: QuickStart [--data FOLDER]"),
};
Problem problem = folder is null ? Problem.Generate() : Problem.Load(folder);
(Matrix train, Matrix test, Matrix weights) = (problem.Train, problem.Test, problem.Weights);
int outputs = weights.Columns;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

Console.WriteLine($"A·B with A = {test.Rows} x {test.Columns} ({problem.Name}), B = {weights.Rows} x {outputs}");
Console.WriteLine($"One thread, kernel {KernelSelection.NameOf(KernelSelection.Current)}; medians of runs in turn; errors on rows never trained on.");
Console.WriteLine();
Console.WriteLine("  C  lines   exact ms  approx ms    ratio     swept     error   arg-max agreement   model KB   learned in s");

ExactMatmul exact = new(weights.Values, weights.Rows, outputs, problem.Bias);
Timing timing = new();
float[] exactOutputs = new float[test.Rows * outputs];
float[] approximateOutputs = new float[test.Rows * outputs];

// The default reads what the error asks for of each row; a limit of cache lines makes rows in memory cheaper, at a price in error.
foreach ((int codebooks, int? lines) in ((int, int?)[])[(4, null), (8, null), (16, null), (32, null), (64, null), (16, 8), (16, 4)])
{
    long start = Stopwatch.GetTimestamp();
    MaddnessMatmul product = MaddnessTrainer.Train(
        train.Values, train.Rows, train.Columns, weights.Values, outputs, problem.Bias, new TrainingOptions { Codebooks = codebooks, MaxCacheLines = lines });
    double learning = Stopwatch.GetElapsedTime(start).TotalSeconds;

    Action multiplyExactly = () => exact.Multiply(test.Values, test.Rows, exactOutputs);
    Action multiply = () => product.Multiply(test.Values, test.Rows, approximateOutputs);
    (double exactTime, double time) = Timing.Repeated(multiplyExactly, multiply);
    (double sweptExactTime, double sweptTime) = timing.Swept(multiplyExactly, multiply);
    ApproximationReport report = product.Evaluate(test.Values, test.Rows, weights.Values);
    Console.WriteLine(
        $"{codebooks,3} {lines?.ToString(CultureInfo.InvariantCulture) ?? "auto",6} {exactTime,10:F3} {time,10:F3} {exactTime / time,7:F1}x {sweptExactTime / sweptTime,8:F1}x {report.NormalizedMeanSquaredError,9:F4} {report.ArgMaxAgreement,19:P1} "
        + $"{product.SizeInBytes / 1024.0,10:F0} {learning,14:F2}");
    if (problem.Labels is int[] labels)
    {
        Console.WriteLine($"      top-1: exact {Accuracy(exactOutputs, labels):F4}, approximate {Accuracy(approximateOutputs, labels):F4}");
    }
}

Console.WriteLine();
Console.WriteLine("lines = cache lines of 64 bytes that trees may read of a row (MaxCacheLines).");
Console.WriteLine("ratio = how many times faster than exact, run after run; swept = the same with other data read through the caches before every run.");
Console.WriteLine("error = mean squared error / variance of the exact outputs. Weights of the exact product: "
    + $"{weights.Values.Length * sizeof(float) / 1024.0:F0} KB.");

double Accuracy(float[] values, int[] labels)
{
    int right = 0;
    for (int row = 0; row < labels.Length; row++)
    {
        ReadOnlySpan<float> logits = values.AsSpan(row * outputs, outputs);
        right += System.Numerics.Tensors.TensorPrimitives.IndexOfMax(logits) == labels[row] ? 1 : 0;
    }

    return (double)right / labels.Length;
}
