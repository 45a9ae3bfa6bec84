using System.Buffers.Binary;
using System.Text;
using Maddness.Cli.Formats;
using Maddness.Cli.Tests.Support;

namespace Maddness.Cli.Tests;

/// <summary>Files that are made to cost memory: full of the shortest things that each format can hold. What reading them allocates is counted, garbage included.</summary>
public class HostileSizeTests
{
    private const int Size = 1 << 18;

    /// <summary>Buffers and messages of a fixed size.</summary>
    private const int Constant = 32 << 10;

    public static TheoryData<string> OnnxCases => [.. Onnx.Keys];

    public static TheoryData<string> SafetensorsCases => [.. Safetensors.Keys];

    public static TheoryData<string> NpyCases => [.. Npy.Keys];

    private static Dictionary<string, Func<byte[]>> Onnx { get; } = new()
    {
        ["empty nodes"] = () => Graph(_ => Field(1)),
        ["nodes of an empty input"] = () => Graph(_ => Field(1, Field(1))),
        ["empty initialisers"] = () => Graph(_ => Field(5)),
        ["initialisers of different names"] = () => Graph(i => Field(5, Field(8, Base(i)))),
        ["constants"] = () => Graph(i => Field(1, [.. Field(4, "Constant"u8), .. Field(2, Base(i)), .. Field(5, Field(5))])),
        ["users of one tensor"] = () => Graph(_ => Node("MatMul", "x"u8, "w"u8), Tensor(Field(9, new byte[24]))),
        ["users by Gemm of one tensor"] = () => Graph(_ => Node("Gemm", "x"u8, "w"u8), Tensor(Field(9, new byte[24]))),
        ["users by Gemm with a bias of one tensor"] = () => Graph(_ => Node("Gemm", "x"u8, "w"u8, "w"u8), Tensor(Field(9, new byte[24]))),
        ["products of different weights"] = () => Graph(i => Node("Conv", default, Base(i))),
        ["products and their weights"] = () => Graph(i => [.. Node("Conv", default, Base(i)), .. Field(5, Field(8, Base(i)))]),
        ["products and the steps to their weights"] = () => Graph(
            i => [.. Node("Conv", default, Base(i)), .. Field(1, [.. Field(1, "w"u8), .. Field(2, Base(i)), .. Field(4, "Cast"u8)])], Tensor(Field(9, new byte[24]))),
        ["products and steps from different tensors"] = () => Graph(
            i => [.. Node("Conv", default, Base(i)), .. Field(1, [.. Field(1, [.. Base(i), 1]), .. Field(2, Base(i)), .. Field(4, "Cast"u8)]), .. Field(5, Field(8, [.. Base(i), 1]))]),
        ["an order of dimensions"] = () => Model([.. Tensor(Field(9, new byte[24])), .. Order(Field(8, new byte[Size])), .. Node("MatMul", "x"u8, "t"u8)]),
        ["an order of dimensions one by one"] = () => Model([.. Tensor(Field(9, new byte[24])), .. Order(Many(_ => [64, 1])), .. Node("MatMul", "x"u8, "t"u8)]),
        ["inputs"] = () => Model(Field(1, Many(_ => Field(1)))),
        ["inputs of the name"] = () => Model([.. Tensor(Field(9, new byte[24])), .. Field(1, Many(_ => Field(1, "w"u8)))]),
        ["attributes"] = () => Model(Field(1, Many(i => Field(5, Field(1, Base(i)))))),
        ["tensors of attributes"] = () => Model(Field(1, Many(_ => Field(5, Field(5))))),
        ["dimensions"] = () => Model(Tensor(Field(1, new byte[Size]))),
        ["dimensions one by one"] = () => Model(Tensor(Many(_ => [8, 1]))),
        ["floats one by one"] = () => Model([.. Field(5, [.. Number(1, Size / 10), .. Number(1, 2), .. Number(2, 1), .. Many(_ => [37, 0, 0, 0, 0])[..(Size / 10 * 10)], .. Field(8, "w"u8)]), .. Node("MatMul", "x"u8, "w"u8)]),
        ["floats in empty pieces"] = () => Model([.. Tensor(Many(_ => Field(4))), .. Node("MatMul", "x"u8, "w"u8)]),
        ["halves in integers"] = () => Model([.. Field(5, [.. Number(1, Size / 2), .. Number(1, 2), .. Number(2, 10), .. Field(5, new byte[Size]), .. Field(8, "w"u8)]), .. Node("MatMul", "x"u8, "w"u8)]),
        ["halves in integers one by one"] = () => Model([.. Field(5, [.. Number(1, Size / 4), .. Number(1, 2), .. Number(2, 10), .. Many(_ => [40, 1])[..Size], .. Field(8, "w"u8)]), .. Node("MatMul", "x"u8, "w"u8)]),
        ["places in other files"] = () => Model(Tensor([.. Many(i => Field(13, [.. Field(1, "location"u8), .. Field(2, Base(i))])), .. Number(14, 1)])),
        ["a long place in another file"] = () => Model(Tensor([.. Field(13, [.. Field(1, "location"u8), .. Field(2, new byte[Size])]), .. Number(14, 1)])),
        ["a long name"] = () => Model([.. Field(5, [.. Number(1, 2), .. Number(1, 3), .. Number(2, 1), .. Field(8, new byte[Size])]), .. Node("MatMul", "x"u8, new byte[Size])]),
        ["a long name of a node"] = () => Model([.. Tensor(Field(9, new byte[24])), .. Field(1, [.. Field(1, "w"u8), .. Field(3, new byte[Size]), .. Field(4, new byte[Size])])]),
        ["graphs"] = () => Many(_ => Field(7)),
        ["fields of the model"] = () => Many(_ => [8, 1]),
        ["a length without end"] = () => [.. Field(7, Field(5, Field(8, "w"u8))), 0x3A, .. Enumerable.Repeat((byte)0xFF, Size)],
    };

