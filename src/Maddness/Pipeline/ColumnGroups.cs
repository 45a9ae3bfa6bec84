using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;
using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>The groups in which rows of float32 are transposed to column-major scratch.</summary>
internal static class ColumnGroups
{
    /// <summary>
    /// Groups of the touched columns, in their order; null where trees test integers, or rows are shorter than a group. Fours are parts of cache lines, so that none is read for the sake of a neighbour, but for those at either end, which must not reach beyond the row, and of
    /// rows that do not start alike.
    /// </summary>
    /// <param name="trees">The trees.</param>
    /// <param name="touchedColumns">The columns that they test, ascending.</param>
    /// <param name="lead">Floats from the start of a group in memory to the start of a row: 0 to 3.</param>
    [MethodImpl(Compiled.Once)]
    internal static AlignedBuffer<ColumnGroup>? TryFind(HashTrees trees, int[] touchedColumns, int lead)
    {
        if (trees.ElementType != ElementType.Float32 || trees.Inputs < ColumnGroup.Columns)
        {
            return null;
        }

        ColumnGroup[] groups = [.. touchedColumns.GroupBy(FirstOf).Select(columns => Of(columns.Key, [.. columns]))];
        AlignedBuffer<ColumnGroup> buffer = new(groups.Length);
        groups.CopyTo(buffer.Span);
        return buffer;

        int FirstOf(int column) => Math.Clamp(((column + lead) / ColumnGroup.Columns * ColumnGroup.Columns) - lead, 0, trees.Inputs - ColumnGroup.Columns);

        static ColumnGroup Of(int first, int[] tested) => tested.Length == 1 ? new(tested[0], 1) : new(first, tested.Sum(column => 1 << (column - first)));
    }
}
