using System.Buffers.Binary;
using System.Text;
using Maddness.Cli;
using Maddness.Cli.Formats;

namespace Maddness.Stress.Fuzzing;

/// <summary>The tool's readers of matrices, which open files by name and tell formats by content.</summary>
internal abstract class MatrixTarget : IReaderTarget
{
    private static readonly string[] Numbers =
    [
        "0", "1", "2", "3", "4", "24", "255", "65536", "2147483647", "2147483648", "4294967296", "576460752303423487", "1152921504606846976", "9223372036854775807", "9223372036854775808", "-1", "1.0", "3L", "", "x",
    ];

    public abstract string Name { get; }

    /// <summary>Fewer than of readers of streams: some cases are written to a file.</summary>
    public int ShortCases => 2000;

    public abstract byte[] Seed(Random random);

    public abstract byte[] Mutate(Random random);

    public object Read(Stream stream)
    {
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);

        // One in sixteen goes through a file, the others through memory that is read as a file is. Empty ones are no files to read.
        string path = Path.Combine(Path.GetTempPath(), "hostile");
        if (bytes.Length % 16 != 0)
        {
            return new Opened(path, TensorFile.OpenMatrix(new InputFile(path, bytes), null));
        }

        path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, bytes);
            return new Opened(path, TensorFile.OpenMatrix(path));
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    public void Use(object accepted)
    {
        Opened opened = (Opened)accepted;
        using MatrixSource source = opened.Source;
        try
        {
            // Shapes without elements claim what they like; the tool's commands refuse them.
            bool isEmpty = source.Rows == 0 || source.Columns == 0;
            if (!isEmpty)
            {
                source.Read(0, checked((int)source.Rows), new float[checked((int)(source.Rows * source.Columns))].AsSpan());
            }
        }
        catch (ToolException)
        {
            // A value that is not finite is found when it is read.
        }
        finally
        {
            File.Delete(opened.Path);
        }
    }

    public bool IsRefusal(Exception exception) => exception is MatrixFormatException or ToolException;

    private protected static T Any<T>(Random random, IReadOnlyList<T> list) => list[random.Next(list.Count)];

    /// <summary>Mostly the number, else one that lies.</summary>
    private protected static string Lie(Random random, long number) => random.Next(4) == 0 ? Any(random, Numbers) : FormattableString.Invariant($"{number}");

    private protected static byte[] Bytes(Random random, int count)
    {
        // Small exponents: finite as float16, float32 and float64.
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++)
        {
            bytes[i] = (byte)random.Next(64);
        }

        return bytes;
    }

    private sealed record Opened(string Path, MatrixSource Source);
}

/// <summary>NumPy's files.</summary>
internal sealed class NpyTarget : MatrixTarget
{
    public override string Name => "npy";

    public override byte[] Seed(Random random) => Build(random, random.Next(1, 3), Any(random, (string[])["<f4", "<f8", "<f2", "|u1", "<i2"]), Any(random, (string[])["True", "False"]), ["2", "3"]);

    public override byte[] Mutate(Random random)
    {
        string[] shape = [.. Enumerable.Range(0, random.Next(20) == 0 ? 20_000 : random.Next(1, 4)).Select(i => i == 0 ? Lie(random, 2) : Lie(random, i == 1 ? 3 : 1))];
        return Build(random, random.Next(5), Any(random, (string[])["<f4", ">f4", "<i8", "<f8", "O", "", "<<<f4", "|V7", "<f4'), ('x"]), Any(random, (string[])["True", "False", "Maybe"]), shape);
    }

    private static byte[] Build(Random random, int version, string type, string order, string[] shape)
    {
        string header = $"{{'descr': '{type}', 'fortran_order': {order}, 'shape': ({string.Join(", ", shape)}), }}\n";
        if (version == 4)
        {
            // Starts of a shape without an end.
            header = string.Concat(Enumerable.Repeat("'shape':(", 1 << random.Next(12))) + header;
        }

        byte[] text = Encoding.Latin1.GetBytes(header);
        byte[] length = new byte[version == 1 ? 2 : 4];
        if (version == 1)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)text.Length);
        }
        else
        {
            BinaryPrimitives.WriteInt32LittleEndian(length, text.Length);
        }

        int size = type.EndsWith('8') ? 8 : type.EndsWith('4') ? 4 : type.EndsWith('2') ? 2 : 1;
        return [0x93, .. "NUMPY"u8, (byte)(version == 4 ? 2 : version), 0, .. length, .. text, .. Bytes(random, 6 * size)];
    }
}

/// <summary>Safetensors files of other programs.</summary>
internal sealed class SafetensorsTarget : MatrixTarget
{
    public override string Name => "safetensors";

    public override byte[] Seed(Random random) => Build(random, """{"__metadata__":{"format":"pt"},"x":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}""");

