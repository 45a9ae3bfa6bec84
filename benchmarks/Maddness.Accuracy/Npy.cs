using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Maddness.Accuracy;

/// <summary>Reads float32 and int32 matrices of .npy files, format 1.0, C order.</summary>
internal static partial class Npy
{
    internal static float[] Read(string path, out int rows, out int columns)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int headerLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        string header = Encoding.ASCII.GetString(bytes, 10, headerLength);
        int[] shape = [.. NumberPattern().Matches(header[header.IndexOf('(', StringComparison.Ordinal)..]).Select(m => int.Parse(m.Value, CultureInfo.InvariantCulture))];
        ReadOnlySpan<byte> data = bytes.AsSpan(10 + headerLength);
        rows = shape[0];
        columns = shape.Length > 1 ? shape[1] : 1;
        return header.Contains("<f4", StringComparison.Ordinal)
            ? MemoryMarshal.Cast<byte, float>(data).ToArray()
            : [.. MemoryMarshal.Cast<byte, int>(data).ToArray().Select(v => (float)v)];
    }

    [GeneratedRegex("[0-9]+")]
    private static partial Regex NumberPattern();
}
