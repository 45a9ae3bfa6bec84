using Maddness.Cli.Formats;

namespace Maddness.Cli.Commands;

/// <summary>B in memory, row-major, with its bias if there is one.</summary>
internal sealed record WeightMatrix(string Name, float[] Values, int Inputs, int Outputs, float[]? Bias)
{
    /// <summary>Reads B and checks it against the rows that it will multiply.</summary>
    /// <param name="address">The matrix.</param>
    /// <param name="isTransposed">Whether it is stored as M × D.</param>
    /// <param name="bias">The bias, or null for none.</param>
    /// <param name="inputs">D.</param>
    /// <param name="reason">Why D must be that.</param>
    internal static WeightMatrix Read(string address, bool isTransposed, BiasAddress? bias, int inputs, string reason)
    {
        using MatrixSource source = TensorFile.OpenMatrix(address, isTransposed);
        if (source.Rows != inputs)
        {
            // Without rows, nothing is left when it is turned round; and where the file says how it lies, that is not to be changed.
            string advice = source.Columns == inputs && source.Rows > 0 && !source.IsLayoutKnown
                ? $" Its columns would fit: {(isTransposed ? "leave out" : "add")} --transpose-weights."
                : " Use weights and rows of the same product.";
            throw new ToolException($"'{source.Name}' is {source.Shape}; expected {inputs} rows, as {reason}.{advice}");
        }

        if (source.Columns == 0)
        {
            throw new ToolException($"'{source.Name}' is {source.Shape}; expected at least one column.");
        }

        float[] values = RowSampler.Read<float>(source, int.MaxValue, _ => { }, CancellationToken.None);
        return new WeightMatrix(source.Name, values, inputs, source.Columns, bias is null ? null : ReadBias(bias, source));
    }

    /// <summary>Reads the B that a model was trained for.</summary>
    internal static WeightMatrix ReadFor(MaddnessMatmul model, string modelPath, string address, bool isTransposed)
    {
        WeightMatrix b = Read(address, isTransposed, null, model.Inputs, $"the model has {model.Inputs} inputs");
        return b.Outputs == model.Outputs
            ? b
            : throw new ToolException($"'{b.Name}' has {b.Outputs} columns; expected {model.Outputs}, as the model '{modelPath}' has {model.Outputs} outputs. Use the weights it was trained for.");
    }

    /// <summary>Runs what the library does with B. Its refusals speak of their parameter 'b', where the user gave a file.</summary>
    internal T Use<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (ArgumentException e) when (e.ParamName == "b")
        {
            throw new ToolException(FailureText.WithoutParameter(e).Replace("'b'", $"'{Name}' (--weights)", StringComparison.Ordinal), e);
        }
    }

    private static float[] ReadBias(BiasAddress address, MatrixSource weights)
    {
        float[] bias = TensorFile.ReadBias(address);
        if (address.IsBroadcast && bias.Length == 1)
        {
            return [.. Enumerable.Repeat(bias[0], weights.Columns)];
        }

        return bias.Length == weights.Columns
            ? bias
            : throw new ToolException($"'{address.Address}' has {bias.Length} values; expected {weights.Columns}, one for each column of '{weights.Name}'.");
    }
}
