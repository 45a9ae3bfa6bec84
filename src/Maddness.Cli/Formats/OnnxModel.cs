using System.Buffers.Binary;

namespace Maddness.Cli.Formats;

/// <summary>
/// The parts of an ONNX model that weights need: nodes and initialisers of the main graph (onnx.proto: ModelProto.graph 7; GraphProto.node 1, initializer 5; and so on, the numbers below). Everything stays in the file, which is
/// walked again for each question: memory does not grow with the number of nodes.
/// </summary>
internal sealed class OnnxModel
{
    private const int GraphField = 7, NodeField = 1, InitializerField = 5;

    private readonly FileWindow _bytes;

    /// <exception cref="InvalidDataException">The file is no sequence of messages of messages.</exception>
    internal OnnxModel(InputFile file)
    {
        _bytes = new FileWindow(file);
        WireReader model = new(_bytes, new FilePlace(0, file.Length));
        while (model.Next())
        {
            HasGraph |= model.Field == GraphField;
            model.Skip();
        }

        // What is damaged is found here, wherever it is.
        foreach ((int field, FilePlace message) in Graph())
        {
            if (field == InitializerField)
            {
                CheckTensor(message);
            }
            else if (Node(message).Value is FilePlace value)
            {
                CheckTensor(value);
            }
        }
    }

    internal bool HasGraph { get; }

