using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Maddness.Cli.Formats;
using Maddness.Cli.Tests.Support;

namespace Maddness.Cli.Tests;

/// <summary>Tensors in .safetensors and .onnx files.</summary>
public class TensorFileTests
{
    private static readonly float[] Six = [1, -2, 3.5f, 4, 0.25f, -6];

    [Theory]
    [InlineData("F32")]
    [InlineData("F16")]
    [InlineData("BF16")]
    public void Safetensors_are_read_by_content(string dtype)
    {
        using Workspace workspace = new();
        byte[] bytes = dtype switch
        {
            "F32" => MemoryMarshal.AsBytes(Six.AsSpan()).ToArray(),
            "F16" => MemoryMarshal.AsBytes<Half>(Array.ConvertAll(Six, v => (Half)v)).ToArray(),
            _ => MemoryMarshal.AsBytes<ushort>(Array.ConvertAll(Six, v => (ushort)(BitConverter.SingleToUInt32Bits(v) >> 16))).ToArray(),
        };
        string path = workspace["weights.npy"];
        WriteSafetensors(path, ("layer.weight", dtype, "[2,3]", bytes), ("layer.bias", dtype, "[6]", bytes), ("odd", "F8_E4M3", "[6]", new byte[6]));
        Matrix(path + "::layer.weight").Should().Equal(Six);
        TensorFile.ReadBias(new(path + "::layer.bias")).Should().Equal(Six);
        Refused(path, "holds 3 tensors: name one as", "'layer.weight'", "'layer.bias', 'odd'.");
        Refused(path + "::layer.weights", "has no tensor 'layer.weights'; it has 'layer.weight'");
        Refused(path + "::layer.bias", "(6); expected a matrix");
    }

    [Fact]
    public void A_single_tensor_needs_no_name()
    {
        using Workspace workspace = new();
        WriteSafetensors(workspace["a"], ("x", "F32", "[3,2]", MemoryMarshal.AsBytes(Six.AsSpan()).ToArray()));
        Matrix(workspace["a"]).Should().Equal(Six);
    }

    [Fact]
    public void Safetensors_of_a_type_that_is_not_read_are_refused_by_that_type()
    {
        using Workspace workspace = new();
        const string Message = "::odd' has elements of type F8_E4M3; expected F32, F16, BF16, F64, I8, U8 or I16.";
        WriteSafetensors(workspace["a"], ("odd", "F8_E4M3", "[2,3]", new byte[6]));
        Refused(workspace["a"], workspace["a"] + Message);
        Refused(workspace["a"] + "::odd", workspace["a"] + Message);
        Refused(workspace["a"] + "::even", "has no tensor 'even'; it has 'odd'.");
        WriteSafetensors(workspace["b"], ("x", "F32", "[2,3]", new byte[24]), ("odd", "F8_E4M3", "[2,3]", new byte[6]));
        Refused(workspace["b"], "holds 2 tensors: name one as", "of 'x', 'odd'.");
        Refused(workspace["b"] + "::odd", workspace["b"] + Message);
        WriteSafetensors(workspace["c"], ("odd", "F8_E4M3", "[2,3]", new byte[6]), ("odd", "F32", "[2,3]", new byte[24]));
        Refused(workspace["c"] + "::odd", "has two tensors 'odd'");
    }

    [Fact]
    public void Damaged_safetensors_are_refused()
    {
        using Workspace workspace = new();
        string path = workspace["a.safetensors"];
        WriteSafetensors(path, ("x", "F32", "[3,3]", new byte[24]));
        Refused(path, "tensor 'x' does not lie inside it");
        File.WriteAllBytes(path, [.. BitConverter.GetBytes(1000L), .. "{\"x\":"u8]);
        Refused(path, "cut short");
        File.WriteAllBytes(path, [.. BitConverter.GetBytes(8L), .. "{\"x\":  }"u8]);
        Refused(path, "damaged safetensors header");
    }

