namespace Maddness.Cli.Formats;

/// <summary>A constant tensor, as far as it is known without reading its numbers.</summary>
internal sealed record OnnxInitializer
{
    /// <summary>The whole tensor.</summary>
    internal required FilePlace Message { get; init; }

    internal required long[] Shape { get; init; }

    internal int DataType { get; init; }

    /// <summary>The bytes of its numbers; none where they are kept in another form.</summary>
    internal FilePlace Numbers { get; init; }

    /// <summary>How many bytes of floats stand in pieces, between other fields; 0 where they are in one.</summary>
    internal long BytesInPieces { get; init; }

    /// <summary>How many integers hold the bits of float16 numbers.</summary>
    internal long IntegerCount { get; init; }

    /// <summary>Whether another file has the numbers.</summary>
    internal bool IsExternal { get; init; }

    internal string Location { get; init; } = string.Empty;

    internal string Offset { get; init; } = "0";

    /// <summary>How many bytes the other file is said to hold for it; null where that is not said.</summary>
    internal string? Length { get; init; }
}
