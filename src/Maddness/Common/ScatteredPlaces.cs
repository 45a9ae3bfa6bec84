using System.Runtime.CompilerServices;

namespace Maddness.Common;

/// <summary>One place of each n consecutive ones, at a distance from their start that changes from n to n in a fixed way: of rows whose order has a period, evenly spaced ones might be all alike.</summary>
internal static class ScatteredPlaces
{
    /// <summary>So many of <paramref name="total"/> places, ascending, that one is in each <paramref name="step"/> consecutive ones.</summary>
    [MethodImpl(Compiled.Once)]
    internal static int[] Of(int total, int step)
    {
        int[] places = new int[(int)(((long)total + step - 1) / step)];
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = (i * step) + (int)InBlock(i, Math.Min(step, total - (i * step)));
        }

        return places;
    }

    /// <summary>The place, from its start on, in a block of so many: the block's number, mixed (the finaliser of SplitMix64).</summary>
    internal static long InBlock(long block, int length)
    {
        ulong mixed = (ulong)block + 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (long)((mixed ^ (mixed >> 31)) % (ulong)length);
    }
}