    [Theory]
    [InlineData(OnnxNumbers.Raw)]
    [InlineData(OnnxNumbers.Floats)]
    [InlineData(OnnxNumbers.RawHalf)]
    [InlineData(OnnxNumbers.IntegerHalf)]
    [InlineData(OnnxNumbers.External)]
    [InlineData(OnnxNumbers.FloatsOneByOne)]
    [InlineData(OnnxNumbers.FloatsInPieces)]
    [InlineData(OnnxNumbers.RawAndNoFloats)]
    [InlineData(OnnxNumbers.NoRawAndFloats)]
    public void The_weights_of_matmul_are_read(OnnxNumbers numbers)
    {
        using Workspace workspace = new();
        OnnxFile onnx = new(workspace["m.onnx"]);
        onnx.Initializer("onnx::MatMul_12", [2, 3], Six, numbers);
        onnx.Node("MatMul", "first", ["x", "onnx::MatMul_12"]);
        onnx.Save();
        Matrix(workspace["m.onnx"] + "::onnx::MatMul_12").Should().Equal(Six);
        Matrix(workspace["m.onnx"] + "::first").Should().Equal(Six, "a node's name stands for its weights");
        Matrix(workspace["m.onnx"]).Should().Equal(Six, "there is only one");
    }

    [Fact]
    public void The_weights_of_gemm_are_transposed_and_scaled_as_it_says()
    {
        using Workspace workspace = new();
        OnnxFile onnx = new(workspace["m.onnx"]);
        onnx.Initializer("plain", [2, 3], Six);
        onnx.Initializer("turned", [3, 2], Six);
        onnx.Initializer("bias", [3], [1, 2, 3]);
        onnx.Initializer("both", [2, 3], Six);
        onnx.Node("Gemm", "a", ["x", "plain"]);
        onnx.Node("Gemm", "b", ["x", "turned", "bias"], integers: [("transB", 1)], floats: [("alpha", 2), ("beta", 0.5f)]);
        onnx.Node("Gemm", "c", ["x", "both"]);
        onnx.Node("Gemm", "d", ["x", "both"], integers: [("transB", 1)]);
        onnx.Node("Gemm", "e", ["x", "plain2"], integers: [("transA", 1)]);
        onnx.Initializer("plain2", [2, 3], Six);
        onnx.Save();
        Matrix(workspace["m.onnx"] + "::plain").Should().Equal(Six);
        Matrix(workspace["m.onnx"] + "::turned").Should().Equal(2, 7, 0.5f, -4, 8, -12);
        TensorFile.ReadBias(new(workspace["m.onnx"] + "::bias")).Should().Equal(0.5f, 1, 1.5f);
        Refused(workspace["m.onnx"] + "::both", "used in different ways by 2 operations");
        Refused(workspace["m.onnx"] + "::plain2", "transposed A");
        Refused(workspace["m.onnx"], "name one as", "'plain', 'turned', 'both'");
        Refused(workspace["m.onnx"] + "::nothing", "no initialiser 'nothing'", "'turned'");
    }

    [Fact]
    public void The_name_of_a_node_stands_for_its_bias_too()
    {
        using Workspace workspace = new();
        OnnxFile onnx = new(workspace["m.onnx"]);
        onnx.Initializer("w", [2, 3], Six);
        onnx.Initializer("bias", [3], [1, 2, 3]);
        onnx.Initializer("row", [1, 3], [4, 5, 6]);
        onnx.Initializer("kernel", [2, 1, 3], Six);
        onnx.Node("Gemm", "gemm", ["x", "w", "bias"]);
        onnx.Node("Gemm", "with_row", ["x", "w", "row"], floats: [("beta", 2)]);
        onnx.Node("Gemm", "without", ["x", "w", ""]);
        onnx.Node("Gemm", "computed", ["x", "w", "gemm_out"]);
        onnx.Node("Conv", "conv", ["x", "kernel", "bias"]);
        onnx.Node("MatMul", "product", ["x", "w"]);
        onnx.Save();
        string path = workspace["m.onnx"];
        TensorFile.FindBias(path + "::gemm").Should().Be(new BiasAddress(path + "::bias", 1, IsBroadcast: true));
        TensorFile.FindBias(path + "::conv").Should().Be(new BiasAddress(path + "::bias", 1));
        TensorFile.ReadBias(TensorFile.FindBias(path + "::with_row")!).Should().Equal(8, 10, 12);
        foreach (string none in (string[])["::without", "::product", "::w", "::nothing", ""])
        {
            TensorFile.FindBias(path + none).Should().BeNull(none);
        }

        Action find = () => TensorFile.FindBias(path + "::computed");
        find.Should().Throw<MatrixFormatException>().Which.Message.Should().Contain("m.onnx::computed' adds 'gemm_out', which is no initialiser").And.Contain("m.onnx::w'");
    }

