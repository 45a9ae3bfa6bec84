using System.Runtime.CompilerServices;

namespace Maddness.Kernels;

/// <summary>
/// Blocks of 16 rows to encode. Integers are compared as float32, which holds every value of their types exactly. Whoever fills it has proven that every address it implies is inside a live buffer.
/// </summary>
internal unsafe struct EncodeTile<T>
    where T : unmanaged
{
    /// <summary>As many as are encoded before their sums, but for very many codebooks.</summary>
    internal const int RowsAhead = 512;

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

    /// <summary>
    /// Asks for what a column holds some rows ahead, so that the next ones come during the sums of these. AVX2 does not where whole blocks of integers go through trees of four levels, 128-bit kernels never. To the second cache, as more requests are in flight on the way there than to the first one (measured on Zen 4,
    /// 10,000 × 512 × 100, C = 8, 16 and 32, ns a row after the caches were swept: 256 rows ahead to the first cache 31 to 33, 42 to 44 and 62 to 64, to the second one 30 to 31, 43 and 63 to 64, 512 ahead 28 to 31, 38 to 41 and 58 to 62; AVX2, without asking, 33,
    /// 48 and 76, so 30, 42 and 66; where the last cache has A, alike).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void AskAhead(T* column) => CachePrefetch.LineToSecondCache(column + RowsAhead);
}
