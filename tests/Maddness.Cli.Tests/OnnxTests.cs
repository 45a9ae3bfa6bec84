using Maddness.Cli.Formats;
using Maddness.Cli.Tests.Support;

namespace Maddness.Cli.Tests;

/// <summary>What names in ONNX models stand for.</summary>
public class OnnxTests
{
    private static readonly float[] Six = [1, -2, 3.5f, 4, 0.25f, -6];

    [Fact]
    public void A_file_without_a_name_stands_for_its_only_product()
    {
        using Workspace workspace = new();
        string path = Save(workspace, onnx => onnx.Node("Gemm", "fc", ["x", "w", "c"], floats: [("beta", 3)]));
        TensorFile.FindBias(path).Should().NotBeNull().And.Be(TensorFile.FindBias(path + "::fc"));
        TensorFile.ReadBias(TensorFile.FindBias(path)!).Should().Equal(3, 6, 9);

        Save(workspace, onnx => onnx.Node("Gemm", "fc", ["x", "w", "x2"]));
        Refused(() => TensorFile.FindBias(path), $"'{path}' adds 'x2', which is no initialiser. Name its weights alone, '{path}::w', and");

        Save(workspace, onnx => onnx.Node("MatMul", "fc", ["x", "w"]));
        TensorFile.FindBias(path).Should().BeNull("nothing is added");
    }

    [Fact]
    public void Products_of_the_only_weights_must_add_the_same()
    {
        using Workspace workspace = new();
        string path = Save(workspace, onnx => Gemms(onnx, "c", 2));
        TensorFile.FindBias(path).Should().Be(TensorFile.FindBias(path + "::b"));
        foreach ((string second, float beta) in (ReadOnlySpan<(string, float)>)[("c", 1), ("c2", 2), ("", 2)])
        {
            Save(workspace, onnx => Gemms(onnx, second, beta));
            Refused(() => TensorFile.FindBias(path), $"'{path}' has products of 'w' that add different biases, Gemm 'a' and Gemm 'b'. Name one of these nodes as '{path}::name', or the weights alone, '{path}::w'.");
        }

        static void Gemms(OnnxFile onnx, string second, float beta)
        {
            onnx.Initializer("c2", [3], [1, 2, 3]);
            onnx.Node("Gemm", "a", ["x", "w", "c"], floats: [("beta", 2)]);
            onnx.Node("Gemm", "b", ["x", "w", second], floats: [("beta", beta)]);
        }
    }

    /// <summary>Writes a model of w (2 x 3), c (1, 2, 3), and what is added.</summary>
    private static string Save(Workspace workspace, Action<OnnxFile> add)
    {
        OnnxFile onnx = new(workspace["m.onnx"]);
        onnx.Initializer("w", [2, 3], Six);
        onnx.Initializer("c", [3], [1, 2, 3]);
        add(onnx);
        onnx.Save();
        return workspace["m.onnx"];
    }

    private static void Refused(Func<object?> read, string words) => read.Should().Throw<MatrixFormatException>().Which.Message.Should().Contain(words);
}
