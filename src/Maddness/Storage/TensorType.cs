namespace Maddness.Storage;

/// <summary>The element types of tensors in a file.</summary>
internal enum TensorType
{
    Float32,
    Int32,
    Int16,
    Int8,
    UInt8,
}

/// <summary>How safetensors names the element types, and their sizes.</summary>
internal static class TensorTypeExtensions
{
    internal static string Name(this TensorType type) => type switch
    {
        TensorType.Float32 => "F32",
        TensorType.Int32 => "I32",
        TensorType.Int16 => "I16",
        TensorType.Int8 => "I8",
        TensorType.UInt8 => "U8",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Expected a member of TensorType."),
    };

    internal static int Size(this TensorType type) => type switch
    {
        TensorType.Float32 or TensorType.Int32 => 4,
        TensorType.Int16 => 2,
        TensorType.Int8 or TensorType.UInt8 => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Expected a member of TensorType."),
    };
}
