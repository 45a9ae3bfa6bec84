using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Maddness.Cli.Formats;
using Maddness.Cli.Output;

namespace Maddness.Cli.Commands;

/// <summary><c>maddness multiply</c>: the product of a matrix of any size, block by block.</summary>
internal static class MultiplyCommand
{
    internal static Command Build()
    {
        Option<string> model = MatrixOptions.Model();
        Option<string> input = MatrixOptions.Required("--input", "A.npy", "The rows to multiply; the file may be larger than memory.");
        Option<string> output = MatrixOptions.Required("--out", "Y.npy", "Where the product goes: float32, C order.");
        Option<int?> threads = MatrixOptions.Number("--threads", "Threads at most; all processors if left out. The result is the same.", 1, int.MaxValue);
        Option<RowRange?> rows = new("--rows") { Description = "Only rows from (included, counted from 0) to (excluded); either may be left out.", HelpName = "from:to", CustomParser = ParseRange };
        Option<bool> quiet = MatrixOptions.Quiet();
        ExampleCommand command = new(
            "multiply",
            "Multiplies the rows of a matrix by a model's weights, approximately. The model's bias is added.",
            "maddness multiply --model model.safetensors --input X_test.npy --out Y.npy --rows 0:1000")
        {
            model, input, output, threads, rows, quiet,
        };
        command.SetAction((parsed, cancellation) => ProgressDisplay.RunAsync(parsed.GetValue(quiet), progress => Run(
            parsed.GetValue(model)!,
            parsed.GetValue(input)!,
            parsed.GetValue(output)!,
            parsed.GetValue(threads) ?? -1,
            parsed.GetValue(rows) ?? new RowRange(null, null),
            parsed.GetValue(quiet),
            progress,
            cancellation)));
        return command;
    }

    private static RowRange? ParseRange(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        string[] parts = text.Split(':');
        if (parts.Length == 2 && TryParse(parts[0], out long? from) && TryParse(parts[1], out long? to) && !(from > to))
        {
            return new RowRange(from, to);
        }

        result.AddError($"--rows is '{text}'; expected from:to, such as 0:1000, with from at most to");
        return null;

        static bool TryParse(string text, out long? number)
        {
            number = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : null;
            return number is not null || text.Length == 0;
        }
    }

    private static int Run(string modelPath, string input, string output, int threads, RowRange range, bool quiet, ProgressState progress, CancellationToken cancellation)
    {
        OutputFile.Check(output);
        MaddnessMatmul model = ModelFile.Load(modelPath);
        using MatrixSource source = RowMatrix.OpenInput(input, model, modelPath);
        long from = range.From ?? 0, to = range.To ?? source.Rows;
        if (to > source.Rows || from > to)
        {
            throw new ToolException($"--rows is {range.From}:{range.To}, but '{source.Name}' has {source.Rows} rows. Use a range from 0 to {source.Rows}.");
        }

        OutputFile.CheckIsNoInput(output);
        byte[] header = NpyFormat.Header(to - from, model.Outputs);
        long size = header.Length + checked((to - from) * model.Outputs * sizeof(float));
        progress.Start("Multiplying");
        OutputFile.Write(
            output,
            stream =>
            {
                stream.Write(header);
                switch (model.ElementType)
                {
                    case ElementType.Int8:
                        Multiply<sbyte>(model, source, from, to, threads, stream, progress, cancellation);
                        break;
                    case ElementType.UInt8:
                        Multiply<byte>(model, source, from, to, threads, stream, progress, cancellation);
                        break;
                    case ElementType.Int16:
                        Multiply<short>(model, source, from, to, threads, stream, progress, cancellation);
                        break;
                    default:
                        Multiply<float>(model, source, from, to, threads, stream, progress, cancellation);
                        break;
                }
            },
            size);
        progress.Finish();
        Messages.Note($"Wrote {output}: {to - from} x {model.Outputs}.", quiet);
        Messages.Warning(RowMatrix.TypeWarning(source, model, modelPath), quiet);
        return ExitCode.Done;
    }

    private static void Multiply<T>(
        MaddnessMatmul model, MatrixSource source, long from, long to, int threads, Stream stream, ProgressState progress, CancellationToken cancellation)
        where T : unmanaged, INumberBase<T>
    {
        int step = (int)Math.Min(RowSampler.BlockRows(model.Inputs, model.Outputs), to - from);
        T[] block = new T[step * model.Inputs];
        float[] product = new float[step * model.Outputs];
        for (long start = from; start < to; start += step)
        {
            cancellation.ThrowIfCancellationRequested();
            int rows = (int)Math.Min(step, to - start);
            Span<T> values = block.AsSpan(0, rows * model.Inputs);
            Span<float> results = product.AsSpan(0, rows * model.Outputs);
            source.Read(start, rows, values);
            model.Multiply<T>(values, rows, results, threads);
            stream.Write(MemoryMarshal.AsBytes(results));
            progress.Report((double)(start + rows - from) / (to - from));
        }
    }
}
