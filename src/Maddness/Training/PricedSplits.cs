using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// The best split of all nodes of a level when the rest of the tree and its leaves stand: every row has a price for going right rather than left, and a threshold should leave the dear
/// ones on its left. One number per row makes this search many times cheaper than that for new leaves.
/// </summary>
internal sealed class PricedSplits
{
    private const int Bins = BinnedColumns.Bins;

    private readonly BinnedColumns _binned;
    private readonly float[] _histogram;

    internal PricedSplits(BinnedColumns binned, int leaves)
    {
        _binned = binned;
        _histogram = new float[leaves / 2 * Bins];
    }

    /// <summary>The price that the best thresholds of a column avoid.</summary>
    /// <param name="column">The column.</param>
    /// <param name="nodes">The node of each row in its level.</param>
    /// <param name="prices">The price of each row.</param>
    /// <param name="totals">The sum of the prices of each node.</param>
    /// <param name="splits">Receives the last bin on the left of each node; 63 where all go left.</param>
    [MethodImpl(Compiled.Once)]
    internal double Saving(int column, ReadOnlySpan<byte> nodes, ReadOnlySpan<float> prices, ReadOnlySpan<float> totals, Span<byte> splits)
    {
        _histogram.AsSpan(0, totals.Length * Bins).Clear();
        ref float histogram = ref MemoryMarshal.GetArrayDataReference(_histogram);
        ref byte node = ref MemoryMarshal.GetReference(nodes);
        ref float price = ref MemoryMarshal.GetReference(prices);

        // Entries name rows that were binned, of which nodes and prices have one each; nodes are below the number of totals.
        foreach (uint entry in _binned.Entries(column))
        {
            nuint row = entry >> 6;
            Unsafe.Add(ref histogram, ((nuint)Unsafe.Add(ref node, row) * Bins) + (entry & 63)) += Unsafe.Add(ref price, row);
        }

        int fullest = _binned.Fullest(column);
        double saving = 0;
        for (int b = 0; b < totals.Length; b++)
        {
            Span<float> bins = _histogram.AsSpan(b * Bins, Bins);
            float others = 0;
            foreach (float value in bins)
            {
                others += value;
            }

            bins[fullest] = totals[b] - others;
            float best = totals[b];
            int split = Bins - 1;
            float left = 0;
            for (int i = 0; i < Bins - 1; i++)
            {
                left += bins[i];
                if (left > best)
                {
                    best = left;
                    split = i;
                }
            }

            saving += best;
            splits[b] = (byte)split;
        }

        return saving;
    }
}
