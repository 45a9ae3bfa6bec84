using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// Counts the copies of rows that pass by, however many these are, by their hashes: of a million different rows all differ but with a probability of 10^-7. Where more rows differ than are remembered, it counts those
/// of a half, a quarter, … of all hashes: all copies of a row or none.
/// </summary>
/// <param name="remembered">How many different rows at most.</param>
internal sealed class CopyCounter(int remembered = CopyCounter.Remembered)
{
    private const int Remembered = 1 << 19;

    private readonly Dictionary<ulong, int> _copies = [];

    /// <summary>The upper bits, as they are mixed best: all hashes that are counted have none of these.</summary>
    private ulong _mask;

    /// <summary>Counts a row, given without negative zeros.</summary>
    internal void Add(ReadOnlySpan<float> row)
    {
        ulong hash = RepeatedRows.HashOf(row);
        if ((hash & _mask) != 0)
        {
            return;
        }

        CollectionsMarshal.GetValueRefOrAddDefault(_copies, hash, out _)++;
        if (_copies.Count > remembered)
        {
            Halve();
        }
    }

    /// <summary>The copies of each row that is remembered.</summary>
    internal int[] Copies() => [.. _copies.Values];

    [MethodImpl(Compiled.Once)]
    private void Halve()
    {
        while (_copies.Count > remembered)
        {
            _mask = (_mask >> 1) | (1UL << 63);
            foreach (ulong hash in _copies.Keys.Where(h => (h & _mask) != 0).ToArray())
            {
                _copies.Remove(hash);
            }
        }
    }
}
