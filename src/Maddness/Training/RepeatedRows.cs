using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// Tells rows that somebody repeated, each as often as the others, from rows that were drawn with copies, by the numbers of copies: those of drawn rows are spread (of Poisson numbers little more than half are one of two neighbours above 1).
/// </summary>
internal static class RepeatedRows
{
    /// <summary>One in so many rows may have fewer copies than others, and as many may have more.</summary>
    private const int RarelyOther = 20;

    /// <summary>Whether nearly all rows have as many copies, two or more, or one more than that, as a last pass over them may be cut short.</summary>
    /// <param name="copies">Of each row that differs from all others; sorted here.</param>
    internal static bool AreRepeated(int[] copies)
    {
        Array.Sort(copies);
        int rare = copies.Length / RarelyOther;
        return copies[rare] is > 1 and int usual && copies[^(1 + rare)] <= usual + 1;
    }

    /// <summary>A hash of values of which none is a negative zero.</summary>
    [MethodImpl(Compiled.Once)]
    internal static ulong HashOf(ReadOnlySpan<float> values)
    {
        // A multiplication mixes towards the upper bits, a shift brings them down again.
        const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;
        ulong hash = (ulong)values.Length;
        foreach (uint bits in MemoryMarshal.Cast<float, uint>(values))
        {
            hash = (hash ^ bits) * Multiplier;
            hash ^= hash >> 32;
        }

        return hash;
    }
}
