using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Maddness.Tests.Storage;

/// <summary>
/// An ordinary, minimal safetensors reader, which knows nothing of the library's own, and a writer of arbitrary headers with a correct checksum. The rules of
/// validity are those of the safetensors project's own reader; the checksum follows docs/model-format.md.
/// </summary>
internal sealed class SafetensorsFile
{
    internal const int DigestStart = 44;
    internal const int DigestDigits = 64;

    /// <summary>Plus signs and quotes stay as they are: the format has no escapes.</summary>
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private SafetensorsFile(string header, JsonObject json, byte[] payload)
    {
        Header = header;
        Json = json;
        Payload = payload;
    }

    /// <summary>The header's text, with its padding.</summary>
    internal string Header { get; }

    /// <summary>The header, to be changed.</summary>
    internal JsonObject Json { get; }

    /// <summary>The tensors' bytes, to be changed.</summary>
    internal byte[] Payload { get; set; }

    internal JsonObject Metadata => Json["__metadata__"]!.AsObject();

    internal static SafetensorsFile Parse(byte[] file)
    {
        long length = BinaryPrimitives.ReadInt64LittleEndian(file);
        string header = new UTF8Encoding(false, true).GetString(file, 8, checked((int)length));
        header[0].Should().Be('{');
        JsonObject json = JsonNode.Parse(header, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false })!.AsObject();
        byte[] payload = file[(8 + (int)length)..];

        long end = 0;
        foreach ((string name, JsonNode? tensor) in json.Where(p => p.Key != "__metadata__").OrderBy(p => (long)p.Value!["data_offsets"]![0]!))
        {
            int size = (string)tensor!["dtype"]! switch { "F32" or "I32" => 4, "I16" => 2, "I8" or "U8" => 1, _ => 0 };
            long elements = tensor["shape"]!.AsArray().Aggregate(1L, (product, n) => checked(product * (long)n!));
            ((long)tensor["data_offsets"]![0]!).Should().Be(end, "tensors follow each other without holes");
            end = (long)tensor["data_offsets"]![1]!;
            (end - (long)tensor["data_offsets"]![0]!).Should().Be(elements * size, $"that is the size of {name}");
            ((8 + length + (long)tensor["data_offsets"]![0]!) % size).Should().Be(0, "elements stand at multiples of their size");
        }

        end.Should().Be(payload.Length, "tensors cover the file");
        json["__metadata__"]!.AsObject().Should().OnlyContain(p => p.Value!.GetValueKind() == JsonValueKind.String);
        return new(header, json, payload);
    }

    internal Span<byte> Tensor(string name)
    {
        JsonNode offsets = Json[name]!["data_offsets"]!;
        return Payload.AsSpan((int)offsets[0]!..(int)offsets[1]!);
    }

    /// <summary>The checksum of a file as the documentation says.</summary>
    internal static string Checksum(byte[] file) =>
        Convert.ToHexStringLower(SHA256.HashData([.. file[..DigestStart], .. file[(DigestStart + DigestDigits)..]]));

    /// <summary>The file of the changed header and payload, with a correct checksum.</summary>
    internal byte[] Build() => Build(Json.ToJsonString(Plain), Payload);

    /// <summary>A file of any header that starts as the format demands, with a correct checksum.</summary>
    internal static byte[] Build(string header, byte[] payload)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        int length = (text.Length + 7) / 8 * 8;
        byte[] file = new byte[8 + length + payload.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, length);
        file.AsSpan(8, length).Fill((byte)' ');
        text.CopyTo(file, 8);
        payload.CopyTo(file, 8 + length);
        Encoding.ASCII.GetBytes(Checksum(file)).CopyTo(file, DigestStart);
        return file;
    }
}
