using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Maddness.Comparison.Core;

namespace Maddness.Comparison.Data;

/// <summary>As much of NumPy's .npy format as the data folder needs: version 1, C order, little-endian float32 and int32.</summary>
internal static partial class NpyFile
{
    /// <summary>A matrix; a vector becomes one row.</summary>
    internal static Matrix ReadMatrix(string path)
    {
        (byte[] bytes, int start, int[] shape) = Open(path, "<f4");
        float[] values = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(start)).ToArray();
        Matrix matrix = shape.Length == 1 ? new(values, 1, shape[0]) : new(values, shape[0], shape[1]);
        return (long)matrix.Rows * matrix.Columns == values.Length
            ? matrix
            : throw new InvalidDataException($"{path} holds {values.Length} values; its header says {matrix.Rows} x {matrix.Columns}.");
    }

    /// <summary>A vector of integers.</summary>
    internal static int[] ReadIntegers(string path)
    {
        (byte[] bytes, int start, _) = Open(path, "<i4");
        return MemoryMarshal.Cast<byte, int>(bytes.AsSpan(start)).ToArray();
    }

    private static (byte[] Bytes, int Start, int[] Shape) Open(string path, string type)
    {
        byte[] bytes = File.ReadAllBytes(path);
        if (bytes.Length < 10 || bytes[0] != 0x93 || !bytes.AsSpan(1, 5).SequenceEqual("NUMPY"u8) || bytes[6] != 1)
        {
            throw new InvalidDataException($"{path} is no .npy file of version 1.");
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        string header = Encoding.ASCII.GetString(bytes, 10, Math.Min(length, bytes.Length - 10));
        Match match = HeaderPattern().Match(header);
        if (!match.Success || match.Groups["type"].Value != type)
        {
            throw new InvalidDataException($"{path} has the header {header.Trim()}; expected type {type} in C order.");
        }

        int[] shape = [.. match.Groups["shape"].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
        return (bytes, 10 + length, shape);
    }

    [GeneratedRegex(@"'descr': '(?<type>[^']+)', 'fortran_order': False, 'shape': \((?<shape>[0-9, ]+)\)")]
    private static partial Regex HeaderPattern();
}
