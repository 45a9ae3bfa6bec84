using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Maddness.Kernels;

/// <summary>Asks for a cache line ahead of its use; nothing where the CPU has no such instruction. Any address is allowed: a prefetch never faults.</summary>
internal static unsafe class CachePrefetch
{
    /// <summary>The registers that hold "AuthenticAMD".</summary>
    private const int AmdFirst = 0x68747541, AmdSecond = 0x69746E65, AmdThird = 0x444D4163;

    /// <summary>
    /// Whether requests to the second cache want lines that this CPU watches among them, as encoders read them in rows a multiple of 512 bytes apart: AMD's do. Others only read more (Emerald Rapids, 60,000 × 512 × 20 outputs, C = 8 within 8 lines, with a watched line and without, ns a
    /// row of the whole product: 76 to 86 and 59 to 71).
    /// </summary>
    internal static bool WantsWatchedLines { get; } = X86Base.IsSupported && X86Base.CpuId(0, 0) is (_, AmdFirst, AmdThird, AmdSecond);

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