    [Fact]
    public void A_bias_that_nodes_share_has_the_factor_of_the_node_that_was_named()
    {
        using Workspace workspace = new();
        OnnxFile onnx = new(workspace["m.onnx"]);
        onnx.Initializer("w", [2, 3], Six);
        onnx.Initializer("kernel", [3, 1, 2], Six);
        onnx.Initializer("bias", [3], [1, 2, 3]);
        onnx.Initializer("row", [1, 3], [4, 5, 6]);
        onnx.Initializer("same", [3], [1, 2, 3]);
        onnx.Node("Gemm", "half", ["x", "w", "bias"], floats: [("beta", 0.5f)]);
        onnx.Node("Gemm", "whole", ["x", "w", "bias"]);
        onnx.Node("Conv", "conv", ["x", "kernel", "bias"]);
        onnx.Node("Gemm", "row_thrice", ["x", "w", "row"], floats: [("beta", 3)]);
        onnx.Node("Gemm", "row_twice", ["x", "w", "row"], floats: [("beta", 2)]);
        onnx.Node("Gemm", "same_a", ["x", "w", "same"], floats: [("beta", 2)]);
        onnx.Node("Gemm", "same_b", ["x", "w", "same"], floats: [("beta", 2)]);
        onnx.Node("Gemm", "adds_a_matrix", ["x", "w", "w"]);
        onnx.Save();
        string path = workspace["m.onnx"];
        Bias("half").Should().Equal(0.5f, 1, 1.5f);
        Bias("whole").Should().Equal(1, 2, 3);
        Bias("conv").Should().Equal(1, 2, 3);
        Bias("row_thrice").Should().Equal(12, 15, 18);
        Bias("row_twice").Should().Equal(8, 10, 12);
        TensorFile.ReadBias(new(path + "::same")).Should().Equal([2, 4, 6], "its users agree");
        Action bias = () => TensorFile.ReadBias(new(path + "::bias")), row = () => TensorFile.ReadBias(new(path + "::row")), matrix = () => Bias("adds_a_matrix");
        bias.Should().Throw<MatrixFormatException>().WithMessage("*m.onnx::bias' is added with different factors (beta) by 3 operations, such as Gemm 'half', Gemm 'whole', Conv 'conv'. Name the node in --weights*");
        row.Should().Throw<MatrixFormatException>().WithMessage("*m.onnx::row' is added with different factors (beta) by 2 operations*");
        matrix.Should().Throw<MatrixFormatException>().WithMessage("*m.onnx::w' has the shape (2, 3); expected a bias of one value for each output*");

        float[] Bias(string node) => TensorFile.ReadBias(TensorFile.FindBias($"{path}::{node}")!);
    }

    [Fact]
    public void The_weights_of_a_convolution_are_an_im2col_matrix()
    {
        const int Outputs = 3, Channels = 2, Height = 2, Width = 3;
        float[] kernel = Data.Noise(1, Outputs * Channels * Height * Width), image = Data.Noise(2, Channels * 5 * 6);
        using Workspace workspace = new();
        OnnxFile onnx = new(workspace["m.onnx"]);
        onnx.Initializer("w", [Outputs, Channels, Height, Width], kernel);
        onnx.Node("Conv", "conv", ["x", "w"], integers: [("group", 1)]);
        onnx.Initializer("grouped", [4, 1, 2, 2], Data.Noise(3, 16));
        onnx.Node("Conv", "groups", ["x", "grouped"], integers: [("group", 4)]);
        onnx.Save();

        float[] b = Matrix(workspace["m.onnx"] + "::w");
        for (int m = 0; m < Outputs; m++)
        {
            double direct = 0, product = 0;
            for (int c = 0; c < Channels; c++)
            {
                for (int i = 0; i < Height; i++)
                {
                    for (int j = 0; j < Width; j++)
                    {
                        float pixel = image[(c * 30) + ((i + 1) * 6) + j + 2];
                        direct += (double)pixel * kernel[(((((m * Channels) + c) * Height) + i) * Width) + j];

                        // Column of im2col: channel-major.
                        product += (double)pixel * b[((((c * Height) + i) * Width) + j) * Outputs + m];
                    }
                }
            }

            product.Should().Be(direct);
        }

        Refused(workspace["m.onnx"] + "::grouped", "4 groups");
    }

    [Fact]
    public void Convolutions_may_share_weights()
    {
        using Workspace workspace = new();
        OnnxFile onnx = new(workspace["m.onnx"]);
        onnx.Initializer("w", [2, 1, 3], Six);
        onnx.Node("Conv", "a", ["x", "w"]);
        onnx.Node("Conv", "b", ["a_out", "w"]);
        onnx.Save();
        Matrix(workspace["m.onnx"]).Should().Equal(1, 4, -2, 0.25f, 3.5f, -6);
    }

