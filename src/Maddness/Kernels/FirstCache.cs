using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Maddness.Common;

namespace Maddness.Kernels;

/// <summary>The first data cache of the processor that runs this.</summary>
internal static class FirstCache
{
    private const int IntelLeaf = 4;

    private const int AmdLeaf = unchecked((int)0x8000001D);

    /// <summary>Lines of one set: 8 on AMD up to Zen 4 and on Intel up to Cascade Lake, 12 on most of what came after; 0 where the processor does not tell.</summary>
    internal static readonly int Ways = X86Base.IsSupported ? Math.Max(WaysBy(IntelLeaf), WaysBy(AmdLeaf)) : 0;

    // Both makers describe caches alike, each in a leaf of its own, which is empty or not there on processors of the other (and may be told of as there, by a virtual machine).
    [MethodImpl(Compiled.Once)]
    private static int WaysBy(int leaf)
    {
        // Asked for a leaf that it has not, a processor may answer with another.
        int firstLeaf = leaf & int.MinValue;
        if ((uint)X86Base.CpuId(firstLeaf, 0).Eax < (uint)leaf)
        {
            return 0;
        }

        const int MostCaches = 8;
        const int FirstData = (1 << 5) | 1;
        for (int cache = 0; cache < MostCaches; cache++)
        {
            (int kind, int shape, _, _) = X86Base.CpuId(leaf, cache);
            if ((kind & 0xFF) == FirstData)
            {
                return (int)((uint)shape >> 22) + 1;
            }
        }

        return 0;
    }
}