    private static Dictionary<string, Func<byte[]>> Safetensors { get; } = new()
    {
        ["tensors"] = () => Header($"{{{Many(i => $"\"{i:x}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}")}}}"),
        ["tensors of no known type"] = () => Header($"{{{Many(i => $"\"{i:x}\":{{\"dtype\":\"\",\"shape\":[],\"data_offsets\":[0,0]}}")}}}"),
        ["tensors of one name"] = () => Header($"{{{Many(_ => "\"x\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}")}}}"),
        ["dimensions"] = () => Header($"{{\"x\":{{\"dtype\":\"U8\",\"shape\":[{Many(_ => "1")}],\"data_offsets\":[0,0]}}}}"),
        ["offsets"] = () => Header($"{{\"x\":{{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[{Many(_ => "1")}]}}}}"),
        ["keys of a tensor"] = () => Header($"{{\"x\":{{{Many(_ => "\"\":0")}}}}}"),
        ["metadata"] = () => Header($"{{\"__metadata__\":{{{Many(i => $"\"{i:x}\":\"\"")}}}}}"),
        ["values of the metadata"] = () => Header($"{{\"__metadata__\":{{{Many(_ => "\"format\":\"pt\"")}}}}}"),
        ["a long value of the metadata"] = () => Header($"{{\"__metadata__\":{{\"format\":\"{new string('x', Size)}\"}}}}"),
        ["a long name"] = () => Header($"{{\"{new string('x', Size)}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}}}"),
        ["a long type"] = () => Header($"{{\"x\":{{\"dtype\":\"{new string('x', Size)}\",\"shape\":[0],\"data_offsets\":[0,0]}}}}"),
        ["depth"] = () => Header($"{{\"x\":{new string('[', Size)}"),
        ["nothing"] = () => Header($"{{{new string(' ', Size)}}}"),
    };

    private static Dictionary<string, Func<byte[]>> Npy { get; } = new()
    {
        ["dimensions"] = () => NumPy($"{{'descr': '|u1', 'fortran_order': False, 'shape': ({Many(_ => "1")}), }}"),
        ["separators"] = () => NumPy($"{{'descr': '|u1', 'fortran_order': False, 'shape': ({new string(',', Size - 100)}), }}"),
        ["a long dimension"] = () => NumPy($"{{'descr': '|u1', 'fortran_order': False, 'shape': ({new string('1', Size - 100)}), }}"),
        ["a long type"] = () => NumPy($"{{'descr': '{new string('x', Size - 100)}', 'fortran_order': False, 'shape': (1, 1), }}"),
        ["beginnings"] = () => NumPy(string.Concat(Enumerable.Repeat("'shape':(", (Size - 100) / 9))),
        ["quotes"] = () => NumPy(new string('\'', Size - 100)),
        ["spaces"] = () => NumPy("'descr'" + new string(' ', Size - 100)),
    };

    [Theory]
    [MemberData(nameof(OnnxCases))]
    public void Onnx_models_cost_a_small_multiple_of_their_size(string name) => Attack(Onnx[name]());

    [Theory]
    [MemberData(nameof(SafetensorsCases))]
    public void Safetensors_cost_a_small_multiple_of_their_size(string name) => Attack(Safetensors[name]());

    [Theory]
    [MemberData(nameof(NpyCases))]
    public void Npy_files_cost_a_small_multiple_of_their_size(string name) => Attack(Npy[name]());

    /// <summary>Opens a file with and without a name, as everything that the tool reads; only the documented exceptions may come.</summary>
    private static void Attack(byte[] bytes)
    {
        using Workspace workspace = new();
        string path = workspace["hostile"];
        File.WriteAllBytes(path, bytes);
        Action<string>[] readers =
        [
            address => TensorFile.OpenMatrix(address).Dispose(), address => TensorFile.ReadBias(new(address)), address => TensorFile.FindBias(address), address => TensorFile.ReadLabels(address),
            address => Commands.ModelFile.Kind(address.Split("::")[0]),
        ];

        // What is compiled and made on the first call is not counted.
        Cost(readers[0], path);
        foreach (Action<string> read in readers)
        {
            foreach (string address in (string[])[path, path + "::w", path + "::t", path + "::nothing"])
            {
                Cost(read, address).Should().BeLessThanOrEqualTo((8L * bytes.Length) + Constant, address);
            }
        }
    }

    private static long Cost(Action<string> read, string address)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            read(address);
        }
        catch (Exception e) when (e is ToolException or MatrixFormatException)
        {
            e.Message.Length.Should().BeLessThan(20_000, "names without end are not repeated");
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static byte[] Many(Func<int, byte[]> part)
    {
        using MemoryStream all = new();
        for (int i = 0; all.Length < Size; i++)
        {
            all.Write(part(i));
        }

        return all.ToArray();
    }

    private static string Many(Func<int, string> part)
    {
        StringBuilder all = new(part(0));
        for (int i = 1; all.Length < Size - 100; i++)
        {
            all.Append(',').Append(part(i));
        }

        return all.ToString();
    }

    /// <summary>A short name for each number.</summary>
    private static byte[] Base(int number)
    {
        List<byte> name = [];
        for (; number > 0; number /= 90)
        {
            name.Add((byte)('!' + (number % 90)));
        }

        return [.. name];
    }

    private static byte[] Graph(Func<int, byte[]> part, byte[]? first = null) => Model([.. first ?? [], .. Many(part)]);

    private static byte[] Model(byte[] graph) => [8, 8, .. Field(7, graph)];

    private static byte[] Tensor(byte[] more) => Field(5, [.. Number(1, 2), .. Number(1, 3), .. Number(2, 1), .. more, .. Field(8, "w"u8)]);

    private static byte[] Node(string operation, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third = default) =>
        Field(1, [.. Field(1, first), .. Field(1, second), .. third.IsEmpty ? [] : Field(1, third), .. Field(4, Encoding.ASCII.GetBytes(operation))]);

    /// <summary>A Transpose of w to t.</summary>
    private static byte[] Order(byte[] order) => Field(1, [.. Field(1, "w"u8), .. Field(2, "t"u8), .. Field(4, "Transpose"u8), .. Field(5, [.. Field(1, "perm"u8), .. order])]);

    private static byte[] Field(int number, ReadOnlySpan<byte> content = default) => [(byte)((number << 3) | 2), .. Variable(content.Length), .. content];

    private static byte[] Number(int number, int value) => [(byte)(number << 3), .. Variable(value)];

    private static byte[] Variable(int value)
    {
        List<byte> bytes = [];
        for (; value > 127; value >>= 7)
        {
            bytes.Add((byte)(value | 128));
        }

        return [.. bytes, (byte)value];
    }

    private static byte[] Header(string json)
    {
        byte[] text = Encoding.UTF8.GetBytes(json);
        return [.. BitConverter.GetBytes((long)text.Length), .. text];
    }

    private static byte[] NumPy(string header)
    {
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, header.Length);
        return [0x93, .. "NUMPY"u8, 2, 0, .. length, .. Encoding.Latin1.GetBytes(header), 0];
    }
}