    public override byte[] Mutate(Random random)
    {
        string dtype = Any(random, (string[])["\"F32\"", "\"F32\"", "\"F64\"", "\"I8\"", "\"BF16\"", "\"Q4\"", "null", "1", "\"\\ud800\""]);
        string tensor = $$"""{"dtype":{{dtype}},"shape":[{{Lie(random, 2)}},{{Lie(random, 3)}}],"data_offsets":[{{Lie(random, 0)}},{{Lie(random, 24)}}]}""";
        string other = Any(random, (string[])["", ",\"x\":{}", ",\"y\":" + tensor, ",\"__metadata__\":3", ",\"y\":[]", new string('[', 100), ",\"\\ud800\":" + tensor, string.Concat(Enumerable.Range(0, 50).Select(i => $",\"{i}\":{tensor}"))]);
        return Build(random, $"{{\"x\":{tensor}{other}}}");
    }

    private static byte[] Build(Random random, string header)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        return [.. BitConverter.GetBytes((long)text.Length), .. text, .. Bytes(random, 24)];
    }
}

/// <summary>Weights in ONNX models.</summary>
internal sealed class OnnxTarget : MatrixTarget, IReaderTarget
{
    private static readonly string[] Locations = ["numbers.bin", "", ".", "..", "/etc/passwd", "a\0b", "../x", "\ud800", new string('x', 300)];

    public override string Name => "onnx";

    /// <summary>The set of weights' names grows by doubling.</summary>
    public long AllocationLimit(long fileLength) => (8 * fileLength) + (1024 * 1024);

    public override byte[] Seed(Random random) => Model(Any(random, (string[])["MatMul", "Gemm"]), [Field(1, 2), Field(1, 3), Field(2, 1), Field(9, Bytes(random, 24)), Field(8, "w"u8)], []);

    public override byte[] Mutate(Random random)
    {
        List<byte[]> tensor = [];
        for (int dimensions = random.Next(1, 4); dimensions > 0; dimensions--)
        {
            tensor.Add(Field(1, Any(random, (long[])[2, 3, 2, 3, 0, 1, -1, int.MaxValue, 1L << 31, 1L << 32, 1L << 59, 1L << 62, long.MinValue])));
        }

        tensor.Add(Field(2, Any(random, (long[])[1, 1, 10, 7, -1, 1L << 40])));
        switch (random.Next(5))
        {
            case 0:
                string location = Any(random, Locations);
                tensor.Add(Field(13, [.. Field(1, "location"u8), .. Field(2, Encoding.UTF8.GetBytes(location))]));
                tensor.Add(Field(13, [.. Field(1, "offset"u8), .. Field(2, Encoding.UTF8.GetBytes(Lie(random, 0)))]));
                tensor.Add(Field(14, 1));
                break;
            case 1:
                tensor.Add(Field(5, Bytes(random, 6)));
                break;
            case 2:
                tensor.Add(Field(random.Next(2) == 0 ? 4 : 9, Bytes(random, random.Next(30))));
                break;
            default:
                tensor.Add(Field(9, Bytes(random, 24)));
                break;
        }

        tensor.Add(Field(8, "w"u8));
        byte[] more = random.Next(4) switch
        {
            // Many small nodes and initialisers.
            0 => [.. Enumerable.Repeat(random.Next(2) == 0 ? Field(1, []) : Field(1, Field(1, "w"u8)), 1 << random.Next(14)).SelectMany(b => b)],
            1 => [.. Enumerable.Range(0, 1 << random.Next(12)).SelectMany(i => Field(5, Field(8, Encoding.ASCII.GetBytes(FormattableString.Invariant($"{i}")))))],
            2 => Field(1, [.. Field(4, "Conv"u8), .. Field(1, "x"u8), .. Field(1, "w"u8)]),
            _ => [],
        };
        return Model(Any(random, (string[])["MatMul", "Gemm", "Conv", "Add"]), tensor, more);
    }

    private static byte[] Model(string operation, IEnumerable<byte[]> tensor, byte[] more) =>
        [.. Field(1, 8), .. Field(7, [.. Field(5, [.. tensor.SelectMany(b => b)]), .. Field(1, [.. Field(1, "x"u8), .. Field(1, "w"u8), .. Field(3, "n"u8), .. Field(4, Encoding.ASCII.GetBytes(operation))]), .. more])];

    private static byte[] Field(int number, long value) => [.. Variable((ulong)(number << 3)), .. Variable((ulong)value)];

    private static byte[] Field(int number, ReadOnlySpan<byte> content) => [.. Variable((ulong)((number << 3) | 2)), .. Variable((ulong)content.Length), .. content];

    private static byte[] Variable(ulong value)
    {
        List<byte> bytes = [];
        for (; value > 127; value >>= 7)
        {
            bytes.Add((byte)(value | 128));
        }

        return [.. bytes, (byte)value];
    }
}
