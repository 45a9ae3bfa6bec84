using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>Hash trees as encoders read them: aligned thresholds, and the distinct columns to gather when rows of A are not contiguous by column.</summary>
internal sealed class EncodePlan
{
    /// <summary>The widest vector load of thresholds starts inside the last tree.</summary>
    private const int ReadablePastEnd = 16;

    /// <summary>Columns of float32 in a cache line, and of a window.</summary>
    internal const int WindowColumns = 16;

    /// <summary>
    /// Touched columns for each window from which on windows are transposed whole, and not columns copied one by one (measured on Zen 4, 8 windows, 23 touched columns: 18.5 ns a row by windows and 21.5 by columns in cache, 64 and
    /// 142 from memory). Rows whose windows share a set of the first cache are transposed at half the speed (1,024 inputs 36 ns a row, 1,000 inputs 19), and need more of them.
    /// </summary>
    private const int MinColumnsPerWindow = 2, MinColumnsPerConflictingWindow = 3;

    /// <summary>
    /// Windows are read for 16 rows at once; beyond so many, rows in address order are faster (measured on Zen 4, 12 windows: 28 ns a row in cache and 98 from memory, 37 and 190 by columns; 25 windows 34 and 163, 31 and 125 by columns).
    /// </summary>
    private const int MaxWindows = 16;

    /// <summary>
    /// As many streams as the hardware was seen to follow by itself, in matrices too small to be asked for anyway. Asking for their lines only costs where they are in the last cache (measured, 8 adjacent windows: 15.1 ns a row with, 12.5 without; 4 apart: 12.8
    /// and 10.4); of more streams, waiting costs more (8 apart: 28 with, 38 without), as it does in memory (8 adjacent: 40 with, 53 without).
    /// </summary>
    private const int MaxStreams = 4;

    private PermutedColumns?[]? _permutedColumns;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal EncodePlan(HashTrees trees)
    {
        Trees = trees;
        Thresholds = new AlignedBuffer<float>(trees.Thresholds.Length + ReadablePastEnd);
        trees.Thresholds.CopyTo(Thresholds.Span);
        TouchedColumns = [.. trees.Columns.Distinct().Order()];
        GatherOffsets = new AlignedBuffer<nint>(trees.Columns.Length);
        for (int split = 0; split < trees.Columns.Length; split++)
        {
            GatherOffsets.Span[split] = Array.BinarySearch(TouchedColumns, trees.Columns[split]) * TilePlan.GatherStride;
        }

        Windows = FindWindows(TouchedColumns, trees.Inputs);
        AdjacentWindows = [.. Windows.Select((_, i) => i * WindowColumns)];
        TouchedWindowColumns = Windows.Length == 0 ? [] : [.. TouchedColumns.Select(column => (column, PlaceInWindows(column)))];
        WindowsAreScattered = Windows.Where((start, i) => i == 0 || start > Windows[i - 1] + WindowColumns).Count() > MaxStreams;
        WindowOffsets = new AlignedBuffer<nint>(Windows.Length > 0 ? trees.Columns.Length : 0);
        for (int split = 0; split < WindowOffsets.Length; split++)
        {
            WindowOffsets.Span[split] = (nint)PlaceInWindows(trees.Columns[split]) * TilePlan.GatherStride;
        }
    }

    internal HashTrees Trees { get; }

    internal AlignedBuffer<float> Thresholds { get; }

    /// <summary>The columns that the trees test, ascending: a row is gathered in address order.</summary>
    internal int[] TouchedColumns { get; }

    /// <summary>For each split, where its column starts among the gathered ones.</summary>
    internal AlignedBuffer<nint> GatherOffsets { get; }

    /// <summary>
    /// First columns of windows of 16 that cover all touched columns, where these stand in few of them: rows of float32 are then transposed window by window. Otherwise empty.
    /// </summary>
    internal int[] Windows { get; }

    /// <summary>First columns of as many windows side by side: where they stand in a copy of nothing but them.</summary>
    internal int[] AdjacentWindows { get; }

    /// <summary>Each touched column, and which of the windows' columns it is.</summary>
    internal (int Column, int Place)[] TouchedWindowColumns { get; }

    /// <summary>Whether windows stand in more places than the hardware reads ahead of.</summary>
    internal bool WindowsAreScattered { get; }

    /// <summary>For each split, where its column starts among the transposed windows.</summary>
    internal AlignedBuffer<nint> WindowOffsets { get; }

    /// <summary>Columns that one block of gathered rows takes in scratch, by either way.</summary>
    internal int ScratchColumns => Math.Max(TouchedColumns.Length, Windows.Length * WindowColumns);

    /// <summary>Whether rows of float32 are transposed window by window.</summary>
    /// <param name="isConflicting">Whether the rows stand so far apart that their windows share a set of the first cache.</param>
    internal bool UsesWindows(bool isConflicting) => Windows.Length > 0 && (!isConflicting || Windows.Length * MinColumnsPerConflictingWindow <= TouchedColumns.Length);

    /// <summary>Not null where rows of float32 are encoded as they stand, by kernels that can. All that are needed are made with the first one.</summary>
    /// <param name="lead">Floats from the start of a cache line to the start of a row, of all rows alike; null where these differ.</param>
    internal PermutedColumns? PermutedColumnsAt(int? lead)
    {
        PermutedColumns?[] permuted = Volatile.Read(ref _permutedColumns) ?? PermuteColumns();
        return permuted[lead ?? WindowColumns];
    }

    /// <summary>The first column of the window that a column stands in: aligned like cache lines, but for the first and the last one, which must not reach beyond the row.</summary>
    /// <param name="column">The column.</param>
    /// <param name="inputs">D.</param>
    /// <param name="lead">Floats from the start of a cache line to the start of the row.</param>
    internal static int WindowOf(int column, int inputs, int lead = 0) => Math.Clamp(((column + lead) / WindowColumns * WindowColumns) - lead, 0, inputs - WindowColumns);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private PermutedColumns?[] PermuteColumns()
    {
        // The last one is for rows that start anywhere.
        PermutedColumns?[] permuted = new PermutedColumns?[WindowColumns + 1];
        for (int lead = 0; lead <= WindowColumns; lead++)
        {
            permuted[lead] = PermutedColumns.TryCreate(Trees, lead < WindowColumns ? lead : null);
        }

        return Interlocked.CompareExchange(ref _permutedColumns, permuted, null) ?? permuted;
    }

    private int PlaceInWindows(int column)
    {
        int window = Array.FindLastIndex(Windows, start => start <= column);
        return (window * WindowColumns) + column - Windows[window];
    }

    private static int[] FindWindows(int[] touchedColumns, int inputs)
    {
        if (inputs < WindowColumns)
        {
            return [];
        }

        int[] windows = [.. touchedColumns.Select(column => WindowOf(column, inputs)).Distinct()];
        return windows.Length <= MaxWindows && windows.Length * MinColumnsPerWindow <= touchedColumns.Length ? windows : [];
    }
}
