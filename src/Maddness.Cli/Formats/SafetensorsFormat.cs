using System.Buffers.Binary;
using System.Text.Json;

namespace Maddness.Cli.Formats;

/// <summary>Safetensors: the header's length (8 bytes), a JSON header with dtype, shape and data_offsets of each tensor, the numbers in C order.</summary>
internal static class SafetensorsFormat
{
    private const int LengthBytes = 8;

    /// <summary>What the format itself allows.</summary>
    private const long MaxHeaderBytes = 100_000_000;

    private static readonly (string Name, NumberType Type)[] Types =
    [
        ("F64", NumberType.Float64),
        ("F32", NumberType.Float32),
        ("F16", NumberType.Float16),
        ("BF16", NumberType.BFloat16),
        ("I8", NumberType.Int8),
        ("U8", NumberType.UInt8),
        ("I16", NumberType.Int16),
        ("U16", NumberType.UInt16),
        ("I32", NumberType.Int32),
        ("U32", NumberType.UInt32),
        ("I64", NumberType.Int64),
        ("U64", NumberType.UInt64),
    ];

    internal static bool Recognises(ReadOnlySpan<byte> start) =>
        start.Length > LengthBytes && start[LengthBytes] == '{' && BinaryPrimitives.ReadUInt64LittleEndian(start) is > 1 and <= (ulong)MaxHeaderBytes;

    /// <summary>A tensor, by its name, or the only one. The header is read token by token: only what is asked for is kept.</summary>
    /// <exception cref="MatrixFormatException">The file is damaged, there is no such tensor, or there are several, or its type is not read.</exception>
    internal static Tensor Find(InputFile file, string? name)
    {
        List<string> shown = [];
        long count = 0;
        long[] shape = new long[Tensor.MaxDimensions];
        bool isFound = false;
        Tensor? found = null;
        string address = file.Path, otherType = string.Empty;
        Read(file, (ref Utf8JsonReader reader, long dataStart) =>
        {
            if (reader.ValueTextEquals("__metadata__"u8))
            {
                reader.Skip();
                return;
            }

            bool isAsked = name is null || reader.ValueTextEquals(name);
            string text = isAsked || shown.Count < TensorFile.MaxNames ? Text(reader) : string.Empty;
            Entry entry = ReadEntry(ref reader, shape, isAsked && !isFound);
            if (entry.Type is NumberType known
                && (entry.Begin < 0 || entry.End < entry.Begin || entry.End > file.Length - dataStart || Tensor.Count(shape.AsSpan(0, entry.Dimensions)) * known.Size() != entry.End - entry.Begin))
            {
                throw new MatrixFormatException($"'{file.Path}' is damaged or cut short: its tensor '{text}' does not lie inside it. Save it again.");
            }

            count++;
            if (shown.Count < TensorFile.MaxNames)
            {
                shown.Add(text);
            }

            if (isAsked && isFound && name is not null)
            {
                throw new MatrixFormatException($"'{file.Path}' has two tensors '{text}'. Save it again.");
            }

            // Without a name the first is kept: it is the one, or none is.
            if (isAsked && !isFound)
            {
                isFound = true;
                address = $"{file.Path}::{text}";
                otherType = entry.OtherType;
                found = entry.Type is NumberType type ? new Tensor(address, type, shape[..entry.Dimensions], IsFortranOrder: false, dataStart + entry.Begin) : null;
            }
        });
        if (name is null && count != 1)
        {
            throw new MatrixFormatException($"'{file.Path}' holds {count} tensors: name one as '{file.Path}::name', of {TensorFile.List(shown, count)}.");
        }

        return found ?? throw new MatrixFormatException(isFound
            ? $"'{address}' has elements of type {otherType}; expected F32, F16, BF16, F64, I8, U8 or I16. Convert it, and save it again."
            : $"'{file.Path}' has no tensor '{name}'; it has {TensorFile.List(shown, count)}.");
    }

    /// <summary>A value of the metadata, or null.</summary>
    internal static string? Metadata(InputFile file, string key)
    {
        string? found = null;
        Read(file, (ref Utf8JsonReader reader, long _) =>
        {
            bool isMetadata = reader.ValueTextEquals("__metadata__"u8);
            reader.Read();
            if (!isMetadata || reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                return;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isAsked = reader.ValueTextEquals(key);
                reader.Read();
                if (isAsked)
                {
                    found = reader.TokenType == JsonTokenType.String ? Text(reader) : throw new JsonException("A value of the metadata is no string.");
                }

                reader.Skip();
            }
        });
        return found;
    }

