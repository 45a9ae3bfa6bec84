using System.Runtime.InteropServices;
using Google.Protobuf;

namespace Maddness.Cli.Tests.Support;

/// <summary>The forms that an initialiser's numbers can have.</summary>
public enum OnnxNumbers
{
    Raw,
    Floats,
    RawHalf,
    IntegerHalf,
    External,
    FloatsOneByOne,
    FloatsInPieces,
    RawAndNoFloats,
    NoRawAndFloats,
    RawAndFloats,
}

/// <summary>Writes ONNX models of initialisers and nodes, field by field, with the numbers of onnx.proto.</summary>
internal sealed class OnnxFile(string path)
{
    private const int ExternalOffset = 16;

    private readonly List<byte> _graph = [];
    private readonly List<byte> _external = [.. new byte[ExternalOffset]];

    internal string ExternalLocation { get; init; } = "numbers.bin";

    /// <summary>What the model says where its numbers begin in the other file; null for the truth.</summary>
    internal string? ClaimedOffset { get; init; }

    /// <summary>What it says how many bytes they are; null for nothing.</summary>
    internal string? ClaimedLength { get; init; }

    internal void Initializer(string name, int[] shape, float[] values, OnnxNumbers numbers = OnnxNumbers.Raw, int? type = null)
    {
        bool isHalf = numbers is OnnxNumbers.RawHalf or OnnxNumbers.IntegerHalf;
        byte[] raw = isHalf ? MemoryMarshal.AsBytes<Half>(Array.ConvertAll(values, v => (Half)v)).ToArray() : MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
        Message(_graph, 5, tensor =>
        {
            foreach (int length in shape)
            {
                tensor.WriteTag(1, WireFormat.WireType.Varint);
                tensor.WriteInt64(length);
            }

            tensor.WriteTag(2, WireFormat.WireType.Varint);
            tensor.WriteInt32(type ?? (isHalf ? 10 : 1));
            switch (numbers)
            {
                case OnnxNumbers.Floats:
                    Bytes(tensor, 4, raw);
                    break;
                case OnnxNumbers.IntegerHalf:
                    foreach (ushort bits in MemoryMarshal.Cast<byte, ushort>(raw))
                    {
                        tensor.WriteTag(5, WireFormat.WireType.Varint);
                        tensor.WriteInt32(bits);
                    }

                    break;
                case OnnxNumbers.External:
                    Entry(tensor, "location", ExternalLocation);
                    Entry(tensor, "offset", ClaimedOffset ?? $"{_external.Count}");
                    if (ClaimedLength is not null)
                    {
                        Entry(tensor, "length", ClaimedLength);
                    }

                    tensor.WriteTag(14, WireFormat.WireType.Varint);
                    tensor.WriteInt32(1);
                    _external.AddRange(raw);
                    break;
                case OnnxNumbers.FloatsOneByOne:
                    foreach (float value in values)
                    {
                        tensor.WriteTag(4, WireFormat.WireType.Fixed32);
                        tensor.WriteFloat(value);
                    }

                    break;
                case OnnxNumbers.FloatsInPieces:
                    Bytes(tensor, 4, raw[..4]);
                    tensor.WriteTag(4, WireFormat.WireType.Fixed32);
                    tensor.WriteFloat(values[1]);
                    Bytes(tensor, 4, []);
                    Bytes(tensor, 4, raw[8..]);
                    break;
                case OnnxNumbers.RawAndNoFloats:
                    Bytes(tensor, 9, raw);
                    Bytes(tensor, 4, []);
                    break;
                case OnnxNumbers.NoRawAndFloats:
                    Bytes(tensor, 4, raw);
                    Bytes(tensor, 9, []);
                    break;
                case OnnxNumbers.RawAndFloats:
                    Bytes(tensor, 4, raw);
                    Bytes(tensor, 9, raw);
                    break;
                default:
                    Bytes(tensor, 9, raw);
                    break;
            }

            tensor.WriteTag(8, WireFormat.WireType.LengthDelimited);
            tensor.WriteString(name);
        });
    }

    internal void Node(string operation, string name, string[] inputs, (string Name, long Value)[]? integers = null, (string Name, float Value)[]? floats = null, (string Name, long[] Values)[]? lists = null) => Message(_graph, 1, node =>
    {
        foreach (string input in inputs)
        {
            node.WriteTag(1, WireFormat.WireType.LengthDelimited);
            node.WriteString(input);
        }

        node.WriteTag(2, WireFormat.WireType.LengthDelimited);
        node.WriteString(name + "_out");
        node.WriteTag(3, WireFormat.WireType.LengthDelimited);
        node.WriteString(name);
        node.WriteTag(4, WireFormat.WireType.LengthDelimited);
        node.WriteString(operation);
        foreach ((string key, long value) in integers ?? [])
        {
            Message(node, 5, attribute =>
            {
                attribute.WriteTag(1, WireFormat.WireType.LengthDelimited);
                attribute.WriteString(key);
                attribute.WriteTag(3, WireFormat.WireType.Varint);
                attribute.WriteInt64(value);
                attribute.WriteTag(20, WireFormat.WireType.Varint);
                attribute.WriteInt32(2);
            });
        }

        foreach ((string key, long[] values) in lists ?? [])
        {
            Message(node, 5, attribute =>
            {
                attribute.WriteTag(1, WireFormat.WireType.LengthDelimited);
                attribute.WriteString(key);
                foreach (long value in values)
                {
                    attribute.WriteTag(8, WireFormat.WireType.Varint);
                    attribute.WriteInt64(value);
                }
            });
        }

        foreach ((string key, float value) in floats ?? [])
        {
            Message(node, 5, attribute =>
            {
                attribute.WriteTag(1, WireFormat.WireType.LengthDelimited);
                attribute.WriteString(key);
                attribute.WriteTag(2, WireFormat.WireType.Fixed32);
                attribute.WriteFloat(value);
            });
        }
    });

    internal void Save(bool writeExternal = true)
    {
        using MemoryStream model = new();
        using (CodedOutputStream output = new(model, leaveOpen: true))
        {
            output.WriteTag(1, WireFormat.WireType.Varint);
            output.WriteInt64(8);
            output.WriteTag(2, WireFormat.WireType.LengthDelimited);
            output.WriteString("tests");
            output.WriteTag(7, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom([.. _graph]));
        }

        File.WriteAllBytes(path, model.ToArray());
        if (writeExternal && _external.Count > ExternalOffset)
        {
            File.WriteAllBytes(Path.Combine(Path.GetDirectoryName(path)!, ExternalLocation), [.. _external]);
        }
    }

    private static void Bytes(CodedOutputStream output, int field, byte[] bytes)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(bytes));
    }

    private static void Entry(CodedOutputStream tensor, string key, string value) => Message(tensor, 13, entry =>
    {
        entry.WriteTag(1, WireFormat.WireType.LengthDelimited);
        entry.WriteString(key);
        entry.WriteTag(2, WireFormat.WireType.LengthDelimited);
        entry.WriteString(value);
    });

    private static void Message(List<byte> bytes, int field, Action<CodedOutputStream> write)
    {
        using MemoryStream stream = new();
        using (CodedOutputStream output = new(stream, leaveOpen: true))
        {
            Message(output, field, write);
        }

        bytes.AddRange(stream.ToArray());
    }

    private static void Message(CodedOutputStream output, int field, Action<CodedOutputStream> write)
    {
        using MemoryStream inner = new();
        using (CodedOutputStream body = new(inner, leaveOpen: true))
        {
            write(body);
        }

        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(inner.ToArray()));
    }
}
