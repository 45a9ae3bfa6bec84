using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// Which training rows count as one when rows are held out. Copies of a row may be what rows to come are as well, drawn from a vocabulary, of which most are known then. Or somebody repeated each of them: then a copy that is held out beside others that are learned from only tells how well rows
/// are remembered. <see cref="RepeatedRows"/> tells these apart.
/// </summary>
internal sealed class DistinctRows
{
    private readonly int[] _distinct;

    private DistinctRows(int[] distinct, int count)
    {
        _distinct = distinct;
        Count = count;
    }

    /// <summary>How many rows count.</summary>
    internal int Count { get; }

    /// <summary>Rows of which copies count as one if somebody repeated them, and as rows of their own if they were drawn so.</summary>
    [MethodImpl(Compiled.Once)]
    internal static DistinctRows Of(TrainingRows rows)
    {
        Dictionary<int, int> found = new(new Comparer(rows));
        int[] distinct = new int[rows.Rows];
        for (int row = 0; row < distinct.Length; row++)
        {
            distinct[row] = NumberOf(row, found);
        }

        if (!(rows.AreRepeated ?? RepeatedRows.AreRepeated(CopiesOf(distinct, found.Count))))
        {
            return new([.. Enumerable.Range(0, rows.Rows)], rows.Rows);
        }

        return new(distinct, found.Count);
    }

    /// <summary>The same of some of the rows.</summary>
    [MethodImpl(Compiled.Once)]
    internal DistinctRows Select(ReadOnlySpan<int> rows)
    {
        Dictionary<int, int> found = [];
        int[] distinct = new int[rows.Length];
        for (int row = 0; row < distinct.Length; row++)
        {
            distinct[row] = NumberOf(_distinct[rows[row]], found);
        }

        return new(distinct, found.Count);
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

    /// <summary>The first copy of each distinct row but some, ascending.</summary>
    /// <param name="leftOut">Numbers of distinct rows, see <see cref="Part"/>.</param>
    [MethodImpl(Compiled.Once)]
    internal int[] Once(ReadOnlySpan<int> leftOut)
    {
        bool[] isKnown = new bool[Count];
        foreach (int distinct in leftOut)
        {
            isKnown[distinct] = true;
        }

        List<int> rows = [];
        for (int row = 0; row < _distinct.Length; row++)
        {
            if (!isKnown[_distinct[row]])
            {
                isKnown[_distinct[row]] = true;
                rows.Add(row);
            }
        }

        return [.. rows];
    }

    [MethodImpl(Compiled.Once)]
    private static int[] CopiesOf(int[] distinct, int count)
    {
        int[] copies = new int[count];
        foreach (int number in distinct)
        {
            copies[number]++;
        }

        return copies;
    }

    /// <summary>The number of a key, in the order of their first places.</summary>
    private static int NumberOf(int key, Dictionary<int, int> found)
    {
        ref int number = ref CollectionsMarshal.GetValueRefOrAddDefault(found, key, out bool isKnown);
        number = isKnown ? number : found.Count - 1;
        return number;
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
