using System.Runtime.InteropServices;
using Maddness.Cli.Commands;
using Maddness.Cli.Formats;
using Maddness.Cli.Tests.Support;

namespace Maddness.Cli.Tests;

/// <summary>.npy files of all kinds, and what is said of others.</summary>
public class NpyTests
{
    private static readonly float[] Values = [1, -2, 3, 100, 0, 7, -128, 5, 127, 11, 12, 13];

    public static TheoryData<string, bool, int> Kinds()
    {
        TheoryData<string, bool, int> kinds = [];
        foreach (string type in (string[])["<f8", "<f4", "<f2", "|i1", "|u1", "<i2"])
        {
            foreach (bool isFortran in (bool[])[false, true])
            {
                kinds.Add(type, isFortran, 1);
                kinds.Add(type, isFortran, 2);
            }
        }

        return kinds;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void All_types_orders_and_versions_are_read(string type, bool isFortran, int version)
    {
        using Workspace workspace = new();
        float[] values = type == "|u1" ? [.. Values.Select(Math.Abs)] : Values;
        float[] stored = isFortran ? [.. Enumerable.Range(0, 12).Select(i => values[(i % 4 * 3) + (i / 4)])] : values;
        Npy.Write(workspace["a.npy"], Bytes(type, stored), type, "(4, 3)", isFortran, version);

        using MatrixSource source = TensorFile.OpenMatrix(workspace["a.npy"]);
        (source.Rows, source.Columns).Should().Be((4, 3));
        float[] all = new float[12];
        source.Read(0, 4, all.AsSpan());
        all.Should().Equal(values);
        float[] some = new float[6];
        source.Read(1, 2, some.AsSpan());
        some.Should().Equal(values[3..9]);

        using MatrixSource transposed = TensorFile.OpenMatrix(workspace["a.npy"], transposed: true);
        (transposed.Rows, transposed.Columns).Should().Be((3, 4));
        transposed.Read(0, 3, all.AsSpan());
        all.Should().Equal(Enumerable.Range(0, 12).Select(i => values[(i % 4 * 3) + (i / 4)]));
    }

    [Fact]
    public void More_dimensions_than_NumPy_has_are_refused()
    {
        using Workspace workspace = new();
        Npy.Write(workspace["a.npy"], MemoryMarshal.AsBytes<float>([1]), "<f4", $"({string.Join(", ", Enumerable.Repeat(1, 100))})");
        FluentActions.Invoking(() => TensorFile.OpenMatrix(workspace["a.npy"])).Should().Throw<MatrixFormatException>().WithMessage("*more than 64 dimensions*");
    }

    [Fact]
    public void Integers_are_read_as_they_are()
    {
        using Workspace workspace = new();
        Npy.Write(workspace["a.npy"], MemoryMarshal.AsBytes<short>([short.MinValue, -1, 0, short.MaxValue]), "<i2", "(2, 2)");
        using MatrixSource source = TensorFile.OpenMatrix(workspace["a.npy"]);
        short[] values = new short[4];
        source.Read(0, 2, values.AsSpan());
        values.Should().Equal(short.MinValue, -1, 0, short.MaxValue);
    }

    [Theory]
    [InlineData("<i4", "(3, 1)", 12, "type int32; expected float32, float64, float16, bfloat16, int8, uint8 or int16.")]
    [InlineData(">f4", "(3, 1)", 12, "big-endian")]
    [InlineData("<c8", "(3, 1)", 24, "'<c8'")]
    [InlineData("|O", "(3, 1)", 24, "'|O'")]
    [InlineData("<f4", "(3,)", 12, "expected a matrix, of two dimensions")]
    [InlineData("<f4", "()", 4, "shape ()")]
    [InlineData("<f4", "(1, 3, 1)", 12, "shape (1, 3, 1)")]
    [InlineData("<f4", "(3, 2)", 23, "cut short")]
    [InlineData("<f4", "(3, 2)", 28, "holds 28 bytes of numbers, but its header says (3, 2) of float32, 24 bytes")]
    [InlineData("<f4", "(-3, 2)", 24, "'-3'")]
    [InlineData("<f4", "(9223372036854775807, 9223372036854775807)", 24, "more than a file can hold")]
    public void Other_arrays_are_refused(string type, string shape, int bytes, string message)
    {
        using Workspace workspace = new();
        Npy.Write(workspace["a.npy"], new byte[bytes], type, shape);
        Refused(workspace["a.npy"], message);
    }

    [Fact]
    public void Other_files_are_refused()
    {
        using Workspace workspace = new();
        string path = workspace["a.npy"];
        Refused(path, "does not exist");
        Refused(workspace.Folder, "is a folder");
        File.WriteAllBytes(path, []);
        Refused(path, "is empty");
        File.WriteAllBytes(path, [0x93, .. "NUMPY"u8, 1, 0]);
        Refused(path, "cut short");
        File.WriteAllBytes(path, [0x93, .. "NUMPY"u8, 3, 0, 0, 0, 0, 0, 0, 0]);
        Refused(path, "of version 3; expected version 1 or 2, which numpy.lib.format.write_array writes with version=(1, 0).");
        File.WriteAllBytes(path, [0x93, .. "NUMPY"u8, 1, 0, 255, 255, 0, 0, 0]);
        Refused(path, "damaged or cut short");
        File.WriteAllText(path, "1,2,3\n4,5,6\n");
        Refused(path, "is no .npy, .safetensors or .onnx file");
        Npy.Write(path, new byte[24], "<f4", "(3, 2)");
        byte[] bytes = File.ReadAllBytes(path);
        bytes[12] = (byte)'x';
        File.WriteAllBytes(path, bytes);
        Refused(path, "header that cannot be understood");
        Refused(path + "::x", "has no tensor names");
    }

    [Theory]
    [InlineData(float.NaN, "NaN at row 2, column 1")]
    [InlineData(float.PositiveInfinity, "infinite in float32 at row 2, column 1")]
    public void Values_that_are_not_finite_are_refused_by_their_place(float value, string message)
    {
        foreach (bool isFortran in (bool[])[false, true])
        {
            using Workspace workspace = new();
            float[] values = new float[12];
            values[isFortran ? 6 : 7] = value;
            Npy.Write(workspace["a.npy"], MemoryMarshal.AsBytes(values.AsSpan()), "<f4", "(4, 3)", isFortran);
            using MatrixSource source = TensorFile.OpenMatrix(workspace["a.npy"]);
            Action read = () => source.Read(2, 1, new float[3].AsSpan());
            read.Should().Throw<ToolException>().WithMessage($"*{message}*");
        }
    }

    [Fact]
    public void A_double_beyond_float32_is_refused()
    {
        using Workspace workspace = new();
        Npy.Write(workspace["a.npy"], Bytes("<f8", [1, 2, 3]).Concat(BitConverter.GetBytes(1e300)).ToArray(), "<f8", "(2, 2)");
        using MatrixSource source = TensorFile.OpenMatrix(workspace["a.npy"]);
        Action read = () => source.Read(0, 2, new float[4].AsSpan());
        read.Should().Throw<ToolException>().WithMessage("*row 1, column 1*");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_large_matrices_rows_are_sampled_from_all_over_the_file(bool isFortran)
    {
        using Workspace workspace = new();
        float[] values = [.. Enumerable.Range(0, 2000).Select(i => (float)i)];
        Npy.Write(workspace["a.npy"], MemoryMarshal.AsBytes(values.AsSpan()), "<f4", "(2000, 1)", isFortran);
        using MatrixSource source = TensorFile.OpenMatrix(workspace["a.npy"]);
        float[] sample = RowSampler.Read<float>(source, 600, _ => { }, CancellationToken.None);
        sample.Should().HaveCount(600).And.OnlyHaveUniqueItems().And.BeInAscendingOrder();
        sample[^1].Should().BeGreaterThan(1700);
        sample.Select((v, i) => (long)v == RowSampler.SourceRow(source, 600, i)).Should().AllBeEquivalentTo(true);
        RowSampler.Read<float>(source, 2000, _ => { }, CancellationToken.None).Should().Equal(values);
    }

    [Theory]
    [InlineData("|i1", 1)]
    [InlineData("|u1", 1)]
    [InlineData("<i2", 2)]
    [InlineData("<u2", 2)]
    [InlineData("<i4", 4)]
    [InlineData("<u4", 4)]
    [InlineData("<i8", 8)]
    [InlineData("<u8", 8)]
    public void Labels_may_be_integers_of_any_type(string type, int size)
    {
        using Workspace workspace = new();
        byte[] bytes = new byte[3 * size];
        (bytes[0], bytes[size], bytes[2 * size]) = (5, 0, 100);
        Npy.Write(workspace["l.npy"], bytes, type, "(3,)");
        TensorFile.ReadLabels(workspace["l.npy"]).Should().Equal(5, 0, 100);
    }

    [Theory]
    [InlineData("<u8", ulong.MaxValue, "18446744073709551615")]
    [InlineData("<u8", 1UL << 63, "9223372036854775808")]
    [InlineData("<i8", ulong.MaxValue, "-1")]
    [InlineData("<i8", 1UL << 63, "-9223372036854775808")]
    [InlineData("<i8", 1UL << 32, "4294967296")]
    [InlineData("<u8", 3UL, "3")]
    public void A_label_that_is_no_output_is_refused_by_its_value_and_place(string type, ulong bits, string value)
    {
        // Beyond the labels that are read at once.
        const int Count = 3000, Place = 2500;
        using Workspace workspace = new();
        ulong[] labels = new ulong[Count];
        labels[0] = 2;
        labels[Place] = bits;
        Npy.Write(workspace["l.npy"], MemoryMarshal.AsBytes(labels.AsSpan()), type, $"({Count},)");
        Npy.Write(workspace["a.npy"], new float[Count], Count, 1);
        using MatrixSource rows = TensorFile.OpenMatrix(workspace["a.npy"]);
        Action read = () => RowMatrix.ReadLabels(workspace["l.npy"], rows, 3);
        read.Should().Throw<Exception>().WithMessage($"'{workspace["l.npy"]}' holds the label {value} at {Place}; expected 0 to 2, the index of an output.");
        labels[Place] = 1;
        Npy.Write(workspace["l.npy"], MemoryMarshal.AsBytes(labels.AsSpan()), type, $"({Count},)");
        RowMatrix.ReadLabels(workspace["l.npy"], rows, 3).Should().Equal(Array.ConvertAll(labels, l => (int)l));
    }

    [Fact]
    public void The_types_of_a_bias_are_those_of_matrices()
    {
        using Workspace workspace = new();
        Npy.WriteLabels(workspace["b.npy"], [1, 2]);
        Action read = () => TensorFile.ReadBias(new(workspace["b.npy"]));
        read.Should().Throw<MatrixFormatException>().WithMessage("*type int32; expected float32, float64, float16, bfloat16, int8, uint8 or int16.*");
    }

    [Fact]
    public void Labels_of_other_types_and_shapes_are_refused()
    {
        using Workspace workspace = new();
        Npy.WriteVector(workspace["l.npy"], [1, 2]);
        Action floats = () => TensorFile.ReadLabels(workspace["l.npy"]);
        floats.Should().Throw<MatrixFormatException>().WithMessage("*float32; expected an integer type*");
        Npy.Write(workspace["m.npy"], new byte[16], "<i4", "(2, 2)");
        Action matrix = () => TensorFile.ReadLabels(workspace["m.npy"]);
        matrix.Should().Throw<MatrixFormatException>().WithMessage("*(2, 2); expected a vector*");
        Npy.Write(workspace["c.npy"], new byte[16], "<i4", "(4, 1)");
        TensorFile.ReadLabels(workspace["c.npy"]).Should().Equal(0, 0, 0, 0);
    }

    private static void Refused(string path, string message)
    {
        Action open = () => TensorFile.OpenMatrix(path).Dispose();
        Exception e = open.Should().Throw<Exception>().Which;
        e.Should().Match(x => x is ToolException || x is MatrixFormatException);
        e.Message.Should().Contain(message).And.Contain(Path.GetFileName(path.Split("::")[0]));
    }

    private static byte[] Bytes(string type, float[] values) => type switch
    {
        "<f8" => MemoryMarshal.AsBytes<double>(Array.ConvertAll(values, v => (double)v)).ToArray(),
        "<f4" => MemoryMarshal.AsBytes(values.AsSpan()).ToArray(),
        "<f2" => MemoryMarshal.AsBytes<Half>(Array.ConvertAll(values, v => (Half)v)).ToArray(),
        "|i1" => MemoryMarshal.AsBytes<sbyte>(Array.ConvertAll(values, v => (sbyte)v)).ToArray(),
        "|u1" => Array.ConvertAll(values, v => (byte)v),
        _ => MemoryMarshal.AsBytes<short>(Array.ConvertAll(values, v => (short)v)).ToArray(),
    };
}
