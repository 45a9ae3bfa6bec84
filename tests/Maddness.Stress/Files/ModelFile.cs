using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Maddness.Stress.Files;

/// <summary>A file of the format of docs/model-format.md in its parts, written from that page and not from the library: what mutations change before it becomes bytes again.</summary>
internal sealed class ModelFile
{
    private const int DigestStart = 44;
    private const int DigestDigits = 64;

    /// <summary>The metadata after the checksum, in order.</summary>
    internal List<(string Key, string Value)> Metadata { get; } = [];

    /// <summary>The tensors, in order.</summary>
    internal List<StoredArray> Tensors { get; } = [];

    internal string this[string key]
    {
        get => Metadata.Find(pair => pair.Key == key).Value;
        set => Metadata[Metadata.FindIndex(pair => pair.Key == key)] = (key, value);
    }

    internal static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The header without padding, its checksum all zeros.</summary>
    internal string Header()
    {
        StringBuilder json = new("{\"__metadata__\":{\"checksum\":\"sha256:");
        json.Append('0', DigestDigits).Append('"');
        foreach ((string key, string value) in Metadata)
        {
            json.Append(CultureInfo.InvariantCulture, $",\"{key}\":\"{value}\"");
        }

        json.Append('}');
        long begin = 0;
        foreach (StoredArray tensor in Tensors)
        {
            long end = begin + (tensor.Shape.Aggregate(1L, (product, n) => unchecked(product * n)) * tensor.Width);
            json.Append(CultureInfo.InvariantCulture, $",\"{tensor.Name}\":{{\"dtype\":\"{tensor.Type}\",\"shape\":[{string.Join(',', tensor.Shape)}],\"data_offsets\":[{begin},{end}]}}");
            begin = end;
        }

        return json.Append('}').ToString();
    }

    /// <summary>The bytes of the tensors, one after the other.</summary>
    internal byte[] Payload() => [.. Tensors.SelectMany(tensor => tensor.Bytes)];

    internal byte[] Build() => Build(Header(), Payload());

    /// <summary>A file of any header and any payload, with the length and the checksum that belong to them.</summary>
    internal static byte[] Build(string header, byte[] payload)
    {
        byte[] text = Encoding.Latin1.GetBytes(header);
        int length = (text.Length + 7) / 8 * 8;
        byte[] file = new byte[8 + length + payload.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, length);
        file.AsSpan(8, length).Fill((byte)' ');
        text.CopyTo(file, 8);
        payload.CopyTo(file, 8 + length);
        Sign(file);
        return file;
    }

    /// <summary>Puts the checksum of a file in its place, if it is long enough to have one.</summary>
    internal static void Sign(byte[] file)
    {
        if (file.Length >= DigestStart + DigestDigits)
        {
            byte[] digest = SHA256.HashData([.. file[..DigestStart], .. file[(DigestStart + DigestDigits)..]]);
            Encoding.ASCII.GetBytes(Convert.ToHexStringLower(digest)).CopyTo(file, DigestStart);
        }
    }
}
