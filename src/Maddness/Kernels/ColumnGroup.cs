namespace Maddness.Kernels;

/// <summary>Columns of rows of A that are read together: one that trees test, or neighbours, 16 bytes of them, of which they test two or more.</summary>
/// <param name="First">The first column.</param>
/// <param name="Tested">Bit j: whether column <paramref name="First"/> + j is tested. 1 for a single column, which is read alone.</param>
internal readonly record struct ColumnGroup(int First, int Tested)
{
    private const int Bytes = 16;

    /// <summary>Neighbours in a group of elements of so many bytes.</summary>
    internal static int ColumnsOf(int elementBytes) => Bytes / elementBytes;
}
