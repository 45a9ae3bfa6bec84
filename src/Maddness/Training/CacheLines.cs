namespace Maddness.Training;

/// <summary>Aligned groups of 16 columns: what one 64-byte cache line of a row-major float row holds (ALGORITHM §2, a budget of cache lines).</summary>
internal static class CacheLines
{
    /// <summary>Columns of a line.</summary>
    internal const int Width = 16;

    /// <summary>Lines that a budget chosen by held-out rows leaves at least.</summary>
    private const int MinAutomatic = 8;

    internal static int Count(int columns) => (columns + Width - 1) / Width;

    /// <summary>The budget tried where none is asked for: a quarter of the lines; none where trees have so few splits that they read few lines anyway.</summary>
    internal static int Automatic(int columns, int splits)
    {
        int budget = Math.Max(MinAutomatic, (Count(columns) + 3) / 4);
        return splits >= 4 * budget ? budget : int.MaxValue;
    }

    internal static int[] All(int columns) => [.. Enumerable.Range(0, columns)];

    /// <summary>The lines that gained most, ascending; the lower one among equals.</summary>
    internal static int[] Best(double[] gains, int count)
    {
        int[] lines = [.. Enumerable.Range(0, gains.Length).OrderByDescending(i => gains[i]).Take(count)];
        lines.AsSpan().Sort();
        return lines;
    }

    /// <summary>The columns of lines, ascending.</summary>
    internal static int[] Columns(int[] lines, int columns) =>
        [.. lines.SelectMany(l => Enumerable.Range(l * Width, Math.Min(Width, columns - (l * Width))))];
}
