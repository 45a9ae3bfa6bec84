using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// The columns of the training rows in bins, for searches that try every column many times: at most 64 bins of about as many rows each, a value that fills a bin by itself (the zero of a
/// ReLU) in one of its own. Only the rows outside a column's fullest bin are listed; sums over that bin are what the others leave of the total, which makes sparse columns cheap.
/// </summary>
internal sealed class BinnedColumns
{
    /// <summary>Bins of a column at most.</summary>
    internal const int Bins = 64;

    /// <summary>Rows that place the edges: quantiles of more are hardly better.</summary>
    private const int SampledRows = 2048;

    private const int BinBits = 6;

    private const int Lanes = 16;

    /// <summary>Columns read together, so that whole lines of the rows are used.</summary>
    private const int Block = 16;

    private readonly float[] _edges;
    private readonly uint[][] _entries;
    private readonly byte[] _fullest;

    internal BinnedColumns(TrainingRows data, TrainingScope scope)
    {
        Rows = data.Rows;
        Columns = data.Columns;
        _edges = new float[checked(Columns * Bins)];
        _entries = new uint[Columns][];
        _fullest = new byte[Columns];
        ElementType type = data.ElementType;
        int blocks = (Columns + Block - 1) / Block;
        int[] sampled = RowSample.Of(data.Values, Columns, Math.Max(1, (Rows + SampledRows - 1) / SampledRows));
        scope.Parallel(blocks, i => BinBlock(data, sampled, i * Block, Math.Min(Block, Columns - (i * Block)), type));
    }

    internal int Rows { get; }

    internal int Columns { get; }

    /// <summary>The rows outside the fullest bin, ascending: row · 64 + bin.</summary>
    internal ReadOnlySpan<uint> Entries(int column) => _entries[column];

    /// <summary>The bin whose rows are not listed.</summary>
    internal int Fullest(int column) => _fullest[column];

    /// <summary>The threshold between bin and bin + 1; +∞ (or the maximum of an integer type) beyond the last.</summary>
    internal float Edge(int column, int bin) => _edges[(column * Bins) + bin];

    [MethodImpl(Compiled.Once)]
    private void BinBlock(TrainingRows data, int[] sampled, int first, int count, ElementType type)
    {
        float[] sample = new float[sampled.Length];
        for (int j = 0; j < count; j++)
        {
            for (int i = 0; i < sample.Length; i++)
            {
                sample[i] = data.Values[(sampled[i] * Columns) + first + j];
            }

            sample.AsSpan().Sort();
            PlaceEdges(sample, _edges.AsSpan((first + j) * Bins, Bins), type);
        }

        byte[] bins = new byte[Rows];
        int[] counts = new int[Bins];
        float[] values = new float[Rows * Block];
        for (int n = 0; n < Rows; n++)
        {
            ReadOnlySpan<float> row = data.Row(n).Slice(first, count);
            for (int j = 0; j < row.Length; j++)
            {
                values[(j * Rows) + n] = row[j];
            }
        }

        for (int j = first; j < first + count; j++)
        {
            Array.Clear(counts);
            Array.Clear(bins);
            ReadOnlySpan<float> edges = _edges.AsSpan(j * Bins, Bins);
            ReadOnlySpan<float> column = values.AsSpan((j - first) * Rows, Rows);
            Bin(edges, column, bins, data.ElementType);
            foreach (byte bin in bins)
            {
                counts[bin]++;
            }

            int fullest = 0;
            for (int b = 1; b < Bins; b++)
            {
                fullest = counts[b] > counts[fullest] ? b : fullest;
            }

            uint[] entries = new uint[Rows - counts[fullest]];
            int next = 0;
            for (int n = 0; n < bins.Length; n++)
            {
                if (bins[n] != fullest)
                {
                    entries[next++] = ((uint)n << BinBits) | bins[n];
                }
            }

            _entries[j] = entries;
            _fullest[j] = (byte)fullest;
        }
    }

    /// <summary>
    /// The number of edges below each value, by the comparison that encodes. Comparing sixteen values with every edge takes less time than searching among the edges for one: no branch is
    /// guessed wrong.
    /// </summary>
    [MethodImpl(Compiled.Once)]
    private static void Bin(ReadOnlySpan<float> edges, ReadOnlySpan<float> values, byte[] bins, ElementType type)
    {
        int used = edges.IndexOf(Threshold.Unsplit(type));
        edges = edges[..(used < 0 ? edges.Length : used)];
        ref float first = ref MemoryMarshal.GetReference(values);
        int n = 0;
        for (; n + Lanes <= values.Length; n += Lanes)
        {
            Vector512<float> x = Vector512.LoadUnsafe(ref first, (nuint)n);
            Vector512<int> count = default;
            foreach (float edge in edges)
            {
                count -= Vector512.GreaterThan(x, Vector512.Create(edge)).AsInt32();
            }

            for (int i = 0; i < Lanes; i++)
            {
                bins[n + i] = (byte)count.GetElement(i);
            }
        }

        for (; n < values.Length; n++)
        {
            foreach (float edge in edges)
            {
                bins[n] += values[n] > edge ? (byte)1 : (byte)0;
            }
        }
    }

    /// <summary>Closes a bin when it has its share of the rows that are left, and before a value that is more than a share.</summary>
    [MethodImpl(Compiled.Once)]
    private static void PlaceEdges(ReadOnlySpan<float> sorted, Span<float> edges, ElementType type)
    {
        edges.Fill(Threshold.Unsplit(type));
        int bin = 0;
        int start = 0;
        int i = 0;
        while (i < sorted.Length && bin < Bins - 1)
        {
            int share = Math.Max(1, (sorted.Length - start) / (Bins - bin));
            int end = i + 1;
            while (end < sorted.Length && sorted[end] == sorted[i])
            {
                end++;
            }

            if (i > start && (end - i > share || i - start >= share))
            {
                edges[bin++] = Threshold.Between(sorted[i - 1], sorted[i], type);
                start = i;
                continue;
            }

            i = end;
        }
    }
}
