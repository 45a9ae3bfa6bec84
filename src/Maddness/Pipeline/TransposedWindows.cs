using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>Windows of 16 that cover all columns that the trees test, where these stand in few of them: rows of float32 are transposed to column-major scratch window by window.</summary>
internal sealed class TransposedWindows
{
    /// <summary>
    /// Touched columns for each window from which on windows are transposed, and not columns copied one by one (measured on Zen 4, 8 windows, 23 touched columns: 18.5 ns a row by windows and 21.5 by columns in cache, 64 and
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

    private readonly bool _areWellFilled;

    /// <param name="touchedColumns">The columns that trees test, ascending.</param>
    /// <param name="firstColumns">What was found for them.</param>
    [MethodImpl(Compiled.Once)]
    internal TransposedWindows(int[] touchedColumns, int[] firstColumns)
    {
        FirstColumns = firstColumns;
        AdjacentColumns = [.. firstColumns.Select((_, i) => i * EncodePlan.WindowColumns)];
        TestedColumns = new int[firstColumns.Length];
        foreach (int column in touchedColumns)
        {
            int window = Array.FindLastIndex(firstColumns, first => first <= column);
            TestedColumns[window] |= 1 << (column - firstColumns[window]);
        }

        AreScattered = firstColumns.Where((first, i) => i == 0 || first > firstColumns[i - 1] + EncodePlan.WindowColumns).Count() > MaxStreams;
        _areWellFilled = firstColumns.Length * MinColumnsPerConflictingWindow <= touchedColumns.Length;
    }

    /// <summary>Of each window its first column, ascending.</summary>
    internal int[] FirstColumns { get; }

    /// <summary>First columns of as many windows side by side: where they stand in a copy of nothing but them.</summary>
    internal int[] AdjacentColumns { get; }

    /// <summary>Of each window which columns are tested, bit j its column j. Each touched column stands in one window, the later of two that overlap, so that windows one after another, and bits from the lowest on, are the touched columns in their order.</summary>
    internal int[] TestedColumns { get; }

    /// <summary>Whether windows stand in more places than the hardware reads ahead of.</summary>
    internal bool AreScattered { get; }

    /// <summary>
    /// The first columns of windows, ascending; null where the trees test integers, or columns in too many windows for their number. Windows are lines where all rows start alike in these, if these are filled as well as windows that start with the row (measured
    /// on Zen 4, rows 16 bytes behind a line, 512 inputs, 8 lines, C = 32: 63.5 ns a row, 66.3 by windows that start with the row; 256 inputs, all columns: 17 lines, and 16 windows).
    /// </summary>
    /// <param name="trees">The trees.</param>
    /// <param name="touchedColumns">The columns that they test, ascending.</param>
    /// <param name="lead">Floats from the start of a cache line to the start of a row; null where rows differ in it.</param>
    [MethodImpl(Compiled.Once)]
    internal static int[]? TryFind(HashTrees trees, int[] touchedColumns, int? lead)
    {
        if (trees.ElementType != ElementType.Float32 || trees.Inputs < EncodePlan.WindowColumns)
        {
            return null;
        }

        int[] lines = Of(lead ?? 0), windows = Of(0);
        foreach (int columnsPerWindow in (ReadOnlySpan<int>)[MinColumnsPerConflictingWindow, MinColumnsPerWindow])
        {
            foreach (int[] found in (ReadOnlySpan<int[]>)[lines, windows])
            {
                if (found.Length <= MaxWindows && found.Length * columnsPerWindow <= touchedColumns.Length)
                {
                    return found;
                }
            }
        }

        return null;

        int[] Of(int alignment) => [.. touchedColumns.Select(column => EncodePlan.WindowOf(column, trees.Inputs, alignment)).Distinct()];
    }

    /// <summary>Whether these rows are faster to read by windows than by columns.</summary>
    /// <param name="rowStride">Floats from one row to the next.</param>
    internal bool Suit(nint rowStride) => _areWellFilled || !TilePlan.IsConflicting(rowStride);
}