    [Fact]
    public void Impossible_windows_and_locations_are_refused()
    {
        using Workspace workspace = new();
        OnnxFile onnx = new(workspace["m.onnx"]) { ExternalLocation = "a\0b" };
        onnx.Initializer("wide", [0, 1 << 30, 1 << 30, 8], []);
        onnx.Node("Conv", "a", ["x", "wide"]);
        onnx.Initializer("elsewhere", [2, 3], Six, OnnxNumbers.External);
        onnx.Node("MatMul", "b", ["x", "elsewhere"]);
        onnx.Save(writeExternal: false);
        Refused(workspace["m.onnx"] + "::wide", "impossible shape");
        Refused(workspace["m.onnx"] + "::elsewhere", "expected a file in the model's folder");
    }

    [Fact]
    public void Other_onnx_weights_and_files_are_refused()
    {
        using Workspace workspace = new();
        OnnxFile onnx = new(workspace["m.onnx"]);
        onnx.Initializer("left", [2, 3], Six);
        onnx.Initializer("added", [2, 3], Six);
        onnx.Initializer("unused", [2, 3], Six);
        onnx.Initializer("short", [2, 4], Six);
        onnx.Initializer("ints", [2, 3], Six, type: 7);
        onnx.Node("MatMul", "a", ["left", "x"]);
        onnx.Node("Add", "b", ["x", "added"]);
        onnx.Node("MatMul", "c", ["x", "short"]);
        onnx.Node("MatMul", "d", ["x", "ints"]);
        onnx.Save();
        Refused(workspace["m.onnx"] + "::left", "used by MatMul 'a', at input 0");
        Refused(workspace["m.onnx"] + "::added", "used by Add 'b'");
        Refused(workspace["m.onnx"] + "::unused", "used by no operation");
        Refused(workspace["m.onnx"] + "::short", "32 bytes of its shape (2, 4)");
        Refused(workspace["m.onnx"] + "::ints", "ONNX type 7");

        byte[] bytes = File.ReadAllBytes(workspace["m.onnx"]);
        File.WriteAllBytes(workspace["cut.onnx"], bytes[..^7]);
        Refused(workspace["cut.onnx"] + "::left", "damaged .onnx");
        File.WriteAllBytes(workspace["else.onnx"], [0x08, 0x07, 0x08, 0x07]);
        Refused(workspace["else.onnx"], "is no .npy, .safetensors or .onnx file");
    }

    [Fact]
    public void External_numbers_must_stand_beside_the_model()
    {
        using Workspace workspace = new();
        OnnxFile onnx = new(workspace["m.onnx"]) { ExternalLocation = "../secret" };
        onnx.Initializer("w", [2, 3], Six, OnnxNumbers.External);
        onnx.Node("MatMul", "a", ["x", "w"]);
        onnx.Save(writeExternal: false);
        Refused(workspace["m.onnx"], "expected a file in the model's folder");
    }

    private static float[] Matrix(string address)
    {
        using MatrixSource source = TensorFile.OpenMatrix(address);
        float[] values = new float[source.Rows * source.Columns];
        source.Read(0, (int)source.Rows, values.AsSpan());
        return values;
    }

    private static void Refused(string address, params string[] words)
    {
        Action open = () => TensorFile.OpenMatrix(address).Dispose();
        string message = open.Should().Throw<MatrixFormatException>().Which.Message;
        foreach (string word in words)
        {
            message.Should().Contain(word);
        }
    }

    private static void WriteSafetensors(string path, params (string Name, string Type, string Shape, byte[] Bytes)[] tensors)
    {
        StringBuilder header = new("{\"__metadata__\":{\"format\":\"pt\"}");
        int offset = 0;
        foreach ((string name, string type, string shape, byte[] bytes) in tensors)
        {
            header.Append($",\"{name}\":{{\"dtype\":\"{type}\",\"shape\":{shape},\"data_offsets\":[{offset},{offset + bytes.Length}]}}");
            offset += bytes.Length;
        }

        byte[] text = Encoding.UTF8.GetBytes(header.Append('}').ToString()), length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        File.WriteAllBytes(path, [.. length, .. text, .. tensors.SelectMany(t => t.Bytes)]);
    }
}
