using System.CommandLine;
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

    internal static Option<bool> TransposeWeights() => new("--transpose-weights") { Description = "The weights are stored as M x D, as PyTorch's nn.Linear does." };

    internal static Option<string?> Bias() => Optional("--bias", "b.npy", "M values added to every row of the product.");

    internal static Option<string?> Labels() => Optional("--labels", "l.npy", "The class of each row, an output's index: reports how often the largest output is right.");

    internal static Option<string> Model() => Required("--model", "model.safetensors", "The model, as 'train' or 'plan' wrote it.");

    internal static Option<ulong> Seed() => new("--seed") { Description = "Draws the rows held out; the same seed gives the same model.", HelpName = "n", DefaultValueFactory = _ => 0 };

    internal static Option<bool> Json() => new("--json") { Description = "Print one JSON object instead of text." };

    internal static Option<bool> Quiet() => new("--quiet", "-q") { Description = "No progress and no messages but errors." };

    internal static Option<string> Required(string name, string placeholder, string description) => new(name) { Description = description, HelpName = placeholder, Required = true };

    internal static Option<string?> Optional(string name, string placeholder, string description) => new(name) { Description = description, HelpName = placeholder };

    internal static Option<int?> Number(string name, string description, int minimum, int maximum)
    {
        Option<int?> option = new(name) { Description = description, HelpName = "n" };
        option.Validators.Add(result =>
        {
            // Text that is no number has its own message.
            if (result.Tokens is [{ Value: string text }] && int.TryParse(text, CultureInfo.InvariantCulture, out int value) && (value < minimum || value > maximum))
            {
                result.AddError(maximum == int.MaxValue ? $"{name} is {value}; expected at least {minimum}" : $"{name} is {value}; expected {minimum} to {maximum}");
            }
        });
        return option;
    }
}
