using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Maddness.Cli.Commands;

/// <summary>Options that several commands have.</summary>
internal static class MatrixOptions
{
    internal const string FormatsHelp =
        """
        Matrices are .npy files (f4, f8, f2, i1, u1, i2; C or Fortran order), tensors of .safetensors files (f32, f16, bf16),
        or weights of .onnx files (MatMul, Gemm, Conv), the latter two written 'file::tensor'. Rows of A are rows of the matrix.
        """;

    internal static Option<string> Train() => Required("--train", "X.npy", "Rows of A to learn from, N x D.");

    internal static Option<string> Weights() => Required("--weights", "B.npy", "The matrix B that rows are multiplied by, D x M.");

    internal static Option<bool> TransposeWeights() => new("--transpose-weights") { Description = "The weights are stored as M x D, as PyTorch's nn.Linear does. Not for .onnx files, which say so themselves." };

    internal static Option<string?> Bias() => Optional("--bias", "b.npy", "M values added to every row of the product.");

    internal static Option<string?> Labels() => Optional("--labels", "l.npy", "The class of each row, an output's index: reports how often the largest output is right.");

    internal static Option<string> Model() => Required("--model", "model.safetensors", "The model, as 'train' or 'plan' wrote it.");

    internal static Option<ulong> Seed() => new("--seed")
    {
        Description = "Draws the rows held out; the same seed gives the same model.",
        HelpName = "n",
        DefaultValueFactory = _ => 0,
        CustomParser = result => Parse(
            result, "--seed", $"a whole number from 0 to {ulong.MaxValue}", text => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : (ulong?)null) ?? 0,
    };

    internal static Option<bool> Json() => new("--json") { Description = "Print one JSON object instead of text." };

    internal static Option<bool> Quiet() => new("--quiet", "-q") { Description = "No progress and no messages but errors." };

    internal static Option<string> Required(string name, string placeholder, string description)
    {
        Option<string> option = new(name) { Description = description, HelpName = placeholder, Required = true };
        option.Validators.Add(RefuseEmpty);
        return option;
    }

    internal static Option<string?> Optional(string name, string placeholder, string description)
    {
        Option<string?> option = new(name) { Description = description, HelpName = placeholder };
        option.Validators.Add(RefuseEmpty);
        return option;
    }

    internal static Option<int?> Number(string name, string description, int minimum, int maximum)
    {
        string expected = maximum == int.MaxValue ? $"a whole number from {minimum} on" : $"a whole number from {minimum} to {maximum}";
        return new(name)
        {
            Description = description,
            HelpName = "n",
            CustomParser = result => Parse(
                result, name, expected, text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= minimum && value <= maximum ? value : (int?)null),
        };
    }

    internal static Option<double?> Budget(string name, string description, string example, string expected, Func<double, bool> isValid) => new(name)
    {
        Description = description,
        HelpName = example,
        CustomParser = result => Parse(
            result, name, $"{expected}, such as {example}", text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && isValid(value) ? value : (double?)null),
    };

    /// <summary>An option that takes one of a few words.</summary>
    internal static Option<string> Choice(string name, string description, params string[] words)
    {
        Option<string> option = new(name) { Description = description, DefaultValueFactory = _ => words[0] };
        option.CompletionSources.Add(words);
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: string text }] && !words.Contains(text))
            {
                result.AddError($"{name} is '{text}'; expected {string.Join(", ", words[..^1])} or {words[^1]}");
            }
        });
        return option;
    }

    /// <summary>Says what is expected where System.CommandLine would name a type of .NET.</summary>
    private static T? Parse<T>(ArgumentResult result, string name, string expected, Func<string, T?> parse)
        where T : struct
    {
        string text = result.Tokens[0].Value;
        T? value = parse(text);
        if (value is null)
        {
            result.AddError($"{name} is '{text}'; expected {expected}");
        }

        return value;
    }

    private static void RefuseEmpty(OptionResult result)
    {
        if (result.Tokens is [{ Value: "" }])
        {
            result.AddError($"{result.Option.Name} is empty; expected a path");
        }
    }
}
