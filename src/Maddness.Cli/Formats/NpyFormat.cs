using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Maddness.Cli.Formats;

/// <summary>
/// NumPy's .npy, versions 1 and 2 (numpy.lib.format): the bytes 93 "NUMPY", the version, the header's length (2 or 4 bytes), the header (a Python dictionary with descr, fortran_order and shape), the
/// numbers.
/// </summary>
internal static partial class NpyFormat
{
    private const int MaxHeaderBytes = 1 << 20;

    /// <summary>The numbers start at a multiple of this.</summary>
    private const int Alignment = 64;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    internal static bool Recognises(ReadOnlySpan<byte> start) => start.StartsWith(Magic);

    /// <exception cref="MatrixFormatException">The file is damaged, or holds something that is not supported.</exception>
    internal static Tensor Read(InputFile file)
    {
        byte[] start = file.Start(12);
        if (start.Length < 12)
        {
            throw new MatrixFormatException($"'{file.Path}' is cut short: {file.Length} bytes hold no .npy header. Save it again.");
        }

        int version = start[Magic.Length];
        if (version is not (1 or 2))
        {
            throw new MatrixFormatException($"'{file.Path}' is a .npy file of version {version}; expected version 1 or 2, which numpy.lib.format.write_array writes with version=(1, 0).");
        }

        int headerStart = version == 1 ? 10 : 12;
        uint length = version == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(start.AsSpan(8)) : BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(8));
        if (length > MaxHeaderBytes || headerStart + length > file.Length)
        {
            throw new MatrixFormatException($"'{file.Path}' is damaged or cut short: its .npy header would have {length} bytes. Save it again.");
        }

        string header = Encoding.Latin1.GetString(file.Start(headerStart + (int)length), headerStart, (int)length);
        Match description = DescriptionPattern().Match(header), order = OrderPattern().Match(header), shape = ShapePattern().Match(header);
        if (!description.Success || !order.Success || !shape.Success)
        {
            bool isStructured = StructuredPattern().IsMatch(header);
            throw new MatrixFormatException(
                $"'{file.Path}' has {(isStructured ? "a structured type" : "a .npy header that cannot be understood")}: {Excerpt(header)}; expected one plain array of numbers. Save it with numpy.save.");
        }

        NumberType type = TypeOf(file.Path, description.Groups["type"].Value);
        if (shape.Groups["shape"].ValueSpan.Count(',') > Tensor.MaxDimensions)
        {
            throw new MatrixFormatException($"'{file.Path}' has more than {Tensor.MaxDimensions} dimensions; expected a matrix, of two. It is damaged: save it again.");
        }

        long[] lengths = [.. shape.Groups["shape"].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(n => Length(file.Path, n))];
        long offset = headerStart + length;
        Tensor tensor = new(file.Path, type, lengths, order.Groups["order"].Value == "True", offset);
        long held = file.Length - offset;
        if (Tensor.Count(lengths) is not long count || held != count * type.Size())
        {
            string promised = Tensor.Count(lengths) is long c ? $"{c * type.Size()} bytes" : "more than a file can hold";
            throw new MatrixFormatException($"'{file.Path}' holds {held} bytes of numbers, but its header says {tensor.ShapeText} of {type.Name()}, {promised}: it is damaged or cut short. Save it again.");
        }

        return tensor;
    }

    /// <summary>The bytes before the numbers of a float32 matrix in C order.</summary>
    internal static byte[] Header(long rows, long columns)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
        int length = ((10 + text.Length + 1 + Alignment - 1) / Alignment * Alignment) - 10;
        byte[] bytes = new byte[10 + length];
        Magic.CopyTo(bytes);
        bytes[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), (ushort)length);
        Encoding.ASCII.GetBytes(text.PadRight(length - 1) + "\n", bytes.AsSpan(10));
        return bytes;
    }

    private static NumberType TypeOf(string path, string text)
    {
        NumberType? type = text.TrimStart('<', '|', '=') switch
        {
            "f8" => NumberType.Float64,
            "f4" => NumberType.Float32,
            "f2" => NumberType.Float16,
            "i1" => NumberType.Int8,
            "u1" => NumberType.UInt8,
            "i2" => NumberType.Int16,
            "u2" => NumberType.UInt16,
            "i4" => NumberType.Int32,
            "u4" => NumberType.UInt32,
            "i8" => NumberType.Int64,
            "u8" => NumberType.UInt64,
            _ => null,
        };
        if (type is NumberType known)
        {
            return known;
        }

        string problem = text.StartsWith('>') ? $"has big-endian numbers ('{Excerpt(text)}')" : $"has elements of type '{Excerpt(text)}'";
        throw new MatrixFormatException($"'{path}' {problem}; expected f4, f8, f2, i1, u1 or i2, little-endian. Convert it with astype('<f4').");
    }

    private static long Length(string path, string text) => long.TryParse(text.TrimEnd('L'), NumberStyles.None, CultureInfo.InvariantCulture, out long length)
        ? length
        : throw new MatrixFormatException($"'{path}' has the length '{Excerpt(text)}' in its shape; expected a whole number. Save it again.");

    private static string Excerpt(string text)
    {
        ReadOnlySpan<char> trimmed = text.AsSpan().Trim();
        string plain = new([.. trimmed[..Math.Min(100, trimmed.Length)].ToArray().Select(c => char.IsControl(c) ? ' ' : c)]);
        return trimmed.Length <= 100 ? plain : plain + "...";
    }

    [GeneratedRegex(@"['""]descr['""]\s*:\s*['""](?<type>[^'""]*)['""]")]
    private static partial Regex DescriptionPattern();

    [GeneratedRegex(@"['""]descr['""]\s*:\s*\[")]
    private static partial Regex StructuredPattern();

    [GeneratedRegex(@"['""]fortran_order['""]\s*:\s*(?<order>True|False)")]
    private static partial Regex OrderPattern();

    // No opening parenthesis either: beginnings without an end are then not read again and again.
    [GeneratedRegex(@"['""]shape['""]\s*:\s*\((?<shape>[^()]*)\)")]
    private static partial Regex ShapePattern();
}
