using Maddness.Cli.Commands;
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

    [Fact]
    public void The_name_of_a_node_stands_for_its_own_use_of_shared_weights()
    {
        using Workspace workspace = new();
        string path = Save(workspace, onnx =>
        {
            onnx.Node("Gather", "emb", ["w", "ids"]);
            onnx.Node("Gemm", "head", ["x", "w"], integers: [("transB", 1)]);
        });
        float[] turned = [1, 4, -2, 0.25f, 3.5f, -6];
        Matrix(path + "::head").Should().Equal(turned);
        Matrix(path).Should().Equal(turned, "it is the only product");
        Refused(() => Matrix(path + "::w"), "w' is used by Gather 'emb', Gemm 'head', at input 0; expected the weights (input 1) of MatMul, Gemm or Conv. Name the node of the product.");

        Save(workspace, onnx =>
        {
            onnx.Node("Gemm", "g1", ["x", "w"], floats: [("alpha", 2)]);
            onnx.Node("Gemm", "g2", ["x", "w"]);
            onnx.Node("Gemm", "g3", ["x", "w"], integers: [("transA", 1)]);
        });
        Matrix(path + "::g1").Should().Equal(2, -4, 7, 8, 0.5f, -12);
        Matrix(path + "::g2").Should().Equal(Six);
        Refused(() => Matrix(path + "::g3"), "transposed A in Gemm 'g3'");

        Save(workspace, onnx =>
        {
            onnx.Node("Gemm", "g1", ["x", "w"], floats: [("alpha", 2)]);
            onnx.Node("Gemm", "g2", ["x", "w"]);
        });
        Refused(() => Matrix(path), "w' is used in different ways by 2 operations, such as Gemm 'g1', Gemm 'g2'. Name the node of one.");
    }

    [Fact]
    public void Weights_are_followed_through_one_step()
    {
        using Workspace workspace = new();
        float[] turned = [1, 4, -2, 0.25f, 3.5f, -6];
        string path = Save(workspace, onnx =>
        {
            onnx.Node("Transpose", "t", ["w"]);
            onnx.Node("MatMul", "fc", ["x", "t_out"]);
        });
        Matrix(path).Should().Equal(turned);
        Matrix(path + "::fc").Should().Equal(turned);
        Matrix(path + "::t_out").Should().Equal(turned, "so the list of what products use calls it");
        Refused(() => Matrix(path + "::w"), "is used by Transpose 't', at input 0");

        Save(workspace, onnx =>
        {
            onnx.Node("Transpose", "t", ["w"], lists: [("perm", [1, 0])]);
            onnx.Node("Transpose", "same", ["w"], lists: [("perm", [0, 1])]);
            onnx.Node("Identity", "i", ["w"]);
            onnx.Node("Identity", "ic", ["c"]);
            onnx.Node("MatMul", "ic_out", ["x", "w"]);
            onnx.Node("Cast", "to32", ["w"], integers: [("to", 1)]);
            onnx.Node("MatMul", "by_t", ["x", "t_out"]);
            onnx.Node("MatMul", "by_same", ["x", "same_out"]);
            onnx.Node("Gemm", "back", ["x", "t_out", "ic_out"], integers: [("transB", 1)], floats: [("alpha", 2)]);
            onnx.Node("MatMul", "by_i", ["x", "i_out"]);
            onnx.Node("MatMul", "by_32", ["x", "to32_out"]);
        });
        Matrix(path + "::by_t").Should().Equal(turned);
        Matrix(path + "::back").Should().Equal(2, -4, 7, 8, 0.5f, -12);
        TensorFile.ReadBias(TensorFile.FindBias(path + "::back")!).Should().Equal(1, 2, 3);
        foreach (string same in (string[])["by_same", "by_i", "by_32"])
        {
            Matrix(path + "::" + same).Should().Equal(Six, same);
        }

        Refused(() => Matrix(path), "holds the weights of 5 products: name one as", "of 'w', 't_out', 'same_out', 'i_out', 'to32_out'.");
    }

    [Fact]
    public void A_half_precision_tensor_may_be_cast_to_single()
    {
        using Workspace workspace = new();
        OnnxFile onnx = new(workspace["m.onnx"]);
        onnx.Initializer("w", [2, 3], Six, OnnxNumbers.IntegerHalf);
        onnx.Node("Cast", "cast", ["w"], integers: [("to", 1)]);
        onnx.Node("Gemm", "fc", ["x", "cast_out"]);
        onnx.Save();
        Matrix(workspace["m.onnx"]).Should().Equal(Six);
    }

    [Fact]
    public void Other_steps_are_refused()
    {
        using Workspace workspace = new();
        string path = Save(workspace, onnx =>
        {
            onnx.Initializer("kernel", [3, 1, 2], Six);
            onnx.Node("Transpose", "t", ["kernel"]);
            onnx.Node("Transpose", "odd", ["w"], lists: [("perm", [0, 0])]);
            onnx.Node("Cast", "half", ["w"], integers: [("to", 10)]);
            onnx.Node("Relu", "relu", ["w"]);
            onnx.Node("Identity", "first", ["w"]);
            onnx.Node("Identity", "second", ["first_out"]);
            foreach (string step in (string[])["t", "odd", "half", "relu", "second"])
            {
                onnx.Node("MatMul", "by_" + step, ["x", step + "_out"]);
            }
        });
        Refused(() => Matrix(path + "::by_t"), "t_out' has the shape (3, 1, 2) before Transpose 't'; expected the transposition of a matrix");
        Refused(() => Matrix(path + "::by_odd"), "before Transpose 'odd'; expected the transposition of a matrix");
        Refused(() => Matrix(path + "::by_half"), "half_out' is made ONNX type 10 by Cast 'half'; expected float32 (1) or its own, 1.");
        Refused(() => Matrix(path + "::by_relu"), "has no initialiser 'relu_out'; products use 't_out', 'odd_out', 'half_out'.");
        Refused(() => Matrix(path + "::by_second"), "has no initialiser 'second_out'");
    }

    [Theory]
    [InlineData]
    [InlineData(1)]
    [InlineData(1, 1)]
    public void A_single_value_is_the_bias_of_all_outputs_of_gemm(params int[] shape)
    {
        using Workspace workspace = new();
        string path = Save(workspace, onnx =>
        {
            onnx.Initializer("one", shape, [4]);
            onnx.Node("Gemm", "fc", ["x", "w", "one"], floats: [("beta", 2)]);
        });
        Read(path + "::fc").Bias.Should().Equal(8, 8, 8);
        Read(path).Bias.Should().Equal(8, 8, 8);
    }

    [Fact]
    public void Other_shapes_of_a_bias_are_refused()
    {
        using Workspace workspace = new();
        string path = Save(workspace, onnx =>
        {
            onnx.Initializer("kernel", [3, 1, 2], Six);
            onnx.Initializer("one", [1], [4]);
            onnx.Initializer("two", [2], [4, 5]);
            onnx.Initializer("rows", [2, 1], [4, 5]);
            onnx.Initializer("row", [1, 3], [4, 5, 6]);
            onnx.Node("Conv", "conv", ["x", "kernel", "one"]);
            onnx.Node("Gemm", "two_of", ["x", "w", "two"]);
            onnx.Node("Gemm", "rows_of", ["x", "w", "rows"]);
            onnx.Node("Gemm", "row_of", ["x", "w", "row"]);
        });
        Read(path + "::row_of").Bias.Should().Equal(4, 5, 6);
        Refused<ToolException>(() => Read(path + "::conv"), "has 1 values; expected 3, one for each column");
        Refused<ToolException>(() => Read(path + "::two_of"), "has 2 values; expected 3");
        Refused(() => Read(path + "::rows_of"), "rows' has the shape (2, 1); expected a bias of one value for each output, (M) or (1, M), or of one for all.");
        Refused<ToolException>(() => WeightMatrix.Read(path + "::w", false, new BiasAddress(path + "::one"), 2, "so it is"), "has 1 values; expected 3");
    }

    [Theory]
    [InlineData("16", "24", null)]
    [InlineData("16", "8", "w' has the external length '8'; expected 24, the bytes of its shape (2, 3). The model is damaged")]
    [InlineData("16", "25", "length '25'; expected 24")]
    [InlineData("16", "-24", "length '-24'; expected 24")]
    [InlineData("16", "", "length ''; expected 24")]
    [InlineData("-16", null, "w' has the external offset '-16'; expected a whole number from 0 on.")]
    [InlineData("sixteen", null, "offset 'sixteen'; expected a whole number")]
    [InlineData("99999999999999999999", null, "offset '99999999999999999999'; expected a whole number")]
    [InlineData("41", null, "offset 41; expected at most 40, the bytes of")]
    [InlineData("17", null, "holds 40 bytes; expected 24 at 17")]
    public void What_the_model_says_of_other_files_is_checked(string offset, string? length, string? refusal)
    {
        using Workspace workspace = new();
        OnnxFile onnx = new(workspace["m.onnx"]) { ClaimedOffset = offset, ClaimedLength = length };
        onnx.Initializer("w", [2, 3], Six, OnnxNumbers.External);
        onnx.Node("MatMul", "fc", ["x", "w"]);
        onnx.Save();
        if (refusal is null)
        {
            Matrix(workspace["m.onnx"]).Should().Equal(Six);
        }
        else
        {
            Refused(() => Matrix(workspace["m.onnx"]), refusal);
        }
    }

    [Fact]
    public void Numbers_in_two_forms_are_refused()
    {
        using Workspace workspace = new();
        OnnxFile onnx = new(workspace["m.onnx"]);
        onnx.Initializer("w", [2, 3], Six, OnnxNumbers.RawAndFloats);
        onnx.Node("MatMul", "fc", ["x", "w"]);
        onnx.Save();
        Refused(() => Matrix(workspace["m.onnx"]), "w' does not hold the 24 bytes of its shape (2, 3)");
    }

    [Fact]
    public void A_model_may_begin_with_any_field()
    {
        using Workspace workspace = new();
        string path = Save(workspace, onnx => onnx.Node("MatMul", "fc", ["x", "w"]));
        byte[] model = File.ReadAllBytes(path);
        foreach (byte[] field in (byte[][])[[0x42, 2, 0x10, 13], [0x42, 0], [0x1A, 1, (byte)'1'], [0x22, 0], [0x28, 7], [0x32, 1, (byte)'x'], [0x72, 0], [0xA2, 1, 0], [0xCA, 1, 0], [0xD2, 1, 0]])
        {
            File.WriteAllBytes(path, [.. field, .. model]);
            Matrix(path).Should().Equal(Six, Convert.ToHexString(field));
            TensorFile.FindBias(path).Should().BeNull();
        }

        foreach (string text in (string[])["2,3\n4,5\n", "(1, 2)\n", "\"a\",\"b\"\n1,2\n", "B\u0003\u0001\u0002", "rows of text, one after the other"])
        {
            File.WriteAllText(path, text);
            Refused(() => Matrix(path), "is no .npy, .safetensors or .onnx file: it starts with");
        }
    }

    [Fact]
    public void The_layout_of_weights_is_the_products_to_say()
    {
        using Workspace workspace = new();
        string path = Save(workspace, onnx =>
        {
            onnx.Initializer("square", [2, 2], [1, 2, 3, 4]);
            onnx.Node("Gemm", "fc", ["x", "square"], integers: [("transB", 1)]);
            onnx.Node("MatMul", "product", ["x", "w"]);
        });
        Matrix(path + "::fc").Should().Equal(1, 3, 2, 4);
        foreach (string name in (string[])["fc", "square", "product"])
        {
            Refused(() => TensorFile.OpenMatrix(path + "::" + name, transposed: true), "is laid out as its product in the model says; expected no --transpose-weights.");
        }

        Refused<ToolException>(() => WeightMatrix.Read(path + "::product", false, null, 3, "so it is"), "2 x 3; expected 3 rows, as so it is. Use weights and rows of the same product.");
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

    private static float[] Matrix(string address)
    {
        using MatrixSource source = TensorFile.OpenMatrix(address);
        float[] values = new float[source.Rows * source.Columns];
        source.Read(0, (int)source.Rows, values.AsSpan());
        return values;
    }

    private static WeightMatrix Read(string address) => WeightMatrix.Read(address, false, TensorFile.FindBias(address), 2, "so it is");

    private static void Refused(Func<object?> read, params string[] words) => Refused<MatrixFormatException>(read, words);

    private static void Refused<T>(Func<object?> read, params string[] words)
        where T : Exception => read.Should().Throw<T>().Which.Message.Should().ContainAll(words);
}
