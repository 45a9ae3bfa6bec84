namespace Maddness.Kernels;

/// <summary>
/// Blocks of 16 rows to encode. Integers are compared as float32, which holds every value of their types exactly. Whoever fills it has proven that every address it implies is inside a live buffer.
/// </summary>
internal unsafe struct EncodeTile<T>
    where T : unmanaged
{
    /// <summary>Rows of a block.</summary>
    internal const int BlockRows = 16;

    /// <summary>The tile's first row in the column at offset 0; rows of one column are contiguous.</summary>
    internal T* Source;

    /// <summary>For codebook c and level t, at [c·T + t]: elements from <see cref="Source"/> to that split's column.</summary>
    internal nint* ColumnOffsets;

    /// <summary>Heap-ordered thresholds, [c·K + node], followed by at least 16 readable floats.</summary>
    internal float* Thresholds;

    /// <summary>[block·CodeBlockStride + c·16 + row]. Whatever a row holds, its codes are below K.</summary>
    internal byte* Codes;

    internal nint CodeBlockStride;

    internal int Codebooks;

    internal int Levels;

    internal int Blocks;

    /// <summary>Whether <see cref="Source"/> may be out of cache, so that a kernel had better ask ahead for the columns it reads.</summary>
    internal bool IsCold;
}
