using System.CommandLine;
using System.Numerics;
using Maddness.Cli.Output;
using Maddness.Cli.Report;

namespace Maddness.Cli.Commands;

/// <summary><c>maddness bench</c>: a model's speed beside the exact product's, on made-up rows.</summary>
internal static class BenchCommand
{
    private const int DefaultRows = 10_000;

    /// <summary>More rows than this are not timed at once, and so need not be made.</summary>
    private const long MaxBytes = 64 << 20;
    private const int MinRows = 256;

    internal static Command Build()
    {
        Option<string> model = MatrixOptions.Model(), weights = MatrixOptions.Weights();
        Option<bool> transpose = MatrixOptions.TransposeWeights(), json = MatrixOptions.Json(), quiet = MatrixOptions.Quiet();
        Option<int?> rows = MatrixOptions.Number("--rows", "The rows of one product, made up; of very many, fewer are timed. Default: 10000.", 1, int.MaxValue);
        ExampleCommand command = new(
            "bench",
            "Measures a model's speed on this machine against the exact product: medians of interleaved runs on one thread.",
            "maddness bench --model model.safetensors --weights W.npy --rows 10000")
        {
            model, weights, transpose, rows, json, quiet,
        };
        command.SetAction((parsed, cancellation) => ProgressDisplay.RunAsync(parsed.GetValue(quiet), progress => Run(
            parsed.GetValue(model)!, parsed.GetValue(weights)!, parsed.GetValue(transpose), parsed.GetValue(rows) ?? DefaultRows, parsed.GetValue(json), progress, cancellation)));
        return command;
    }

    private static int Run(string modelPath, string weights, bool transpose, int rows, bool json, ProgressState progress, CancellationToken cancellation)
    {
        MaddnessMatmul model = ModelFile.Load(modelPath);
        WeightMatrix b = WeightMatrix.ReadFor(model, modelPath, weights, transpose);
        SpeedReport speed = model.ElementType switch
        {
            ElementType.Int8 => Measure<sbyte>(model, b, rows, progress, cancellation),
            ElementType.UInt8 => Measure<byte>(model, b, rows, progress, cancellation),
            ElementType.Int16 => Measure<short>(model, b, rows, progress, cancellation),
            _ => Measure<float>(model, b, rows, progress, cancellation),
        };
        progress.Finish();
        ResultOutput.Print(BenchJson.Of(model, speed), json, BenchText.Print);
        return ExitCode.Done;
    }

    /// <summary>Times do not depend on the values: evenly distributed ones will do.</summary>
    internal static SpeedReport Measure<T>(MaddnessMatmul model, WeightMatrix b, int rows, ProgressState progress, CancellationToken cancellation)
        where T : unmanaged, INumberBase<T>
    {
        int count = (int)Math.Min(rows, Math.Min(Math.Max(MinRows, MaxBytes / sizeof(float) / model.Inputs), Array.MaxLength / model.Inputs));
        Random random = new(1);
        T[] values = new T[count * model.Inputs];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = typeof(T) == typeof(float) ? T.CreateTruncating(random.NextSingle()) : T.CreateTruncating(random.Next());
        }

        progress.Start("Timing");
        return model.MeasureSpeed<T>(values, count, b.Values, new SpeedFraction(progress), cancellation);
    }
}
