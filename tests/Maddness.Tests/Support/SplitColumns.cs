using Maddness.Model;

namespace Maddness.Tests.Support;

/// <summary>Trees of which only the columns matter.</summary>
internal static class SplitColumns
{
    /// <summary>Trees that test these columns, the last one again until there are four for each tree.</summary>
    internal static HashTrees Trees(int inputs, int[] columns)
    {
        int codebooks = (columns.Length + 3) / 4;
        int[] all = [.. columns, .. Enumerable.Repeat(columns[^1], (4 * codebooks) - columns.Length)];
        return new(ElementType.Float32, inputs, codebooks, 4, all, new float[16 * codebooks]);
    }

    /// <summary>Three columns of each of these cache lines.</summary>
    internal static int[] InLines(params int[] lines) => [.. lines.SelectMany(line => (int[])[16 * line, (16 * line) + 7, (16 * line) + 15])];
}
