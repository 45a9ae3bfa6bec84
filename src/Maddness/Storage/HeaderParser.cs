using System.Text;
using System.Text.Json;

namespace Maddness.Storage;

/// <summary>
/// Parses the JSON header of a safetensors file, and nothing else: one object of tensors, <c>__metadata__</c> an object of strings. Every name stands once. The
/// text is printable ASCII without escapes, so that one content has few spellings and a message can quote it.
/// </summary>
internal ref struct HeaderParser
{
    /// <summary>A tensor of the largest rank that this format knows is an array in an object in an object.</summary>
    private const int MaxDepth = 3;

    private const int MaxRank = 8;

    private Utf8JsonReader _json;

    private HeaderParser(ReadOnlySpan<byte> header)
    {
        _json = new(header, new JsonReaderOptions { MaxDepth = MaxDepth });
    }

    /// <exception cref="ModelFormatException">The header is not well-formed.</exception>
    internal static (Dictionary<string, string> Metadata, Dictionary<string, TensorEntry> Tensors) Parse(ReadOnlySpan<byte> header)
    {
        CheckStart(header);
        int strange = header.IndexOfAnyExceptInRange((byte)' ', (byte)'~');
        if (strange < 0)
        {
            strange = header.IndexOf((byte)'\\');
        }

        if (strange >= 0)
        {
            throw new ModelFormatException($"The header has the byte 0x{header[strange]:X2} at {strange}; expected printable ASCII without backslashes.");
        }

        try
        {
            return new HeaderParser(header).ParseRoot();
        }
        catch (JsonException e)
        {
            throw new ModelFormatException($"The header is not the JSON that was expected: {e.Message}", e);
        }
    }

    private static void CheckStart(ReadOnlySpan<byte> header)
    {
        int digits = FormatText.HeaderStart.Length;
        if (header.Length < digits + FormatText.DigestDigits || !Ascii.Equals(header[..digits], FormatText.HeaderStart))
        {
            throw new ModelFormatException(
                $"This is no Maddness file: its header does not start as expected, with {FormatText.HeaderStart} and {FormatText.DigestDigits} digits.");
        }
    }

    private (Dictionary<string, string> Metadata, Dictionary<string, TensorEntry> Tensors) ParseRoot()
    {
        Dictionary<string, string>? metadata = null;
        Dictionary<string, TensorEntry> tensors = new(StringComparer.Ordinal);
        Next(JsonTokenType.StartObject, "the header");
        while (NextName("the header") is string name)
        {
            if (name == FormatText.MetadataName)
            {
                metadata = metadata is null ? ParseMetadata() : throw Duplicate(name);
            }
            else if (!tensors.TryAdd(name, ParseTensor(name)))
            {
                throw Duplicate(name);
            }
        }

        // Reads the padding, and throws on anything after it.
        _json.Read();
        return (metadata!, tensors);
    }

    private Dictionary<string, string> ParseMetadata()
    {
        Dictionary<string, string> metadata = new(StringComparer.Ordinal);
        Next(JsonTokenType.StartObject, FormatText.MetadataName);
        while (NextName(FormatText.MetadataName) is string key)
        {
            if (!metadata.TryAdd(key, NextString(key)))
            {
                throw Duplicate(key);
            }
        }

        return metadata;
    }

    private TensorEntry ParseTensor(string name)
    {
        string? type = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        Next(JsonTokenType.StartObject, name);
        while (NextName(name) is string key)
        {
            switch (key)
            {
                case "dtype":
                    type = type is null ? NextString(key) : throw Duplicate(key);
                    break;
                case "shape":
                    shape = shape is null ? NextNumbers(name, key) : throw Duplicate(key);
                    break;
                case "data_offsets":
                    offsets = offsets is null ? NextNumbers(name, key) : throw Duplicate(key);
                    break;
                default:
                    throw new ModelFormatException(
                        $"Tensor '{FormatText.Excerpt(name)}' has '{FormatText.Excerpt(key)}'; expected dtype, shape and data_offsets.");
            }
        }

        if (type is null || shape is null || offsets is not [long begin, long end])
        {
            throw new ModelFormatException($"Tensor '{FormatText.Excerpt(name)}' is not complete; expected dtype, shape and two data_offsets.");
        }

        return new(type, shape, begin, end);
    }

    /// <summary>The next name of an object, or null at its end.</summary>
    private string? NextName(string where)
    {
        _json.Read();
        return _json.TokenType switch
        {
            JsonTokenType.PropertyName => _json.GetString(),
            JsonTokenType.EndObject => null,
            _ => throw Unexpected(where, JsonTokenType.PropertyName),
        };
    }

    private string NextString(string where)
    {
        Next(JsonTokenType.String, where);
        return _json.GetString()!;
    }

    private List<long> NextNumbers(string tensor, string where)
    {
        List<long> numbers = [];
        Next(JsonTokenType.StartArray, where);
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (_json.TokenType != JsonTokenType.Number || !_json.TryGetInt64(out long number) || number < 0 || numbers.Count == MaxRank)
            {
                throw new ModelFormatException(
                    $"The {where} of tensor '{FormatText.Excerpt(tensor)}' is not as expected: at most {MaxRank} integers from 0 to {long.MaxValue}.");
            }

            numbers.Add(number);
        }

        return numbers;
    }

    private void Next(JsonTokenType expected, string where)
    {
        _json.Read();
        if (_json.TokenType != expected)
        {
            throw Unexpected(where, expected);
        }
    }

    private readonly ModelFormatException Unexpected(string where, JsonTokenType expected) =>
        new($"The header has {_json.TokenType} in '{FormatText.Excerpt(where)}'; expected {expected}.");

    private static ModelFormatException Duplicate(string name) => new($"The header has '{FormatText.Excerpt(name)}' twice; expected it once.");
}
