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
}
