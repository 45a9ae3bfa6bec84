using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Maddness.Cli.Formats;

/// <summary>Safetensors: the header's length (8 bytes), a JSON header with dtype, shape and data_offsets of each tensor, the numbers in C order.</summary>
internal static class SafetensorsFormat
{
    private const int LengthBytes = 8;

    /// <summary>What the format itself allows.</summary>
    private const long MaxHeaderBytes = 100_000_000;

    internal static bool Recognises(ReadOnlySpan<byte> start) =>
        start.Length > LengthBytes && start[LengthBytes] == '{' && BinaryPrimitives.ReadUInt64LittleEndian(start) is > 1 and <= (ulong)MaxHeaderBytes;

    /// <summary>The tensors, but for those of types that have no name here.</summary>
    /// <exception cref="MatrixFormatException">The file is damaged.</exception>
    internal static Dictionary<string, Tensor> Read(MappedFile file)
    {
        try
        {
            using JsonDocument header = Header(file, out long dataStart);
            Dictionary<string, Tensor> tensors = [];
            foreach (JsonProperty member in header.RootElement.EnumerateObject().Where(m => m.Name != "__metadata__"))
            {
                string dtype = member.Value.GetProperty("dtype").GetString() ?? string.Empty;
                long[] shape = [.. member.Value.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64())];
                long[] offsets = [.. member.Value.GetProperty("data_offsets").EnumerateArray().Select(e => e.GetInt64())];
                if (TypeOf(dtype) is not NumberType type)
                {
                    continue;
                }

                if (offsets is not [long begin, long end] || begin < 0 || end < begin || end > file.Length - dataStart || Tensor.Count(shape) * type.Size() != end - begin)
                {
                    throw new MatrixFormatException($"'{file.Path}' is damaged or cut short: its tensor '{member.Name}' does not lie inside it. Save it again.");
                }

                tensors.Add(member.Name, new Tensor($"{file.Path}::{member.Name}", type, shape, IsFortranOrder: false, dataStart + begin));
            }

            return tensors;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException and not MatrixFormatException or ArgumentException)
        {
            throw new MatrixFormatException($"'{file.Path}' has a damaged safetensors header. Save it again.", e);
        }
    }

    /// <summary>A value of the metadata, or null.</summary>
    internal static string? Metadata(MappedFile file, string key)
    {
        try
        {
            using JsonDocument header = Header(file, out _);
            return header.RootElement.TryGetProperty("__metadata__", out JsonElement metadata) && metadata.TryGetProperty(key, out JsonElement value) ? value.GetString() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new MatrixFormatException($"'{file.Path}' has a damaged safetensors header. Save it again.", e);
        }
    }

    private static JsonDocument Header(MappedFile file, out long dataStart)
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
        return JsonDocument.Parse(Encoding.UTF8.GetString(bytes));
    }

    private static NumberType? TypeOf(string dtype) => dtype switch
    {
        "F64" => NumberType.Float64,
        "F32" => NumberType.Float32,
        "F16" => NumberType.Float16,
        "BF16" => NumberType.BFloat16,
        "I8" => NumberType.Int8,
        "U8" => NumberType.UInt8,
        "I16" => NumberType.Int16,
        "U16" => NumberType.UInt16,
        "I32" => NumberType.Int32,
        "U32" => NumberType.UInt32,
        "I64" => NumberType.Int64,
        "U64" => NumberType.UInt64,
        _ => null,
    };
}
