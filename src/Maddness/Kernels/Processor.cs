using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Maddness.Common;

namespace Maddness.Kernels;

/// <summary>What the processor that runs this tells of itself. Speed depends on it, results never do.</summary>
internal static class Processor
{
    /// <summary>The registers that hold "AuthenticAMD".</summary>
    private const int AmdFirst = 0x68747541, AmdSecond = 0x69746E65, AmdThird = 0x444D4163;

    /// <summary>Where the makers describe caches, both alike.</summary>
    private const int CacheLeaf = 4, AmdCacheLeaf = unchecked((int)0x8000001D);

    internal static bool IsAmd { get; } = X86Base.IsSupported && X86Base.CpuId(0, 0) is (_, AmdFirst, AmdThird, AmdSecond);

    /// <summary>Lines of a set of the first data cache: 8 on AMD up to Zen 4 and on Intel up to Cascade Lake, 12 on most of what came after; 0 where the processor does not tell. Where cores differ, those of the one that was asked.</summary>
    internal static int FirstCacheWays { get; } = X86Base.IsSupported ? FirstCacheWaysBy(IsAmd ? AmdCacheLeaf : CacheLeaf) : 0;

    [MethodImpl(Compiled.Once)]
    private static int FirstCacheWaysBy(int leaf)
    {
        // Asked for a leaf that it has not, a processor may answer with another.
        int firstLeaf = leaf & int.MinValue;
        if ((uint)X86Base.CpuId(firstLeaf, 0).Eax < (uint)leaf)
        {
            return 0;
        }

        const int Kind = 0x1F, KindAndLevel = 0xFF, FirstData = (1 << 5) | 1, MostCaches = 8;
        for (int cache = 0; cache < MostCaches; cache++)
        {
            (int description, int shape, _, _) = X86Base.CpuId(leaf, cache);
            if ((description & KindAndLevel) == FirstData)
            {
                return (int)((uint)shape >> 22) + 1;
            }

            if ((description & Kind) == 0)
            {
                break;
            }
        }

        return 0;
    }
}
