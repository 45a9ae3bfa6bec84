using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Maddness.Storage;

/// <summary>
/// Writes a safetensors file: header length, JSON header, tensors. The same content gives the same bytes. The checksum stands in the header, so the tensors are
/// gone through twice, and a stream that cannot seek will do.
/// </summary>
internal static class ContainerWriter
{
    internal static void Write(Stream stream, ContainerContent content)
    {
        byte[] head = BuildHead(content);
        stream.Write(head);
        foreach (StoredTensor tensor in content.Tensors)
        {
            tensor.WriteTo(stream.Write);
        }
    }

    /// <summary>The header's length and the header, with the checksum in place.</summary>
    private static byte[] BuildHead(ContainerContent content)
    {
        string json = BuildJson(content);
        int length = (json.Length + FormatText.Alignment - 1) / FormatText.Alignment * FormatText.Alignment;
        byte[] head = new byte[FormatText.LengthBytes + length];
        BinaryPrimitives.WriteInt64LittleEndian(head, length);
        Encoding.ASCII.GetBytes(json.PadRight(length), head.AsSpan(FormatText.LengthBytes));

        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> digits = head.AsSpan(FormatText.DigestStart, FormatText.DigestDigits);
        hash.AppendData(head.AsSpan(0, FormatText.DigestStart));
        hash.AppendData(head.AsSpan(FormatText.DigestStart + FormatText.DigestDigits));
        foreach (StoredTensor tensor in content.Tensors)
        {
            tensor.WriteTo(hash.AppendData);
        }

        Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash.GetHashAndReset()), digits);
        return head;
    }

    /// <summary>All names and values are our own ASCII words, digits and hexadecimal: nothing needs escaping.</summary>
    private static string BuildJson(ContainerContent content)
    {
        StringBuilder json = new(1024);
        json.Append(FormatText.HeaderStart).Append('0', FormatText.DigestDigits).Append('"');
        AppendPair(json, FormatText.FormatKey, FormatText.Format);
        AppendPair(json, FormatText.VersionKey, FormatText.Version);
        AppendPair(json, FormatText.KindKey, content.Kind.Name());
        foreach ((string key, string value) in content.Metadata)
        {
            AppendPair(json, key, value);
        }

        json.Append('}');
        long begin = 0;
        foreach (StoredTensor tensor in content.Tensors)
        {
            TensorSpec spec = tensor.Spec;
            long end = begin + spec.Bytes;
            json.Append(
                CultureInfo.InvariantCulture,
                $",\"{spec.Name}\":{{\"dtype\":\"{spec.Type.Name()}\",\"shape\":{spec.ShapeText},\"data_offsets\":[{begin},{end}]}}");
            begin = end;
        }

        return json.Append('}').ToString();
    }

    private static void AppendPair(StringBuilder json, string key, string value) => json.Append(CultureInfo.InvariantCulture, $",\"{key}\":\"{value}\"");
}
