using System.Numerics.Tensors;
using LinearLayer;
using Maddness;

// A classifier layer in a small pipeline: learned once, saved; then, as another process would, loaded and used on batches of any size.
string path = Path.Combine(Path.GetTempPath(), $"linear-layer-{Environment.ProcessId}.safetensors");
try
{
    Dataset data = Dataset.Generate(seed: 7);

    // Training: the layer's inputs from a calibration set, its weights and its bias.
    MaddnessMatmul learned = MaddnessTrainer.Train(
        data.TrainingInputs, data.TrainingRows, Dataset.Inputs, data.Weights, Dataset.Classes, data.Bias, new TrainingOptions { Codebooks = 32 });

    // The number that decides whether to use it: accuracy on rows that training has not seen.
    ApproximationReport report = learned.Evaluate(data.TestInputs, data.TestRows, data.Weights);
    Console.WriteLine($"held-out error {report.NormalizedMeanSquaredError:F4}, arg-max agreement with the exact layer {report.ArgMaxAgreement:P1}");
    learned.Save(path);
    Console.WriteLine($"saved {new FileInfo(path).Length} bytes; the weights take {data.Weights.Length * sizeof(float)}");

    // Inference: load, multiply batches, take the arg-max.
    MaddnessMatmul layer = MaddnessMatmul.Load(path);
    int right = 0;
    const int BatchRows = 37;
    float[] logits = new float[BatchRows * Dataset.Classes];
    for (int start = 0; start < data.TestRows; start += BatchRows)
    {
        int rows = Math.Min(BatchRows, data.TestRows - start);
        ReadOnlySpan<float> batch = data.TestInputs.AsSpan(start * Dataset.Inputs, rows * Dataset.Inputs);
        Span<float> outputs = logits.AsSpan(0, rows * Dataset.Classes);
        layer.Multiply(batch, rows, outputs);
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> rowLogits = outputs.Slice(row * Dataset.Classes, Dataset.Classes);
            right += TensorPrimitives.IndexOfMax(rowLogits) == data.TestLabels[start + row] ? 1 : 0;
        }
    }

    Console.WriteLine($"top-1 of the loaded layer: {(double)right / data.TestRows:P1}");
}
finally
{
    File.Delete(path);
}
