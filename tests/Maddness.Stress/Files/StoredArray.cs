using System.Runtime.InteropServices;

namespace Maddness.Stress.Files;

/// <summary>A tensor of a file: its name, type, shape, and its bytes, which mutations may make fewer or more than the shape asks for.</summary>
internal sealed class StoredArray(string name, string type, long[] shape, byte[] bytes)
{
    internal string Name { get; set; } = name;

    /// <summary>F32, I32, I16, I8 or U8.</summary>
    internal string Type { get; set; } = type;

    internal long[] Shape { get; set; } = shape;

    internal byte[] Bytes { get; set; } = bytes;

    /// <summary>Bytes of an element.</summary>
    internal int Width => Type switch { "F32" or "I32" => 4, "I16" => 2, _ => 1 };

    /// <summary>A tensor of values, in the byte order of the file: that of every machine these tests run on.</summary>
    internal static StoredArray Of<T>(string name, string type, long[] shape, T[] values)
        where T : unmanaged => new(name, type, shape, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
}
