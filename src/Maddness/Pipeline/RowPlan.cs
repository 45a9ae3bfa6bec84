using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>How rows of float32 that start alike in their cache lines may be read. Where neither is possible, the columns that the trees test are copied.</summary>
/// <param name="Permuted">Not null where columns can be permuted out of rows as these stand.</param>
/// <param name="Transposed">Not null where windows of columns can be transposed.</param>
internal readonly record struct RowPlan(PermutedColumns? Permuted, TransposedWindows? Transposed)
{
    /// <summary>The plan of rows that start so many floats behind a cache line; null where rows differ in it.</summary>
    internal static RowPlan Create(HashTrees trees, int[] touchedColumns, int? lead) => new(PermutedColumns.TryCreate(trees, lead), TransposedWindows.TryCreate(trees, touchedColumns, lead));
}
