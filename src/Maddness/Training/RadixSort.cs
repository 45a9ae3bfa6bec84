using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>Sorts entries by the key in their high 32 bits, keeping the order of equal keys.</summary>
internal static class RadixSort
{
    private const int DigitBits = 11;
    private const int Digits = 1 << DigitBits;

    /// <summary>Below this, clearing the histograms costs more than comparing.</summary>
    private const int SmallLength = 512;

    /// <param name="entries">Keys in the high halves; rows, ascending, in the low halves, which makes every entry unique.</param>
    /// <param name="scratch">At least as long.</param>
    [MethodImpl(Compiled.Once)]
    internal static void Sort(Span<ulong> entries, Span<ulong> scratch)
    {
        if (entries.Length < SmallLength)
        {
            entries.Sort();
            return;
        }

        Span<int> counts = stackalloc int[3 * Digits];
        counts.Clear();
        foreach (ulong entry in entries)
        {
            counts[(int)((entry >> 32) & (Digits - 1))]++;
            counts[Digits + (int)((entry >> (32 + DigitBits)) & (Digits - 1))]++;
            counts[(2 * Digits) + (int)(entry >> (32 + (2 * DigitBits)))]++;
        }

        Span<ulong> from = entries;
        Span<ulong> to = scratch[..entries.Length];
        for (int pass = 0; pass < 3; pass++)
        {
            int shift = 32 + (pass * DigitBits);
            Span<int> places = counts.Slice(pass * Digits, Digits);
            if (places[(int)((from[0] >> shift) & (Digits - 1))] == entries.Length)
            {
                continue;
            }

            int sum = 0;
            foreach (ref int place in places)
            {
                (place, sum) = (sum, sum + place);
            }

            foreach (ulong entry in from)
            {
                to[places[(int)((entry >> shift) & (Digits - 1))]++] = entry;
            }

            Span<ulong> swap = from;
            from = to;
            to = swap;
        }

        if (from != entries)
        {
            from.CopyTo(entries);
        }
    }
}
