using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Maddness.Tests.Support;

/// <summary>The real matrices beside the checkout, where there are any: <c>shared/data</c> in a folder above.</summary>
internal static partial class SharedData
{
    /// <summary>The folder, or null.</summary>
    internal static string? Folder { get; } = Find();

    /// <summary>Reads a float32 matrix or vector (one column) of a .npy file, format 1.0, C order.</summary>
    internal static (float[] Values, int Rows, int Columns) Read(string relativePath)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(Folder!, relativePath));
        int headerLength = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        string header = Encoding.ASCII.GetString(bytes, 10, headerLength);
        int[] shape = [.. NumberPattern().Matches(header[header.IndexOf('(', StringComparison.Ordinal)..]).Select(m => int.Parse(m.Value, CultureInfo.InvariantCulture))];
        ReadOnlySpan<byte> data = bytes.AsSpan(10 + headerLength);
        float[] values = header.Contains("<f4", StringComparison.Ordinal)
            ? MemoryMarshal.Cast<byte, float>(data).ToArray()
            : [.. MemoryMarshal.Cast<byte, int>(data).ToArray().Select(v => (float)v)];
        return (values, shape[0], shape.Length > 1 ? shape[1] : 1);
    }

    private static string? Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }

    [GeneratedRegex("[0-9]+")]
    private static partial Regex NumberPattern();
}

/// <summary>A fact on the real matrices: skipped, and counted as skipped, where they are not there.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedDataFactAttribute : FactAttribute
{
    public SharedDataFactAttribute()
    {
        if (SharedData.Folder is null)
        {
            Skip = "shared/data is in no folder above this checkout";
        }
    }
}

/// <summary>A theory on the real matrices: skipped, and counted as skipped, where they are not there.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedDataTheoryAttribute : TheoryAttribute
{
    public SharedDataTheoryAttribute()
    {
        if (SharedData.Folder is null)
        {
            Skip = "shared/data is in no folder above this checkout";
        }
    }
}
