using Google.Protobuf;

namespace Maddness.Cli.Formats;

/// <summary>A node: an operation with its inputs, and those of its attributes that matter for weights.</summary>
internal sealed class OnnxNode
{
    internal string Name { get; set; } = string.Empty;

    internal string Operation { get; set; } = string.Empty;

    internal List<string> Inputs { get; } = [];

    /// <summary>The first output.</summary>
    internal string? Output { get; set; }

    /// <summary>Attributes; null where there are none, as of most nodes.</summary>
    internal Dictionary<string, long>? Integers { get; set; }

    /// <inheritdoc cref="Integers"/>
    internal Dictionary<string, float>? Floats { get; set; }

    /// <summary>The value of a Constant.</summary>
    internal OnnxInitializer? Value { get; set; }

    internal long Integer(string name, long otherwise) => Integers?.GetValueOrDefault(name, otherwise) ?? otherwise;

    internal float Float(string name, float otherwise) => Floats?.GetValueOrDefault(name, otherwise) ?? otherwise;

    public override string ToString() => $"{Operation}{(Name.Length > 0 ? $" '{Name}'" : string.Empty)}";
}

/// <summary>A constant tensor, as far as it is known without reading its numbers.</summary>
internal sealed class OnnxInitializer
{
    internal string Name { get; set; } = string.Empty;

    internal List<long> Shape { get; } = [];

    internal int DataType { get; set; }

    /// <summary>The first byte of the field that holds the numbers, its length included, and the first one past it; 0 where there is none.</summary>
    internal long FieldStart { get; set; }

    internal long FieldEnd { get; set; }

    /// <summary>Bits of float16 numbers that stand in integers.</summary>
    internal List<int> Integers { get; } = [];

    /// <summary>Where numbers in another file are; null where they are not.</summary>
    internal Dictionary<string, string>? External { get; set; }

    internal bool IsExternal { get; set; }

    internal string ExternalValue(string key, string otherwise) => External?.GetValueOrDefault(key, otherwise) ?? otherwise;
}

/// <summary>
/// The parts of an ONNX model that weights need: nodes and initialisers of the main graph (onnx.proto: ModelProto.graph 7; GraphProto.node 1, initializer 5; and so on, the numbers below). Numbers stay in the file: only
/// where they stand is noted.
/// </summary>
internal sealed class OnnxModel : IDisposable
{
    private readonly CodedInputStream _input;

    private uint _tag;

    private OnnxModel(Stream stream) => _input = new CodedInputStream(stream);

    internal List<OnnxNode> Nodes { get; } = [];

    internal Dictionary<string, OnnxInitializer> Initializers { get; } = [];

    /// <exception cref="MatrixFormatException">The file is no ONNX model, or damaged.</exception>
    internal static OnnxModel Read(MappedFile file)
    {
        try
        {
            using Stream stream = file.OpenStream();
            OnnxModel model = new(stream);
            bool hasGraph = false;
            while (model._input.Position < file.Length)
            {
                if (model.NextField() == 7)
                {
                    hasGraph = true;
                    model.Message(model.GraphField);
                }
                else
                {
                    model._input.SkipLastField();
                }
            }

            return hasGraph ? model : throw new MatrixFormatException($"'{file.Path}' is no .npy, .safetensors or .onnx file. Save the matrix with numpy.save.");
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or EndOfStreamException or IOException or InvalidOperationException)
        {
            throw new MatrixFormatException($"'{file.Path}' is a damaged .onnx file, or of another format. Save the matrix with numpy.save.", e);
        }
    }

    public void Dispose() => _input.Dispose();

    private int NextField() => WireFormat.GetTagFieldNumber(_tag = _input.ReadTag());

    /// <summary>Reads the fields of a message inside the stream.</summary>
    private void Message(Action<int> field)
    {
        int length = _input.ReadLength();
        long end = _input.Position + length;
        while (_input.Position < end)
        {
            field(NextField());
        }

        if (_input.Position != end)
        {
            throw new InvalidOperationException("A message is longer than its length.");
        }
    }

    private void GraphField(int field)
    {
        switch (field)
        {
            case 1:
                OnnxNode node = new();
                Message(f => NodeField(node, f));

                // A node that reads nothing uses no weights: of the shortest messages nothing is kept.
                if (node.Inputs.Count > 0)
                {
                    Nodes.Add(node);
                }

                if (node is { Operation: "Constant", Value: { } value, Output: string output })
                {
                    value.Name = output;
                    Initializers.TryAdd(output, value);
                }

                break;
            case 5:
                OnnxInitializer tensor = new();
                Message(f => TensorField(tensor, f));
                Initializers.TryAdd(tensor.Name, tensor);
                break;
            default:
                _input.SkipLastField();
                break;
        }
    }

    private void NodeField(OnnxNode node, int field)
    {
        switch (field)
        {
            case 1:
                node.Inputs.Add(_input.ReadString());
                break;
            case 2:
                string made = _input.ReadString();
                node.Output ??= made;
                break;
            case 3:
                node.Name = _input.ReadString();
                break;
            case 4:
                node.Operation = _input.ReadString();
                break;
            case 5:
                string name = string.Empty;
                Message(f =>
                {
                    switch (f)
                    {
                        case 1:
                            name = _input.ReadString();
                            break;
                        case 2:
                            (node.Floats ??= [])[name] = _input.ReadFloat();
                            break;
                        case 3:
                            (node.Integers ??= [])[name] = _input.ReadInt64();
                            break;
                        case 5 when node.Value is null:
                            OnnxInitializer value = new();
                            Message(g => TensorField(value, g));
                            node.Value = value;
                            break;
                        default:
                            _input.SkipLastField();
                            break;
                    }
                });
                break;
            default:
                _input.SkipLastField();
                break;
        }
    }

    private void TensorField(OnnxInitializer tensor, int field)
    {
        switch (field)
        {
            case 1:
                Integers(value => tensor.Shape.Add(value));
                break;
            case 2:
                tensor.DataType = _input.ReadInt32();
                break;
            case 4 or 9:
                // float_data, packed, and raw_data are the same bytes.
                tensor.FieldStart = _input.Position;
                _input.SkipLastField();
                tensor.FieldEnd = _input.Position;
                break;
            case 5:
                Integers(value => tensor.Integers.Add((int)value));
                break;
            case 8:
                tensor.Name = _input.ReadString();
                break;
            case 13:
                string key = string.Empty, text = string.Empty;
                Message(f =>
                {
                    if (f == 1)
                    {
                        key = _input.ReadString();
                    }
                    else
                    {
                        text = _input.ReadString();
                    }
                });
                (tensor.External ??= [])[key] = text;
                break;
            case 14:
                tensor.IsExternal = _input.ReadInt32() == 1;
                break;
            default:
                _input.SkipLastField();
                break;
        }
    }

    /// <summary>Repeated integers, packed or one by one.</summary>
    private void Integers(Action<long> add)
    {
        if (WireFormat.GetTagWireType(_tag) != WireFormat.WireType.LengthDelimited)
        {
            add(_input.ReadInt64());
            return;
        }

        int length = _input.ReadLength();
        long end = _input.Position + length;
        while (_input.Position < end)
        {
            add(_input.ReadInt64());
        }
    }
}
