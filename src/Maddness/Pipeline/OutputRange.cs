namespace Maddness.Pipeline;

/// <summary>Outputs that one thread sums.</summary>
/// <param name="First">The first: a multiple of <see cref="Multiple"/>.</param>
/// <param name="End">Behind the last: a multiple as well, or the end of all.</param>
/// <param name="Number">Which part it is.</param>
internal readonly record struct OutputRange(int First, int End, int Number = 0)
{
    /// <summary>Whole tiles of every kernel, which have up to 64 outputs, and not less than a staged group of the <see cref="Accumulator"/>.</summary>
    internal const int Multiple = 128;

    internal int Count => End - First;

    /// <summary>All outputs.</summary>
    internal static OutputRange All(int outputs) => new(0, outputs);

    /// <summary>One of several parts of all outputs, of no fewer than <see cref="Multiple"/> times as many.</summary>
    internal static OutputRange Part(int outputs, int part, int parts) =>
        new(Workers.StartOf(outputs, Multiple, part, parts), Workers.StartOf(outputs, Multiple, part + 1, parts), part);
}
