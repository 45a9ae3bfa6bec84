using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// Trees beyond one for each column: each splits once more the intervals into which the trees before it cut one column. As no two of them share a threshold, their entries sum up to a value of its own in every interval: t trees of K leaves
/// are a tree of t·(K − 1) + 1.
/// </summary>
/// <param name="data">The training rows.</param>
/// <param name="weights">How much an error in each column counts, see <see cref="ColumnWeights"/>; null for equal ones.</param>
/// <param name="levels">Of a tree.</param>
/// <param name="scope">Threads, cancellation.</param>
internal sealed class FinerTrees(TrainingRows data, double[]? weights, int levels, TrainingScope scope)
{
    /// <summary>The splits of one column that lower its squared error most, by ascending thresholds, and how much the outputs gain by them.</summary>
    private readonly record struct Splits(float[] Thresholds, double Gain);

    /// <summary>Learns the trees behind the first D, if there are any, which test one column each: the next one is of the column that gains most by it.</summary>
    [MethodImpl(Compiled.Once)]
    internal void Add(LearnedTree[] trees)
    {
        if (trees.Length <= data.Columns)
        {
            return;
        }

        List<float>[] thresholds = new List<float>[data.Columns];
        Splits[] next = new Splits[data.Columns];
        scope.Parallel(data.Columns, column =>
        {
            thresholds[column] = [.. trees[column].Thresholds.Skip(1)];
            next[column] = Best(column, thresholds[column]);
        });
        for (int c = data.Columns; c < trees.Length; c++)
        {
            scope.Cancellation.ThrowIfCancellationRequested();
            int column = 0;
            for (int j = 1; j < next.Length; j++)
            {
                column = next[j].Gain > next[column].Gain ? j : column;
            }

            trees[c] = TreeOf(column, next[column].Thresholds);
            if (next[column].Gain > 0)
            {
                thresholds[column].AddRange(next[column].Thresholds);
                next[column] = Best(column, thresholds[column]);
            }
        }
    }

    /// <summary>
    /// Shares the means of a column in all intervals out among its trees, so that their entries add up to them: where a threshold is passed, its tree steps by what the mean does. (Two trees cannot do so at once, as each splits what the others
    /// leave.)
    /// </summary>
    /// <param name="data">The training rows.</param>
    /// <param name="column">The column.</param>
    /// <param name="trees">All trees: first one for each column.</param>
    /// <param name="counts">The rows of each leaf, at [c·K + k].</param>
    /// <param name="means">Receives the entries of the column's trees.</param>
    [MethodImpl(Compiled.Once)]
    internal static void ShareMeans(TrainingRows data, int column, LearnedTree[] trees, int[] counts, double[][] means)
    {
        int[] own = [column, .. Enumerable.Range(0, trees.Length).Skip(data.Columns).Where(c => trees[c].Columns[0] == column)];
        float[] values = new float[data.Rows];
        int[] rows = new int[data.Rows];
        for (int n = 0; n < rows.Length; n++)
        {
            (values[n], rows[n]) = (data.Row(n)[column], n);
        }

        values.AsSpan().Sort(rows.AsSpan());
        foreach (int c in own)
        {
            Array.Clear(means[c]);
        }

        // The first tree takes the lowest interval as it is.
        double before = 0, entry = 0;
        int end, stepping = column;
        for (int start = 0; start < rows.Length; start = end)
        {
            double sum = 0;
            for (end = start; end < rows.Length && FirstUnlike(trees, own, rows[start], rows[end]) is null; end++)
            {
                sum += values[end];
            }

            double mean = sum / (end - start);
            means[stepping][trees[stepping].Codes[rows[start]]] = entry + mean - before;
            before = mean;
            if (end < rows.Length)
            {
                stepping = FirstUnlike(trees, own, rows[start], rows[end])!.Value;
                entry = means[stepping][trees[stepping].Codes[rows[start]]];
            }
        }

        foreach (int c in own)
        {
            BucketMeans.FillEmptyLeaves(counts.AsSpan(c * means[c].Length, means[c].Length), means[c], 1);
        }
    }

    /// <summary>The first of some trees that gives two rows unlike codes; null if none does.</summary>
    [MethodImpl(Compiled.Once)]
    private static int? FirstUnlike(LearnedTree[] trees, int[] own, int row, int other)
    {
        foreach (int c in own)
        {
            if (trees[c].Codes[row] != trees[c].Codes[other])
            {
                return c;
            }
        }

        return null;
    }

    /// <summary>The best split of each interval, of which as many are taken as a tree has, those that gain most.</summary>
    [MethodImpl(Compiled.Once)]
    private Splits Best(int column, List<float> thresholds)
    {
        float[] values = new float[data.Rows];
        double mean = 0;
        for (int n = 0; n < values.Length; n++)
        {
            values[n] = data.Row(n)[column];
            mean += values[n] / values.Length;
        }

        values.AsSpan().Sort();
        thresholds.Sort();
        List<(double Gain, float Threshold)> splits = [];
        int start = 0;
        foreach (float threshold in CollectionsMarshal.AsSpan(thresholds))
        {
            int end = start;
            while (end < values.Length && values[end] <= threshold)
            {
                end++;
            }

            AddBest(values.AsSpan(start, end - start), mean, splits);
            start = end;
        }

        AddBest(values.AsSpan(start), mean, splits);
        double weight = weights?[column] ?? 1;
        splits.Sort((a, b) => a.Gain != b.Gain ? b.Gain.CompareTo(a.Gain) : a.Threshold.CompareTo(b.Threshold));
        splits = splits[..Math.Min(splits.Count, (1 << levels) - 1)];
        return new([.. splits.Select(s => s.Threshold).Order()], splits.Sum(s => s.Gain) * weight * weight);
    }

    /// <summary>Adds the threshold that lowers the squared error of some values about their mean most, if there is one: with S the sum of a side's values and n their number, the largest S_left²/n_left + S_right²/n_right.</summary>
    [MethodImpl(Compiled.Once)]
    private void AddBest(ReadOnlySpan<float> ascending, double mean, List<(double Gain, float Threshold)> splits)
    {
        double total = 0;
        foreach (float value in ascending)
        {
            total += value - mean;
        }

        int best = 0, count = ascending.Length;
        double left = 0, unsplit = total * total / count, most = unsplit;
        for (int i = 1; i < count; i++)
        {
            left += ascending[i - 1] - mean;
            if (ascending[i] == ascending[i - 1])
            {
                continue;
            }

            double right = total - left, explained = (left * left / i) + (right * right / (count - i));
            if (explained > most)
            {
                (most, best) = (explained, i);
            }
        }

        if (best > 0)
        {
            splits.Add((most - unsplit, Threshold.Between(ascending[best - 1], ascending[best], data.ElementType)));
        }
    }

    /// <summary>A tree that tests one column alone; where there are fewer thresholds than it has nodes, the last leaves are empty.</summary>
    [MethodImpl(Compiled.Once)]
    private LearnedTree TreeOf(int column, float[] ascending)
    {
        int[] columns = new int[levels];
        columns.AsSpan().Fill(column);
        float[] heap = new float[1 << levels];
        for (int node = 1; node < heap.Length; node++)
        {
            // The nodes of a level cut the leaves into equal parts.
            int level = int.Log2(node), width = heap.Length >> level;
            int place = ((node - (1 << level)) * width) + (width / 2) - 1;
            heap[node] = place < ascending.Length ? ascending[place] : Threshold.Unsplit(data.ElementType);
        }

        LearnedTree tree = new(columns, heap, []);
        return tree with { Codes = tree.Encode(data) };
    }
}
