using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// Which training rows are equal. One copy of a row is held out, and none is learned from then: beside copies a row held out tells how well rows are remembered, and many copies of one would decide alone (400 rows and 1,600 of zeros, 8 codebooks, 8 draws: .139 without regard to copies, .137 with one
/// copy held out, .174 with all).
/// </summary>
internal sealed class DistinctRows
{
    private readonly int[] _distinct;

    private DistinctRows(int[] distinct, int count)
    {
        _distinct = distinct;
        Count = count;
    }

    /// <summary>How many rows differ from all before them.</summary>
    internal int Count { get; }

    [MethodImpl(Compiled.Once)]
    internal static DistinctRows Of(TrainingRows rows)
    {
        Dictionary<int, int> found = new(new Comparer(rows));
        int[] distinct = new int[rows.Rows];
        for (int row = 0; row < distinct.Length; row++)
        {
            ref int number = ref CollectionsMarshal.GetValueRefOrAddDefault(found, row, out bool isKnown);
            number = isKnown ? number : found.Count - 1;
            distinct[row] = number;
        }

        return new DistinctRows(distinct, found.Count);
    }

    /// <summary>Parts the rows, ascending: the first copy of each chosen distinct row, and all rows that equal none of them.</summary>
    /// <param name="chosen">Numbers of distinct rows, 0 to <see cref="Count"/> − 1, in the order of their first copies.</param>
    [MethodImpl(Compiled.Once)]
    internal (int[] HeldOut, int[] Kept) Part(ReadOnlySpan<int> chosen)
    {
        bool[] isChosen = new bool[Count];
        foreach (int distinct in chosen)
        {
            isChosen[distinct] = true;
        }

        ILookup<bool, int> rows = Enumerable.Range(0, _distinct.Length).ToLookup(row => isChosen[_distinct[row]]);
        return ([.. rows[true].DistinctBy(row => _distinct[row])], [.. rows[false]]);
    }

    /// <summary>Compares rows by their numbers. Hash codes differ from process to process, what is equal does not.</summary>
    private sealed class Comparer(TrainingRows rows) : IEqualityComparer<int>
    {
        public bool Equals(int x, int y) => BytesOf(x).SequenceEqual(BytesOf(y));

        public int GetHashCode(int row)
        {
            HashCode hash = default;
            hash.AddBytes(BytesOf(row));
            return hash.ToHashCode();
        }

        /// <summary>Zeros of training rows are positive, and no value is a NaN: equal values have equal bytes.</summary>
        private ReadOnlySpan<byte> BytesOf(int row) => MemoryMarshal.AsBytes(rows.Row(row));
    }
}
