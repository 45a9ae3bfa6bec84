namespace Maddness.Cli.Formats;

/// <summary>The types of numbers that files hold. Matrices may have the first seven; labels may be any integers.</summary>
internal enum NumberType
{
    Float64,
    Float32,
    Float16,
    BFloat16,
    Int8,
    UInt8,
    Int16,
    UInt16,
    Int32,
    UInt32,
    Int64,
    UInt64,
}

/// <summary>Their sizes and names.</summary>
internal static class NumberTypes
{
    /// <summary>Those that matrices may have, for messages.</summary>
    internal const string OfMatrices = "float32, float64, float16, bfloat16, int8, uint8 or int16";

    internal static int Size(this NumberType type) => type switch
    {
        NumberType.Float64 or NumberType.Int64 or NumberType.UInt64 => 8,
        NumberType.Float32 or NumberType.Int32 or NumberType.UInt32 => 4,
        NumberType.Float16 or NumberType.BFloat16 or NumberType.Int16 or NumberType.UInt16 => 2,
        _ => 1,
    };

    internal static string Name(this NumberType type) => type.ToString().ToLowerInvariant();

    /// <summary>Whether matrices of this type are multiplied.</summary>
    internal static bool IsMatrixType(this NumberType type) => type <= NumberType.Int16;

    /// <summary>The element type of a model that learns from such rows.</summary>
    internal static ElementType ElementType(this NumberType type) => type switch
    {
        NumberType.Int8 => Maddness.ElementType.Int8,
        NumberType.UInt8 => Maddness.ElementType.UInt8,
        NumberType.Int16 => Maddness.ElementType.Int16,
        _ => Maddness.ElementType.Float32,
    };

    /// <summary>Whether a model can take such rows: every value must be one of its type.</summary>
    internal static bool Fits(this NumberType type, ElementType model) => model switch
    {
        Maddness.ElementType.Float32 => type.IsMatrixType(),
        Maddness.ElementType.Int16 => type is NumberType.Int16 or NumberType.Int8 or NumberType.UInt8,
        _ => type.ElementType() == model,
    };
}
