using Maddness.Common;
using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>Hash trees as encoders read them: aligned thresholds, and the distinct columns to gather when rows of A are not contiguous by column.</summary>
internal sealed class EncodePlan
{
    /// <summary>The widest vector load of thresholds starts inside the last tree.</summary>
    private const int ReadablePastEnd = 16;

    /// <summary>Columns of float32 in a cache line.</summary>
    private const int ColumnsPerLine = 16;

    internal EncodePlan(HashTrees trees)
    {
        Trees = trees;
        Thresholds = new AlignedBuffer<float>(trees.Thresholds.Length + ReadablePastEnd);
        trees.Thresholds.CopyTo(Thresholds.Span);
        TouchedColumns = [.. trees.Columns.Distinct().Order()];
        PrefetchedLines = FindPrefetchedLines(TouchedColumns);
        GatherOffsets = new AlignedBuffer<nint>(trees.Columns.Length);
        for (int split = 0; split < trees.Columns.Length; split++)
        {
            GatherOffsets.Span[split] = Array.BinarySearch(TouchedColumns, trees.Columns[split]) * TilePlan.GatherStride;
        }
    }

    internal HashTrees Trees { get; }

    internal AlignedBuffer<float> Thresholds { get; }

    /// <summary>The columns that the trees test, ascending: a row is gathered in address order.</summary>
    internal int[] TouchedColumns { get; }

    /// <summary>The first columns of the groups of 16 to ask for ahead: the cache lines of a float32 row that encoding reads.</summary>
    internal int[] PrefetchedLines { get; }

    /// <summary>For each split, where its column starts among the gathered ones.</summary>
    internal AlignedBuffer<nint> GatherOffsets { get; }

    /// <summary>
    /// The touched lines; or, where they are a third or more of those between the first and the last, all of them: the hardware then sees a stream to run ahead of, and
    /// reading the gaps costs less than waiting for lines one by one (measured at D = 512: 15 scattered lines of 32 take 56 ns a row, all 32 take 35).
    /// </summary>
    private static int[] FindPrefetchedLines(int[] touchedColumns)
    {
        int[] touched = [.. touchedColumns.Select(column => column / ColumnsPerLine).Distinct()];
        int span = touched[^1] - touched[0] + 1;
        int[] lines = 3 * touched.Length >= span ? [.. Enumerable.Range(touched[0], span)] : touched;
        return [.. lines.Select(line => line * ColumnsPerLine)];
    }
}
