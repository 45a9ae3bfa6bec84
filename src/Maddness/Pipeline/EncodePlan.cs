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
        TouchedLines = [.. TouchedColumns.Select(column => column / ColumnsPerLine * ColumnsPerLine).Distinct()];
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

    /// <summary>The first columns of the groups of 16 that hold touched columns: the cache lines of a float32 row that encoding reads.</summary>
    internal int[] TouchedLines { get; }

    /// <summary>For each split, where its column starts among the gathered ones.</summary>
    internal AlignedBuffer<nint> GatherOffsets { get; }
}
