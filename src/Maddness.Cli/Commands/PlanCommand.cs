using System.CommandLine;
using System.Numerics;
using Maddness.Cli.Formats;
using Maddness.Cli.Output;
using Maddness.Cli.Report;

namespace Maddness.Cli.Commands;

/// <summary><c>maddness plan</c>: finds the fastest model within a budget, or says that the exact product is the better choice.</summary>
internal static class PlanCommand
{
    internal static Command Build()
    {
        Option<string> train = MatrixOptions.Train(), weights = MatrixOptions.Weights();
        Option<string> holdout = MatrixOptions.Required("--holdout", "A.npy", "Rows that are not among those learned from: one half chooses, the other reports.");
        Option<bool> transpose = MatrixOptions.TransposeWeights(), json = MatrixOptions.Json(), quiet = MatrixOptions.Quiet();
        Option<string?> bias = MatrixOptions.Bias(), labels = MatrixOptions.Labels();
        Option<double?> error = MatrixOptions.Budget(
            "--max-error", "The largest error allowed: mean squared error / variance of the exact outputs.", "0.05", "a number above 0 and at most 1, the error of a constant", value => value is > 0 and <= 1);
        Option<double?> outputError = MatrixOptions.Budget(
            "--max-output-error", "The largest mean error of single outputs allowed, each beside its own variance.", "0.05", "a number above 0 and at most 1, the error of constants", value => value is > 0 and <= 1);
        Option<double?> agreement = MatrixOptions.Budget(
            "--min-agreement", "The least share of rows whose largest output must stay the same.", "0.99", "a share above 0 and at most 1", value => value is > 0 and <= 1);
        Option<ulong> seed = MatrixOptions.Seed();
        Option<string?> output = MatrixOptions.Optional("--out", "model.safetensors", "Where the chosen model goes. Nothing is written when exact is recommended.");
        Option<string?> report = MatrixOptions.Optional("--report", "report.html", "Where a report with the trade-off goes, one HTML file.");
        ExampleCommand command = new(
            "plan",
            "Finds the fastest model within a budget of error on this machine, or says why to use the exact product.",
            "maddness plan --train X_train.npy --weights W.npy --bias b.npy --holdout X_test.npy --max-error 0.05 --out model.safetensors --report report.html")
        {
            train, weights, transpose, bias, holdout, labels, error, outputError, agreement, seed, output, report, json, quiet,
        };
        command.Validators.Add(result =>
        {
            if (new Option[] { error, outputError, agreement }.Count(o => result.GetResult(o) is not null) != 1)
            {
                result.AddError("Give one budget: --max-error, --max-output-error or --min-agreement");
            }

            // The one that is written last would replace the other.
            if (result.GetResult(output)?.Tokens is [{ Value: string model }] && result.GetResult(report)?.Tokens is [{ Value: string page }] && model.Length > 0 && page.Length > 0 && AreOneFile(model, page))
            {
                result.AddError(OneFile(model, page));
            }
        });
        command.SetAction((parsed, cancellation) => ProgressDisplay.RunAsync(parsed.GetValue(quiet), progress => Run(
            new PlanRequest(
                parsed.GetValue(train)!,
                parsed.GetValue(weights)!,
                parsed.GetValue(transpose),
                parsed.GetValue(bias),
                parsed.GetValue(holdout)!,
                parsed.GetValue(labels),
                new PlanningOptions
                {
                    MaxError = parsed.GetValue(error),
                    MaxOutputError = parsed.GetValue(outputError),
                    MinAgreement = parsed.GetValue(agreement),
                    Seed = parsed.GetValue(seed),
                    MaxDegreeOfParallelism = -1,
                },
                parsed.GetValue(output),
                parsed.GetValue(report)),
            parsed.GetValue(json),
            parsed.GetValue(quiet),
            progress,
            cancellation)));
        return command;
    }

    private static string OneFile(string model, string page) => $"--out is '{model}' and --report is '{page}', which are one file; expected two files";

    private static bool AreOneFile(string model, string page)
    {
        try
        {
            return FilePaths.AreOneFile(model, page);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A link that leads nowhere, say: the check of each output names the one that cannot be written.
            return false;
        }
    }

