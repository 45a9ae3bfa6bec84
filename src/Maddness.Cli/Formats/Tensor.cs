namespace Maddness.Cli.Formats;

/// <summary>Where a file holds a tensor.</summary>
/// <param name="Name">What the user calls it.</param>
/// <param name="Type">The type of its numbers.</param>
/// <param name="Shape">The lengths of its dimensions.</param>
/// <param name="IsFortranOrder">Whether the first dimension is the one that varies fastest.</param>
/// <param name="Offset">The first byte in the file.</param>
internal sealed record Tensor(string Name, NumberType Type, long[] Shape, bool IsFortranOrder, long Offset)
{
    /// <summary>As many as NumPy has.</summary>
    internal const int MaxDimensions = 64;

    /// <summary>What its numbers are multiplied by: ONNX's Gemm has such a factor.</summary>
    internal float Factor { get; init; } = 1;

    internal string ShapeText => $"({string.Join(", ", Shape)})";

    /// <summary>The number of elements, or null where it is more than 64 bits count.</summary>
    internal static long? Count(ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (long length in shape)
        {
            if (length < 0 || (length > 0 && count > long.MaxValue / 8 / length))
            {
                return null;
            }

            count *= length;
        }

        return count;
    }
}
