using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Maddness.Cli.Tests.Support;

/// <summary>.npy files written and read without the tool's code.</summary>
internal static class Npy
{
    internal static void Write(string path, ReadOnlySpan<byte> numbers, string descr, string shape, bool isFortran = false, int version = 1)
    {
        using FileStream file = File.Create(path);
        file.Write(Header(descr, shape, isFortran, version));
        file.Write(numbers);
    }

    internal static void Write(string path, float[] values, int rows, int columns) => Write(path, MemoryMarshal.AsBytes(values.AsSpan()), "<f4", $"({rows}, {columns})");

    internal static void WriteVector(string path, float[] values) => Write(path, MemoryMarshal.AsBytes(values.AsSpan()), "<f4", $"({values.Length},)");

    internal static void WriteLabels(string path, int[] values) => Write(path, MemoryMarshal.AsBytes(values.AsSpan()), "<i4", $"({values.Length},)");

    /// <summary>A matrix of zeros that takes no room on disks with sparse files.</summary>
    internal static void WriteSparse(string path, long rows, int columns, bool isFortran = false)
    {
        byte[] header = Header("<f4", $"({rows}, {columns})", isFortran, 1);
        using FileStream file = File.Create(path);
        file.Write(header);
        file.SetLength(header.Length + (rows * columns * sizeof(float)));
    }

    internal static (float[] Values, int Rows, int Columns) Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes.AsSpan(1, 5).ToArray().Should().Equal("NUMPY"u8.ToArray());
        int length = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        ((10 + length) % 64).Should().Be(0, "NumPy aligns the numbers");
        string header = Encoding.ASCII.GetString(bytes, 10, length);
        Match match = Regex.Match(header, @"^\{'descr': '<f4', 'fortran_order': False, 'shape': \((\d+), (\d+)\), \} *\n$");
        match.Success.Should().BeTrue("the header is {0}", header);
        float[] values = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(10 + length)).ToArray();
        int rows = int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), columns = int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture);
        values.Length.Should().Be(rows * columns);
        return (values, rows, columns);
    }

    private static byte[] Header(string descr, string shape, bool isFortran, int version)
    {
        string text = $"{{'descr': '{descr}', 'fortran_order': {(isFortran ? "True" : "False")}, 'shape': {shape}, }}\n";
        byte[] length = new byte[version == 1 ? 2 : 4];
        if (version == 1)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)text.Length);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)text.Length);
        }

        return [0x93, .. "NUMPY"u8, (byte)version, 0, .. length, .. Encoding.ASCII.GetBytes(text)];
    }
}