    private static int Run(PlanRequest request, bool json, bool quiet, ProgressState progress, CancellationToken cancellation)
    {
        OutputFile.Check(request.Output);
        OutputFile.Check(request.Report);

        // By mounts that no list tells of: what can only be told once files may be made.
        if (request.Output is not null && request.Report is not null && OutputFile.AreOne(request.Output, request.Report))
        {
            throw new ToolException($"{OneFile(request.Output, request.Report)}.");
        }

        using MatrixSource source = RowMatrix.OpenTraining(request.Train);
        using MatrixSource held = RowMatrix.OpenLike(request.Holdout, source);
        if (held.IsSameAs(source))
        {
            throw new ToolException($"'{held.Name}' is given as --train and as --holdout; expected held-out rows that are not learned from.");
        }

        if (held.Rows < 2)
        {
            throw new ToolException($"'{held.Name}' is {held.Shape}; expected at least 2 rows: one half chooses, the other reports.");
        }

        BiasAddress? ownBias = request.Bias is null ? TensorFile.FindBias(request.Weights) : null;
        BiasAddress? bias = request.Bias is null ? ownBias : new BiasAddress(request.Bias);
        request = request with { Bias = bias?.Address };
        WeightMatrix b = WeightMatrix.Read(request.Weights, request.TransposeWeights, bias, source.Columns, $"'{source.Name}' has {source.Columns} columns");
        int[]? labels = RowMatrix.ReadLabels(request.Labels, held, b.Outputs);
        OutputFile.CheckIsNoInput(request.Output);
        OutputFile.CheckIsNoInput(request.Report);
        MaddnessPlan plan = source.Type.ElementType() switch
        {
            ElementType.Int8 => Plan<sbyte>(request, source, held, b, labels, progress, cancellation),
            ElementType.UInt8 => Plan<byte>(request, source, held, b, labels, progress, cancellation),
            ElementType.Int16 => Plan<short>(request, source, held, b, labels, progress, cancellation),
            _ => Plan<float>(request, source, held, b, labels, progress, cancellation),
        };
        cancellation.ThrowIfCancellationRequested();

        // What was found is printed, whether or not it can be written.
        List<ToolException> failures = [];
        string? model = plan.Product is null ? null : Write(request.Output, plan.Product.Save, failures);
        PlanSummary summary = new(plan, request, model, source.Columns, b.Outputs, source.Rows, held.Rows, RowMatrix.TypeWarning(held, source.Type.ElementType(), $"'{source.Name}' holds {source.Type.Name()}"));
        string? report = Write(request.Report, stream => stream.Write(HtmlReport.Render(summary)), failures);
        summary = summary with { Request = request with { Report = report } };
        progress.Finish();
        Try(() => ResultOutput.Print(PlanJson.Of(summary), json, _ => PlanText.Print(summary)), failures);
        foreach (string warning in summary.Warnings)
        {
            Messages.Warning(warning, quiet);
        }

        if (failures.Count > 0)
        {
            throw failures.Count == 1 ? failures[0] : new ToolException(string.Join(' ', failures.Select(f => f.Message)), failures[0]);
        }

        Messages.Note(model is null ? "No model was written." : $"Wrote {model}.", quiet || request.Output is null);
        Messages.OwnBias(ownBias?.Address, quiet);
        Messages.Note($"Wrote {report}.", quiet || report is null);
        return ExitCode.Done;
    }

    /// <summary>Writes an output if one is wanted. Returns its path, or null where there is none now.</summary>
    private static string? Write(string? path, Action<Stream> write, List<ToolException> failures) =>
        path is not null && Try(() => OutputFile.Write(path, write), failures) ? path : null;

    private static bool Try(Action action, List<ToolException> failures)
    {
        try
        {
            action();
            return true;
        }
        catch (ToolException e)
        {
            failures.Add(e);
            return false;
        }
    }

    private static MaddnessPlan Plan<T>(
        PlanRequest request, MatrixSource source, MatrixSource held, WeightMatrix b, int[]? labels, ProgressState progress, CancellationToken cancellation)
        where T : unmanaged, INumberBase<T>
    {
        progress.Start($"Reading {Path.GetFileName(source.Name)}");
        T[] rows = RowMatrix.Read<T>(source, progress.Report, cancellation);
        progress.Start($"Reading {Path.GetFileName(held.Name)}");
        T[] heldRows = RowMatrix.Read<T>(held, progress.Report, cancellation);
        int count = heldRows.Length / held.Columns;
        int[]? ownLabels = labels is null ? null : [.. Enumerable.Range(0, count).Select(row => labels[RowSampler.SourceRow(held, RowMatrix.MaxRows, row)])];
        progress.Start("Planning");
        return b.Use(() => MaddnessPlanner.Plan<T>(
            rows, rows.Length / source.Columns, source.Columns, b.Values, b.Outputs, heldRows, count, request.Options, b.Bias, ownLabels, new PlanningFraction(progress), cancellation));
    }
}
