using System.CommandLine;
using System.Numerics;
using Maddness.Cli.Formats;
using Maddness.Cli.Output;
using Maddness.Cli.Report;

namespace Maddness.Cli.Commands;

/// <summary><c>maddness train</c>: learns a model of given size.</summary>
internal static class TrainCommand
{
    /// <summary>The library's limit, which it does not publish; a test compares.</summary>
    internal const int MaxCodebooks = 1024;

    private static readonly TrainingOptions Defaults = new();

    internal static Command Build()
    {
        Option<string> train = MatrixOptions.Train(), weights = MatrixOptions.Weights();
        Option<bool> transpose = MatrixOptions.TransposeWeights(), quiet = MatrixOptions.Quiet();
        Option<string?> bias = MatrixOptions.Bias();
        Option<int?> codebooks = MatrixOptions.Number("--codebooks", $"Codebooks: look-ups per output. More is more accurate and slower. Default: {Defaults.Codebooks}.", 1, MaxCodebooks);
        Option<string> leaves = MatrixOptions.Choice("--leaves", "Leaves of each codebook's tree.", "16", "32", "64");
        Option<string> objective = MatrixOptions.Choice("--objective", "What trees are learned for; auto lets held-out rows decide.", "auto", "output", "reconstruction");
        Option<int?> lines = MatrixOptions.Number("--lines", "Groups of 16 columns that the trees may read at most; left out, held-out rows decide.", 1, int.MaxValue);
        Option<bool> classifier = new("--classifier") { Description = "Learn for the largest output to stay the largest; the error of the outputs rises." };
        Option<bool> normalize = new("--normalize-outputs") { Description = "Let each output's error count beside its own variance, whatever its unit and spread." };
        Option<ulong> seed = MatrixOptions.Seed();
        Option<string> output = MatrixOptions.Required("--out", "model.safetensors", "Where the model goes.");
        ExampleCommand command = new(
            "train",
            "Learns a model of a given size from rows of A and the weights B.",
            "maddness train --train X_train.npy --weights W.npy --bias b.npy --codebooks 16 --out model.safetensors")
        {
            train, weights, transpose, bias, codebooks, leaves, objective, lines, classifier, normalize, seed, output, quiet,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(lines) is not null && result.GetResult(objective)?.Tokens is [{ Value: "reconstruction" }])
            {
                result.AddError("--lines does not go with --objective reconstruction, whose trees read every part of a row");
            }

            if (result.GetResult(classifier) is { Implicit: false } && result.GetResult(normalize) is { Implicit: false })
            {
                result.AddError("--normalize-outputs does not go with --classifier, whose outputs are logits of one scale");
            }
        });
        command.SetAction((parsed, cancellation) => ProgressDisplay.RunAsync(parsed.GetValue(quiet), progress => Run(
            parsed.GetValue(train)!,
            parsed.GetValue(weights)!,
            parsed.GetValue(transpose),
            parsed.GetValue(bias),
            new TrainingOptions
            {
                Codebooks = parsed.GetValue(codebooks) ?? Defaults.Codebooks,
                Leaves = int.Parse(parsed.GetValue(leaves)!, System.Globalization.CultureInfo.InvariantCulture),
                Objective = Enum.Parse<Objective>(parsed.GetValue(objective)!, ignoreCase: true),
                MaxCacheLines = parsed.GetValue(lines),
                Classifier = parsed.GetValue(classifier),
                NormalizeOutputs = parsed.GetValue(normalize),
                Seed = parsed.GetValue(seed),
                MaxDegreeOfParallelism = -1,
            },
            parsed.GetValue(output)!,
            parsed.GetValue(quiet),
            progress,
            cancellation)));
        return command;
    }

    private static int Run(
        string train, string weights, bool transpose, string? bias, TrainingOptions options, string output, bool quiet, ProgressState progress, CancellationToken cancellation)
    {
        OutputFile.Check(output);
        using MatrixSource source = RowMatrix.OpenTraining(train);
        BiasAddress? ownBias = bias is null ? TensorFile.FindBias(weights) : null;
        WeightMatrix b = WeightMatrix.Read(weights, transpose, bias is null ? ownBias : new BiasAddress(bias), source.Columns, $"'{source.Name}' has {source.Columns} columns");
        if (options.Codebooks > source.Columns && options.Objective == Objective.Reconstruction)
        {
            throw new ToolException($"--codebooks is {options.Codebooks}, but '{source.Name}' has {source.Columns} columns. Use at most {source.Columns}, or another --objective.");
        }

        OutputFile.CheckIsNoInput(output);
        MaddnessMatmul product = source.Type.ElementType() switch
        {
            ElementType.Int8 => Train<sbyte>(source, b, options, progress, cancellation),
            ElementType.UInt8 => Train<byte>(source, b, options, progress, cancellation),
            ElementType.Int16 => Train<short>(source, b, options, progress, cancellation),
            _ => Train<float>(source, b, options, progress, cancellation),
        };
        cancellation.ThrowIfCancellationRequested();
        OutputFile.Write(output, product.Save);
        progress.Finish();
        Messages.Note(
            $"Wrote {output}: {Words.Codebooks(product.Codebooks, product.Leaves)} for {Words.Count(product.Inputs, "input")} and {Words.Count(product.Outputs, "output")}, {product.SizeInBytes:N0} bytes, "
            + $"learned from {RowSampler.Rows(source, RowMatrix.MaxRows):N0} of {source.Rows:N0} rows. See what it costs with 'maddness evaluate'.",
            quiet);
        Messages.Warning(RowMatrix.FewRowsWarning("The model is uncertain: it was", source.Rows), quiet);
        Messages.OwnBias(ownBias?.Address, quiet);
        return ExitCode.Done;
    }

    private static MaddnessMatmul Train<T>(MatrixSource source, WeightMatrix b, TrainingOptions options, ProgressState progress, CancellationToken cancellation)
        where T : unmanaged, INumberBase<T>
    {
        progress.Start($"Reading {Path.GetFileName(source.Name)}");
        T[] rows = RowMatrix.Read<T>(source, progress.Report, cancellation);
        progress.Start("Learning");
        return b.Use(() => MaddnessTrainer.Train<T>(rows, rows.Length / source.Columns, source.Columns, b.Values, b.Outputs, b.Bias, options, new TrainingFraction(options.Codebooks, options.Objective, progress.Report), cancellation));
    }
}