    /// <summary>Reads what belongs to a name of the header, at which the reader stands; leaves it at the last token of that.</summary>
    private delegate void MemberReader(ref Utf8JsonReader reader, long dataStart);

    private static void Read(InputFile file, MemberReader member)
    {
        byte[] header = Header(file, out long dataStart);
        try
        {
            Utf8JsonReader reader = new(header);
            reader.Read();
            Require(reader, JsonTokenType.StartObject);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                member(ref reader, dataStart);
            }

            // Nothing but spaces follows.
            reader.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException and not MatrixFormatException)
        {
            throw new MatrixFormatException($"'{file.Path}' has a damaged safetensors header. Save it again.", e);
        }
    }

    /// <summary>Reads a tensor's entry, its shape into memory that the caller has; the name of a type that is not read only where it is asked for.</summary>
    private static Entry ReadEntry(ref Utf8JsonReader reader, scoped Span<long> shape, bool namesOtherType)
    {
        string otherType = string.Empty;
        NumberType? type = null;
        Span<long> offsets = stackalloc long[2];
        int dimensions = -1, offsetCount = 0;
        bool hasType = false;
        reader.Read();
        Require(reader, JsonTokenType.StartObject);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("dtype"u8))
            {
                reader.Read();
                type = TypeOf(reader);
                hasType = true;
                otherType = namesOtherType && type is null ? Text(reader) : string.Empty;
            }
            else if (reader.ValueTextEquals("shape"u8))
            {
                dimensions = Integers(ref reader, shape);
            }
            else if (reader.ValueTextEquals("data_offsets"u8))
            {
                offsetCount = Integers(ref reader, offsets);
            }
            else
            {
                reader.Skip();
            }
        }

        return hasType && dimensions >= 0 && offsetCount == 2 ? new Entry(type, otherType, dimensions, offsets[0], offsets[1]) : throw new JsonException("A tensor lacks its dtype, shape or data_offsets.");
    }

    /// <summary>Reads an array of integers: how many.</summary>
    private static int Integers(ref Utf8JsonReader reader, scoped Span<long> integers)
    {
        reader.Read();
        Require(reader, JsonTokenType.StartArray);
        int count = 0;
        for (reader.Read(); reader.TokenType != JsonTokenType.EndArray; reader.Read())
        {
            if (count == integers.Length)
            {
                throw new JsonException($"There are more than {count} integers.");
            }

            integers[count++] = reader.GetInt64();
        }

        return count;
    }

    private static void Require(in Utf8JsonReader reader, JsonTokenType type)
    {
        if (reader.TokenType != type)
        {
            throw new JsonException($"There is a {reader.TokenType}; expected a {type}.");
        }
    }

    /// <summary>A name of a tensor or a type, for a message; of one without end, only that it is so.</summary>
    private static string Text(in Utf8JsonReader reader) => reader.ValueSpan.Length > FileWindow.MaxTextBytes ? $"(a name of {reader.ValueSpan.Length} bytes)" : reader.GetString()!;

    private static byte[] Header(InputFile file, out long dataStart)
    {
        byte[] lengthBytes = file.Start(LengthBytes);
        long length = (long)BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (length > MaxHeaderBytes || length > file.Length - LengthBytes)
        {
            throw new MatrixFormatException($"'{file.Path}' is damaged or cut short: its safetensors header would have {length} bytes. Save it again.");
        }

        byte[] bytes = new byte[length];
        file.Read(LengthBytes, bytes);
        dataStart = LengthBytes + length;
        return bytes;
    }

    private static NumberType? TypeOf(in Utf8JsonReader reader)
    {
        Require(reader, JsonTokenType.String);
        foreach ((string name, NumberType type) in Types)
        {
            if (reader.ValueTextEquals(name))
            {
                return type;
            }
        }

        return null;
    }

    /// <summary>A tensor, as its entry in the header says.</summary>
    private readonly record struct Entry(NumberType? Type, string OtherType, int Dimensions, long Begin, long End);
}
