using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;
using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>The groups in which rows are transposed to column-major scratch.</summary>
internal static class ColumnGroups
{
    /// <summary>
    /// Groups of the touched columns, in their order; null where rows are shorter than a group. Those of neighbours are parts of cache lines, so that none is read for the sake of a neighbour, but for those at either end, which must not reach beyond the row, and of
    /// rows that do not start alike.
    /// </summary>
    /// <param name="trees">The trees.</param>
    /// <param name="touchedColumns">The columns that they test, ascending.</param>
    /// <param name="lead">Elements from the start of a group in memory to the start of a row: fewer than it has columns.</param>
    [MethodImpl(Compiled.Once)]
    internal static AlignedBuffer<ColumnGroup>? TryFind(HashTrees trees, int[] touchedColumns, int lead)
    {
        int width = ColumnGroup.ColumnsOf(ElementTypes.BytesOf(trees.ElementType));
        if (trees.Inputs < width)
        {
            return null;
        }

        ColumnGroup[] groups = [.. touchedColumns.GroupBy(FirstOf).Select(columns => Of(columns.Key, [.. columns]))];
        AlignedBuffer<ColumnGroup> buffer = new(groups.Length);
        groups.CopyTo(buffer.Span);
        return buffer;

        int FirstOf(int column) => Math.Clamp(((column + lead) / width * width) - lead, 0, trees.Inputs - width);

        static ColumnGroup Of(int first, int[] tested) => tested.Length == 1 ? new(tested[0], 1) : new(first, tested.Sum(column => 1 << (column - first)));
    }
}
