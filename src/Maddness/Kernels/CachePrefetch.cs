using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Maddness.Kernels;

/// <summary>Asks for a cache line ahead of its use; nothing where the CPU has no such instruction. Any address is allowed: a prefetch never faults.</summary>
internal static unsafe class CachePrefetch
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Line(void* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(address);
        }
    }

    /// <summary>Asks for a cache line to be brought to the second cache only. Rows a power of two apart share few sets of the first one: there lines to come would drive out those that are read now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void LineToSecondCache(void* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch1(address);
        }
    }

    /// <summary>Asks for a line of each of <typeparamref name="TRows"/> rows, up to twelve, to be brought to the second cache only.</summary>
    /// <param name="address">In the first row.</param>
    /// <param name="row">Bytes from one row to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void RowsToSecondCache<TRows>(byte* address, nint row)
        where TRows : struct, IConstant
    {
        // Conditions on the type parameter are constants.
        LineToSecondCache(address);
        if (TRows.Value > 1) LineToSecondCache(address += row);
        if (TRows.Value > 2) LineToSecondCache(address += row);
        if (TRows.Value > 3) LineToSecondCache(address += row);
        if (TRows.Value > 4) LineToSecondCache(address += row);
        if (TRows.Value > 5) LineToSecondCache(address += row);
        if (TRows.Value > 6) LineToSecondCache(address += row);
        if (TRows.Value > 7) LineToSecondCache(address += row);
        if (TRows.Value > 8) LineToSecondCache(address += row);
        if (TRows.Value > 9) LineToSecondCache(address += row);
        if (TRows.Value > 10) LineToSecondCache(address += row);
        if (TRows.Value > 11) LineToSecondCache(address += row);
    }
}
