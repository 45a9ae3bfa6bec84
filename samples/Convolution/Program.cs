using System.Diagnostics;
using Convolution;
using Maddness;

// A convolution layer, 3 × 3 with padding and a rectifier, learned from a few images and then run on others: its windows are read where they stand, not copied to rows.
const int Outputs = 64, TrainingImages = 4, TestImages = 4;
ConvolutionShape shape = new(Height: 56, Width: 56, Channels: 32, KernelHeight: 3, KernelWidth: 3) { PaddingTop = 1, PaddingLeft = 1, PaddingBottom = 1, PaddingRight = 1 };
Console.WriteLine(shape);

float[] training = FeatureMaps.Generate(shape, TrainingImages, seed: 1), test = FeatureMaps.Generate(shape, TestImages, seed: 2);
(float[] weights, float[] bias) = FeatureMaps.Filters(shape, Outputs, seed: 3);

MaddnessConvolution learned = MaddnessConvolution.Train<float>(training, TrainingImages, shape, weights, Outputs, bias, new TrainingOptions { Codebooks = 16, MaxTrainingRows = 5000 });

// The number that decides whether to use it, on images that training has not seen.
ApproximationReport report = learned.Evaluate<float>(test, TestImages, weights);
Console.WriteLine($"held-out error {report.NormalizedMeanSquaredError:F4} of the variance");

// The product is what is saved and loaded; a rectifier costs no pass of its own.
MaddnessConvolution layer = new(learned.Product.WithActivation(Activation.Relu), shape);
float[] outputs = new float[TestImages * shape.Rows * Outputs];
double approximate = Milliseconds(() => layer.Multiply(test, TestImages, outputs));

// The exact layer: the way out where that does not pay.
ExactConvolution exactLayer = new(weights, shape, Outputs, bias);
double exact = Milliseconds(() => exactLayer.Multiply(test, TestImages, outputs));
Console.WriteLine($"{TestImages} images: {approximate:F2} ms, exact {exact:F2} ms, {exact / approximate:F1} times as fast on one thread");

// The median of some runs, after one that compiles.
static double Milliseconds(Action action)
{
    const int Runs = 11;
    action();
    double[] times = new double[Runs];
    for (int i = 0; i < Runs; i++)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    times.AsSpan().Sort();
    return times[Runs / 2];
}
