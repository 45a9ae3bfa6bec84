namespace Maddness.Kernels;

/// <summary>Columns of rows of A that are read together: one that trees test, or four neighbours of which they test two or more.</summary>
/// <param name="First">The first column.</param>
/// <param name="Tested">Bit j: whether column <paramref name="First"/> + j is tested. 1 for a single column, which is read alone.</param>
internal readonly record struct ColumnGroup(int First, int Tested)
{
    /// <summary>Neighbours in a group.</summary>
    internal const int Columns = 4;
}
