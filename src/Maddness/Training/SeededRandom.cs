using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>SplitMix64: the same numbers from the same seed on every runtime and version, which System.Random does not promise.</summary>
internal sealed class SeededRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>An integer in [0, <paramref name="bound"/>), without bias.</summary>
    [MethodImpl(Compiled.Once)]
    internal int Below(int bound)
    {
        ulong limit = ulong.MaxValue - (ulong.MaxValue % (uint)bound);
        ulong value;
        do
        {
            value = Next();
        }
        while (value >= limit);
        return (int)(value % (uint)bound);
    }

    /// <summary>A number from 0, below 1, in steps of 2⁻⁵³.</summary>
    internal double Unit() => (Next() >> 11) * (1.0 / (1L << 53));

    /// <summary><paramref name="count"/> of the integers below <paramref name="total"/> without replacement, ascending; every subset is equally likely.</summary>
    [MethodImpl(Compiled.Once)]
    internal int[] Sample(int total, int count)
    {
        int[] chosen = new int[count];
        int taken = 0;
        for (int i = 0; taken < count; i++)
        {
            if (Below(total - i) < count - taken)
            {
                chosen[taken++] = i;
            }
        }

        return chosen;
    }

    private ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