    /// <summary>Whether a file begins with two fields of ModelProto, or holds a single one.</summary>
    internal static bool BeginsWithFields(InputFile file)
    {
        WireReader model = new(new FileWindow(file), new FilePlace(0, file.Length));
        try
        {
            for (int i = 0; i < 2 && model.Next(); i++)
            {
                // ir_version and model_version are integers; 20, 25 and 26 are training_info, functions and configuration.
                bool isInteger = model.Field is 1 or 5, isMessage = model.Field is 2 or 3 or 4 or 6 or 7 or 8 or 14 or 20 or 25 or 26;
                if (isInteger ? !model.IsVariable : !isMessage || !model.IsDelimited)
                {
                    return false;
                }

                model.Skip();
            }

            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    internal IEnumerable<OnnxNode> Nodes()
    {
        foreach ((int field, FilePlace message) in Graph())
        {
            if (field == NodeField)
            {
                yield return Node(message);
            }
        }
    }

    /// <summary>The names of initialisers and of the outputs of Constants, in the order of the file, and their tensors.</summary>
    internal IEnumerable<(FilePlace Name, FilePlace Tensor)> Tensors()
    {
        foreach ((int field, FilePlace message) in Graph())
        {
            if (field == InitializerField)
            {
                yield return (TensorName(message), message);
            }
            else if (Node(message) is { Value: FilePlace value, Output: FilePlace output } node && Is(node.Operation, "Constant"u8))
            {
                yield return (output, value);
            }
        }
    }

    /// <summary>A set of names, each once.</summary>
    internal HashSet<FilePlace> NewNames() => new(new FileWindow.ContentComparer(_bytes));

    internal bool Is(FilePlace place, ReadOnlySpan<byte> expected) => _bytes.Is(place, expected);

    /// <summary>Whether two places hold the same bytes.</summary>
    internal bool AreEqual(FilePlace x, FilePlace y) => new FileWindow.ContentComparer(_bytes).Equals(x, y);

    internal string Text(FilePlace place) => _bytes.Text(place);

    internal byte[] Copy(FilePlace place) => _bytes.Copy(place);

    /// <summary>A node, for a message.</summary>
    internal string Describe(OnnxNode node) => $"{Text(node.Operation)}{(node.Name.Length > 0 ? $" '{Text(node.Name)}'" : string.Empty)}";

    /// <summary>Which input of a node has a name; −1 for none.</summary>
    internal long IndexOfInput(OnnxNode node, ReadOnlySpan<byte> name)
    {
        WireReader fields = new(_bytes, node.Message);
        for (long index = 0; fields.Next();)
        {
            if (fields.Field != 1)
            {
                fields.Skip();
            }
            else if (Is(fields.Place(), name))
            {
                return index;
            }
            else
            {
                index++;
            }
        }

        return -1;
    }

    /// <summary>Whether a Transpose swaps two dimensions, as it does where it names no order, or leaves both; null where it has more of them.</summary>
    internal bool? Swaps(OnnxNode transpose)
    {
        if (transpose.Permutation is not FilePlace attribute)
        {
            return true;
        }

        long first = -1, second = -1, count = 0;
        Action<long> take = place => (first, second, count) = (second, place, count + 1);
        WireReader fields = new(_bytes, attribute);
        while (fields.Next())
        {
            if (fields.Field == 8)
            {
                fields.Integers(take);
            }
            else
            {
                fields.Skip();
            }
        }

        return (first, second, count) switch
        {
            (1, 0, 2) => true,
            (0, 1, 2) => false,
            _ => null,
        };
    }

    /// <summary>What is known about a tensor.</summary>
    /// <exception cref="MatrixFormatException">It has too many dimensions.</exception>
    internal OnnxInitializer Initializer(FilePlace message, string address)
    {
        List<long> shape = [];
        int type = 0;
        long integers = 0;
        bool isExternal = false;
        FilePlace raw = default, floats = default;
        long floatBytes = 0;
        string location = string.Empty, offset = "0";
        string? length = null;
        WireReader fields = new(_bytes, message);
        while (fields.Next())
        {
            switch (fields.Field)
            {
                case 1:
                    fields.Integers(dimension => shape.Add(shape.Count < Tensor.MaxDimensions
                        ? dimension
                        : throw new MatrixFormatException($"'{address}' has more than {Tensor.MaxDimensions} dimensions; expected a matrix, of two. The model is damaged: export it again.")));
                    break;
                case 2:
                    type = (int)fields.Integer();
                    break;
                case 4:
                    FilePlace piece = fields.Floats();
                    floats = floatBytes == 0 ? piece : floats;
                    floatBytes += piece.Length;
                    break;
                case 5:
                    integers += fields.Integers();
                    break;
                case 9:
                    raw = fields.Place();
                    break;
                case 13:
                    (FilePlace key, FilePlace text) = Entry(fields.Place());
                    location = Is(key, "location"u8) ? Text(text) : location;
                    offset = Is(key, "offset"u8) ? Text(text) : offset;
                    length = Is(key, "length"u8) ? Text(text) : length;
                    break;
                case 14:
                    isExternal = fields.Integer() == 1;
                    break;
                default:
                    fields.Skip();
                    break;
            }
        }

        // One form has the numbers, the others are empty; float_data in one piece is the same bytes as raw_data.
        bool isFloats = floatBytes > 0 && raw.Length == 0 && type == OnnxStorage.Float32;
        return new OnnxInitializer
        {
            Message = message,
            Shape = [.. shape],
            DataType = type,
            Numbers = floatBytes == 0 ? raw : isFloats && floats.Length == floatBytes ? floats : default,
            BytesInPieces = isFloats && floats.Length < floatBytes ? floatBytes : 0,
            IntegerCount = integers,
            IsExternal = isExternal,
            Location = location,
            Offset = offset,
            Length = length,
        };
    }

    /// <summary>The bytes of floats that stand in pieces.</summary>
    internal byte[] FloatsInPieces(OnnxInitializer tensor)
    {
        byte[] memory = new byte[tensor.BytesInPieces];
        int place = 0;
        WireReader fields = new(_bytes, tensor.Message);
        while (fields.Next())
        {
            if (fields.Field == 4)
            {
                FilePlace piece = fields.Floats();
                _bytes.Copy(piece, memory.AsSpan(place, (int)piece.Length));
                place += (int)piece.Length;
            }
            else
            {
                fields.Skip();
            }
        }

        return memory;
    }

    /// <summary>The bytes of float16 numbers that stand in integers, one each.</summary>
    internal byte[] HalvesInIntegers(OnnxInitializer tensor)
    {
        byte[] memory = new byte[2 * tensor.IntegerCount];
        int place = 0;
        Action<long> write = value =>
        {
            BinaryPrimitives.WriteUInt16LittleEndian(memory.AsSpan(place), (ushort)value);
            place += 2;
        };
        WireReader fields = new(_bytes, tensor.Message);
        while (fields.Next())
        {
            if (fields.Field == 5)
            {
                fields.Integers(write);
            }
            else
            {
                fields.Skip();
            }
        }

        return memory;
    }

    /// <summary>The nodes and initialisers of all graphs.</summary>
    private IEnumerable<(int Field, FilePlace Message)> Graph()
    {
        WireReader model = new(_bytes, new FilePlace(0, _bytes.FileLength));
        while (model.Next())
        {
            if (model.Field != GraphField)
            {
                model.Skip();
                continue;
            }

            WireReader graph = new(_bytes, model.Place());
            while (graph.Next())
            {
                if (graph.Field is NodeField or InitializerField)
                {
                    yield return (graph.Field, graph.Place());
                }
                else
                {
                    graph.Skip();
                }
            }
        }
    }

    private OnnxNode Node(FilePlace message)
    {
        OnnxNode node = new() { Message = message };
        WireReader fields = new(_bytes, message);
        while (fields.Next())
        {
            switch (fields.Field)
            {
                case 1:
                    FilePlace input = fields.Place();
                    node = node.InputCount switch
                    {
                        0 => node with { InputCount = 1, First = input },
                        1 => node with { InputCount = 2, Second = input },
                        2 => node with { InputCount = 3, Third = input },
                        _ => node with { InputCount = node.InputCount + 1 },
                    };
                    break;
                case 2:
                    FilePlace output = fields.Place();
                    node = node with { Output = node.Output ?? output };
                    break;
                case 3:
                    node = node with { Name = fields.Place() };
                    break;
                case 4:
                    node = node with { Operation = fields.Place() };
                    break;
                case 5:
                    node = Attribute(node, fields.Place());
                    break;
                default:
                    fields.Skip();
                    break;
            }
        }

        return node;
    }

    private OnnxNode Attribute(OnnxNode node, FilePlace message)
    {
        FilePlace name = default;
        long? integer = null;
        float? number = null;
        FilePlace? tensor = null;
        WireReader fields = new(_bytes, message);
        while (fields.Next())
        {
            switch (fields.Field)
            {
                case 1:
                    name = fields.Place();
                    break;
                case 2:
                    number = fields.Float();
                    break;
                case 3:
                    integer = fields.Integer();
                    break;
                case 5:
                    tensor = fields.Place();
                    break;
                default:
                    fields.Skip();
                    break;
            }
        }

        return node with
        {
            Alpha = Is(name, "alpha"u8) ? number ?? node.Alpha : node.Alpha,
            Beta = Is(name, "beta"u8) ? number ?? node.Beta : node.Beta,
            TransA = Is(name, "transA"u8) ? integer ?? node.TransA : node.TransA,
            TransB = Is(name, "transB"u8) ? integer ?? node.TransB : node.TransB,
            Group = Is(name, "group"u8) ? integer ?? node.Group : node.Group,
            To = Is(name, "to"u8) ? integer ?? node.To : node.To,
            Permutation = Is(name, "perm"u8) ? message : node.Permutation,
            Value = node.Value ?? tensor,
        };
    }

    private FilePlace TensorName(FilePlace message)
    {
        FilePlace name = default;
        WireReader fields = new(_bytes, message);
        while (fields.Next())
        {
            if (fields.Field == 8)
            {
                name = fields.Place();
            }
            else
            {
                fields.Skip();
            }
        }

        return name;
    }

    private (FilePlace Key, FilePlace Value) Entry(FilePlace message)
    {
        FilePlace key = default, value = default;
        WireReader fields = new(_bytes, message);
        while (fields.Next())
        {
            switch (fields.Field)
            {
                case 1:
                    key = fields.Place();
                    break;
                case 2:
                    value = fields.Place();
                    break;
                default:
                    fields.Skip();
                    break;
            }
        }

        return (key, value);
    }

    /// <summary>Fields of a tensor that nobody asks for must be whole too.</summary>
    private void CheckTensor(FilePlace message)
    {
        WireReader fields = new(_bytes, message);
        while (fields.Next())
        {
            fields.Skip();
        }
    }
}
