using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// For each of some columns, its rows in ascending order of their values, bucket by bucket. Every column is sorted once; when buckets split, its order is kept by a stable
/// partition. Rows that hold the column's smallest value are left out: a split never needs to visit the lowest values of a bucket, and in ReLU data those are most rows.
/// </summary>
internal sealed class SortedColumns
{
    /// <summary>Columns read together, so that a cache line of a row is read once.</summary>
    private const int GatheredColumns = 16;

    private readonly ulong[][] _entries;
    private readonly uint[] _lowest;
    private readonly int[][] _starts;
    private readonly ulong[] _scratch;
    private readonly int _leaves;

    [MethodImpl(Compiled.Once)]
    internal SortedColumns(TrainingRows data, int[] columns, int leaves, CancellationToken cancellation)
    {
        _entries = new ulong[columns.Length][];
        _lowest = new uint[columns.Length];
        _starts = new int[columns.Length][];
        _scratch = new ulong[data.Rows];
        _leaves = leaves;
        ulong[] sorting = new ulong[data.Rows];
        uint[] keys = new uint[GatheredColumns * data.Rows];
        for (int group = 0; group < columns.Length; group += GatheredColumns)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(GatheredColumns, columns.Length - group);
            Gather(data, columns.AsSpan(group, count), keys);
            for (int g = 0; g < count; g++)
            {
                int column = group + g;
                ReadOnlySpan<uint> own = keys.AsSpan(g * data.Rows, data.Rows);
                uint lowest = Lowest(own);
                int stored = 0;
                for (int n = 0; n < own.Length; n++)
                {
                    sorting[stored] = ((ulong)own[n] << 32) | (uint)n;
                    stored += own[n] != lowest ? 1 : 0;
                }

                RadixSort.Sort(sorting.AsSpan(0, stored), _scratch);
                _lowest[column] = lowest;
                _entries[column] = sorting.AsSpan(0, stored).ToArray();
                _starts[column] = new int[leaves + 1];
                _starts[column].AsSpan(1).Fill(stored);
            }
        }
    }

    /// <summary>The entries of a bucket above the column's smallest value, ascending: a key in the high 32 bits, the row in the low ones.</summary>
    internal ReadOnlySpan<ulong> Bucket(int column, int bucket)
    {
        int[] starts = _starts[column];
        return _entries[column].AsSpan(starts[bucket]..starts[bucket + 1]);
    }

    /// <summary>The key of the rows that <see cref="Bucket"/> leaves out.</summary>
    internal uint LowestKey(int column) => _lowest[column];

    /// <summary>The value of a key.</summary>
    internal static float Value(uint key) => BitConverter.UInt32BitsToSingle((key & 0x80000000) != 0 ? key & 0x7FFFFFFF : ~key);

    /// <summary>Follows a split of all <paramref name="buckets"/> buckets: bucket b becomes 2b and 2b + 1 by the low bit of the rows' new codes.</summary>
    [MethodImpl(Compiled.Once)]
    internal void Split(ReadOnlySpan<byte> codes, int buckets)
    {
        int[] newStarts = new int[_leaves + 1];
        for (int column = 0; column < _entries.Length; column++)
        {
            ulong[] entries = _entries[column];
            int[] starts = _starts[column];
            for (int b = 0; b < buckets; b++)
            {
                Span<ulong> bucket = entries.AsSpan(starts[b]..starts[b + 1]);
                int left = 0;
                int right = 0;
                foreach (ulong entry in bucket)
                {
                    // Both stores always happen, only one of the places advances: no branch to mispredict.
                    int bit = codes[(int)(uint)entry] & 1;
                    bucket[left] = entry;
                    _scratch[right] = entry;
                    left += 1 - bit;
                    right += bit;
                }

                _scratch.AsSpan(0, right).CopyTo(bucket[left..]);
                newStarts[2 * b] = starts[b];
                newStarts[(2 * b) + 1] = starts[b] + left;
            }

            newStarts.AsSpan(2 * buckets).Fill(entries.Length);
            newStarts.CopyTo(starts, 0);
        }
    }

    [MethodImpl(Compiled.Once)]
    private static void Gather(TrainingRows data, ReadOnlySpan<int> columns, uint[] keys)
    {
        for (int n = 0; n < data.Rows; n++)
        {
            ReadOnlySpan<float> row = data.Row(n);
            for (int g = 0; g < columns.Length; g++)
            {
                // Bits of ascending floats, as ascending unsigned integers.
                uint bits = BitConverter.SingleToUInt32Bits(row[columns[g]]);
                keys[(g * data.Rows) + n] = bits ^ ((uint)((int)bits >> 31) | 0x80000000);
            }
        }
    }

    [MethodImpl(Compiled.Once)]
    private static uint Lowest(ReadOnlySpan<uint> keys)
    {
        uint lowest = uint.MaxValue;
        foreach (uint key in keys)
        {
            lowest = Math.Min(lowest, key);
        }

        return lowest;
    }
}
