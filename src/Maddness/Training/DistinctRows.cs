using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>Which training rows are equal. Copies of a row are held out together: beside a copy that is learned from, a row held out tells how well rows are remembered.</summary>
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
            found.TryAdd(row, found.Count);
            distinct[row] = found[row];
        }

        return new DistinctRows(distinct, found.Count);
    }

    /// <summary>Parts the rows, ascending, in those that equal a chosen distinct row, and all others.</summary>
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
        return ([.. rows[true]], [.. rows[false]]);
    }

    /// <summary>Compares rows by their numbers. Hash codes differ from process to process, what is equal does not.</summary>
    private sealed class Comparer(TrainingRows rows) : IEqualityComparer<int>
    {
        public bool Equals(int x, int y) => BytesOf(x).SequenceEqual(BytesOf(y));

        public int GetHashCode([DisallowNull] int row)
        {
            HashCode hash = default;
            hash.AddBytes(BytesOf(row));
            return hash.ToHashCode();
        }

        /// <summary>Zeros of training rows are positive, and no value is a NaN: equal values have equal bytes.</summary>
        private ReadOnlySpan<byte> BytesOf(int row) => MemoryMarshal.AsBytes(rows.Row(row));
    }
}
