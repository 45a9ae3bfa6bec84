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
}
