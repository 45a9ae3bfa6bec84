using System.Text;
using Maddness.Comparison.Core;
using Maddness.Comparison.Native;
using Maddness.Comparison.Results;
using static Maddness.Comparison.Targets.TargetPage;

namespace Maddness.Comparison.Convolutions;

/// <summary>Convolutions: windows read where they stand, beside ONNX Runtime's and beside products of copied rows.</summary>
internal static class ConvolutionRun
{
    /// <summary>Windows to learn from.</summary>
    private const int TrainingRows = 10_000;

    private static readonly int[] Codebooks = [16, 32, 64];

    /// <summary>Measures all layers.</summary>
    /// <returns>A Markdown page.</returns>
    internal static string Measure(bool quick, DateTime started)
    {
        StringBuilder table = new();
        foreach (Layer layer in quick ? Layer.All.Take(2) : Layer.All)
        {
            Console.Error.WriteLine(layer.Name);
            table.AppendLine(Measure(layer, quick));
        }

        StringBuilder page = new();
        page.AppendLine("# Convolutions");
        page.AppendLine();
        page.AppendLine(
            "Written by `dotnet run -c Release --project benchmarks/Maddness.Comparison -- --convolutions`. Nanoseconds a window on one thread, medians of methods in turn; in brackets the speed over ONNX Runtime's Conv in float32, which has images with their channels first, "
            + "turned before the clock starts, and over `ExactConvolution`. *Copies*: windows copied to rows (im2col), then multiplied. *Error* is on windows of other images than were learned from, mean squared error over the variance of the exact outputs. Images are made: smooth causes, waves of the same lengths in all of them, mixed, with noise, "
            + $"rectified where there are many channels; weights are random. {TrainingRows} windows were learned from.");
        page.AppendLine();
        foreach ((string what, string value) in Machine.Describe(started))
        {
            page.AppendLine($"- {what}: {value}");
        }

        page.AppendLine(OnnxApi.IsThere ? $"- ONNX Runtime {OnnxApi.Version}, one thread" : "- **Missing: ONNX Runtime**");
        page.AppendLine();
        page.AppendLine("| convolution | outputs | ONNX Runtime | ExactConvolution | copies, ExactMatmul | C | Maddness | copies, Maddness | error |");
        page.AppendLine("|---|---|---|---|---|---|---|---|---|");
        page.Append(table);
        return page.ToString().ReplaceLineEndings("\n");
    }

    private static string Measure(Layer layer, bool quick)
    {
        ConvolutionShape shape = layer.Shape;
        Matrix weights = layer.Weights();
        float[] images = layer.Images(1, layer.Count), training = layer.Images(2, layer.Count);
        int rows = layer.Count * shape.Rows;
        Matrix copies = new(rows, shape.Inputs);
        float[] y = new float[rows * layer.Outputs], ofCopies = new float[y.Length];
        ExactMatmul ofRows = new(weights.Values, shape.Inputs, layer.Outputs);
        ExactConvolution exact = new(weights.Values, shape, layer.Outputs);
        using OnnxConvolution? rival = OnnxApi.IsThere ? new(shape, weights, images, layer.Count) : null;
        MaddnessConvolution[] own = [.. Codebooks.Select(c => MaddnessConvolution.Train<float>(training, layer.Count, shape, weights.Values, layer.Outputs, default, new TrainingOptions { Codebooks = c, MaxTrainingRows = TrainingRows }))];
        Action[] actions =
        [
            () => rival?.Run(),
            () => shape.CopyRows<float>(images, layer.Count, copies.Values),
            () => ofRows.Multiply(copies.Values, rows, y),
            () => exact.Multiply(images, layer.Count, y),
            .. own.Select(o => (Action)(() => o.Multiply(images, layer.Count, y))),
            .. own.Select(o => (Action)(() => o.Product.Multiply(copies.Values, rows, ofCopies))),
        ];
        double[] times = [.. Timing.Medians(actions, quick ? 5 : 25, 2000).Select(milliseconds => 1e6 * milliseconds / rows)];
        exact.Multiply(images, layer.Count, y);
        Check(rival, y, layer.Outputs);
        StringBuilder lines = new();
        for (int i = 0; i < own.Length; i++)
        {
            own[i].Multiply(images, layer.Count, y);
            own[i].Product.Multiply(copies.Values, rows, ofCopies);
            if (!y.AsSpan().SequenceEqual(ofCopies))
            {
                throw new InvalidOperationException($"{layer.Name}: products of windows and of their copies differ.");
            }

            double windows = times[4 + i];
            string speed = rival is null ? $"({Figure(times[3] / windows)}×)" : $"({Figure(times[0] / windows)}×, {Figure(times[3] / windows)}×)";
            string left = i > 0 ? "| | | | |" : $"| {layer.Name}: {shape.Height} × {shape.Width} × {shape.Channels}, {shape.KernelHeight} × {shape.KernelWidth}{(shape.StrideX > 1 ? $", stride {shape.StrideX}" : string.Empty)} | {layer.Outputs} | {(rival is null ? "–" : Figure(times[0]))} | {Figure(times[3])} | {Figure(times[1] + times[2])} |";
            double error = own[i].Evaluate<float>(images.AsSpan(0, shape.ImageLength), 1, weights.Values).NormalizedMeanSquaredError;
            lines.Append(i > 0 ? "\n" : string.Empty).Append(left).Append(i > 0 ? " |" : string.Empty).Append($" {Codebooks[i]} | {Figure(windows)} {speed} | {Figure(times[1] + times[4 + own.Length + i])} | {error:F3} |");
        }

        return lines.ToString();
    }

    /// <summary>The rival must convolve the same images with the same weights.</summary>
    private static void Check(OnnxConvolution? rival, float[] exact, int outputs)
    {
        double largest = exact.Max(Math.Abs);
        for (int i = 0; rival is not null && i < exact.Length; i++)
        {
            if (Math.Abs(rival.At(i / outputs, i % outputs) - exact[i]) > 1e-4 * largest)
            {
                throw new InvalidOperationException($"ONNX Runtime has {rival.At(i / outputs, i % outputs)} at place {i / outputs}, output {i % outputs}; expected {exact[i]}.");
            }
        }
    }
}
