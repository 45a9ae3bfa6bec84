using System.CommandLine;
using System.Numerics;
using Maddness.Cli.Formats;
using Maddness.Cli.Output;
using Maddness.Cli.Report;

namespace Maddness.Cli.Commands;

/// <summary><c>maddness evaluate</c>: what a model costs in accuracy and brings in speed on given rows.</summary>
internal static class EvaluateCommand
{
    internal static Command Build()
    {
        Option<string> model = MatrixOptions.Model(), weights = MatrixOptions.Weights();
        Option<string> input = MatrixOptions.Required("--input", "A.npy", "Rows that the model has not seen.");
        Option<bool> transpose = MatrixOptions.TransposeWeights(), json = MatrixOptions.Json(), quiet = MatrixOptions.Quiet();
        Option<string?> labels = MatrixOptions.Labels();
        ExampleCommand command = new(
            "evaluate",
            "Measures a model's error and speed against the exact product. The bias is the model's own.",
            "maddness evaluate --model model.safetensors --input X_test.npy --weights W.npy --labels labels_test.npy --json")
        {
            model, input, weights, transpose, labels, json, quiet,
        };
        command.SetAction((parsed, cancellation) => ProgressDisplay.RunAsync(parsed.GetValue(quiet), progress => Run(
            parsed.GetValue(model)!,
            parsed.GetValue(input)!,
            parsed.GetValue(weights)!,
            parsed.GetValue(transpose),
            parsed.GetValue(labels),
            parsed.GetValue(json),
            parsed.GetValue(quiet),
            progress,
            cancellation)));
        return command;
    }

    private static int Run(
        string modelPath, string input, string weights, bool transpose, string? labelsPath, bool json, bool quiet, ProgressState progress, CancellationToken cancellation)
    {
        MaddnessMatmul model = ModelFile.Load(modelPath);
        using MatrixSource source = RowMatrix.CheckNotEmpty(RowMatrix.OpenInput(input, model, modelPath));
        if (source.Rows > int.MaxValue)
        {
            throw new ToolException($"'{source.Name}' is {source.Shape}; expected at most {int.MaxValue} rows. Evaluate a part of it.");
        }

        WeightMatrix b = WeightMatrix.ReadFor(model, modelPath, weights, transpose);
        int[]? labels = RowMatrix.ReadLabels(labelsPath, source, b.Outputs);
        (ApproximationReport accuracy, SpeedReport speed) = model.ElementType switch
        {
            ElementType.Int8 => Evaluate<sbyte>(model, source, b, labels, progress, cancellation),
            ElementType.UInt8 => Evaluate<byte>(model, source, b, labels, progress, cancellation),
            ElementType.Int16 => Evaluate<short>(model, source, b, labels, progress, cancellation),
            _ => Evaluate<float>(model, source, b, labels, progress, cancellation),
        };
        progress.Finish();
        ResultOutput.Print(EvaluationJson.Of(model, accuracy, speed), json, EvaluationText.Print);
        Messages.Warning(
            $"The figures are uncertain: they are of {source.Rows} {(source.Rows == 1 ? "row" : "rows")}. Measure on {PlanSummary.FewRows} or more.", quiet || source.Rows >= PlanSummary.FewRows);
        Messages.Warning(RowMatrix.TypeWarning(source, model, modelPath), quiet);
        return ExitCode.Done;
    }

    internal static (ApproximationReport Accuracy, SpeedReport Speed) Evaluate<T>(
        MaddnessMatmul model, MatrixSource source, WeightMatrix b, int[]? labels, ProgressState progress, CancellationToken cancellation)
        where T : unmanaged, INumberBase<T>
    {
        progress.Start("Measuring the error");
        ApproximationMeasurement measurement = new(model, b.Values);
        int step = Math.Min(RowSampler.BlockRows(model.Inputs, model.Outputs), (int)source.Rows);
        T[] block = new T[step * model.Inputs];
        for (long start = 0; start < source.Rows; start += step)
        {
            cancellation.ThrowIfCancellationRequested();
            int rows = (int)Math.Min(step, source.Rows - start);
            Span<T> values = block.AsSpan(0, rows * model.Inputs);
            source.Read(start, rows, values);
            measurement.Add<T>(values, rows, labels is null ? default : labels.AsSpan((int)start, rows), cancellation);
            progress.Report((double)(start + rows) / source.Rows);
        }

        // The first rows once more, whose number does not depend on how many are left for the last block.
        source.Read(0, step, block.AsSpan());
        progress.Start("Timing");
        return (measurement.Report(), model.MeasureSpeed<T>(block, step, b.Values, new SpeedFraction(progress), cancellation));
    }
}
