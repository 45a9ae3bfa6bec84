using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;
using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>Hash trees as encoders read them: aligned thresholds, the distinct columns to gather when rows of A are not contiguous by column, and how rows are read where they stand.</summary>
internal sealed class EncodePlan
{
    /// <summary>The widest vector load of thresholds starts inside the last tree.</summary>
    private const int ReadablePastEnd = 16;

    /// <summary>Columns of float32 in a cache line, and of a window.</summary>
    internal const int WindowColumns = CacheLine.Floats;

    private PermutedColumns?[]? _permuted;
    private AlignedBuffer<ColumnGroup>?[]? _groups;

    [MethodImpl(Compiled.Once)]
    internal EncodePlan(HashTrees trees)
    {
        Trees = trees;
        Thresholds = new AlignedBuffer<float>(trees.Thresholds.Length + ReadablePastEnd);
        trees.Thresholds.CopyTo(Thresholds.Span);
        TouchedColumns = [.. trees.Columns.Distinct().Order()];
        TouchedOffsets = new AlignedBuffer<nint>(TouchedColumns.Length);
        for (int i = 0; i < TouchedColumns.Length; i++)
        {
            TouchedOffsets.Span[i] = TouchedColumns[i];
        }

        GatherOffsets = new AlignedBuffer<nint>(trees.Columns.Length);
        for (int split = 0; split < trees.Columns.Length; split++)
        {
            GatherOffsets.Span[split] = Array.BinarySearch(TouchedColumns, trees.Columns[split]) * TilePlan.GatherStride;
        }
    }

    internal HashTrees Trees { get; }

    internal AlignedBuffer<float> Thresholds { get; }

    /// <summary>
    /// Whether one line more of each row is read where that helps the CPU, see <see cref="WatchedLine"/>: AMD's, seen on Zen 4. Others only read more (Emerald Rapids, 60,000 × 512 × 20 outputs, C = 8 within 8 lines, with such a line and without, ns a row of the whole
    /// product: 76 to 86 and 59 to 71).
    /// </summary>
    internal bool WatchesLines { get; init; } = Processor.IsAmd;

    /// <summary>The columns that the trees test, ascending: a row is gathered in address order.</summary>
    internal int[] TouchedColumns { get; }

    /// <summary>The same, as offsets within rows whose elements are contiguous.</summary>
    internal AlignedBuffer<nint> TouchedOffsets { get; }

    /// <summary>For each split, where its column starts among the gathered ones.</summary>
    internal AlignedBuffer<nint> GatherOffsets { get; }

    /// <summary>Not null where rows of float32 can be encoded as they stand, by kernels that do so. Those of all rows are made with the first one, so that later calls allocate nothing.</summary>
    /// <param name="lead">Floats from the start of a cache line to the start of a row, of all rows alike; null where these differ.</param>
    internal PermutedColumns? PermutedAt(int? lead) => (Volatile.Read(ref _permuted) ?? PlanPermuted())[lead ?? WindowColumns];

    /// <summary>Not null where rows can be transposed in groups of columns. Those of all rows are made with the first one, too.</summary>
    /// <param name="lead">Elements from the start of a group in memory to the start of a row, fewer than a group has columns, where all rows start alike in these; otherwise 0.</param>
    internal AlignedBuffer<ColumnGroup>? GroupsAt(int lead) => (Volatile.Read(ref _groups) ?? PlanGroups())[lead];

    /// <summary>The first column of the window that a column stands in: aligned like cache lines, but for the first and the last one, which must not reach beyond the row.</summary>
    /// <param name="column">The column.</param>
    /// <param name="inputs">D.</param>
    /// <param name="lead">Floats from the start of a cache line to the start of the row.</param>
    internal static int WindowOf(int column, int inputs, int lead) => Math.Clamp(((column + lead) / WindowColumns * WindowColumns) - lead, 0, inputs - WindowColumns);

    [MethodImpl(Compiled.Once)]
    private PermutedColumns?[] PlanPermuted()
    {
        // The last one is for rows that start anywhere.
        PermutedColumns?[] plans = new PermutedColumns?[WindowColumns + 1];
        for (int lead = 0; lead <= WindowColumns; lead++)
        {
            plans[lead] = PermutedColumns.TryCreate(Trees, lead < WindowColumns ? lead : null);
        }

        return Interlocked.CompareExchange(ref _permuted, plans, null) ?? plans;
    }

    [MethodImpl(Compiled.Once)]
    private AlignedBuffer<ColumnGroup>?[] PlanGroups()
    {
        AlignedBuffer<ColumnGroup>?[] plans = new AlignedBuffer<ColumnGroup>?[ColumnGroup.ColumnsOf(ElementTypes.BytesOf(Trees.ElementType))];
        for (int lead = 0; lead < plans.Length; lead++)
        {
            plans[lead] = ColumnGroups.TryFind(Trees, TouchedColumns, lead);
        }

        return Interlocked.CompareExchange(ref _groups, plans, null) ?? plans;
    }
}
