using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>Learns and improves trees that serve the outputs.</summary>
/// <param name="data">The training rows.</param>
/// <param name="binned">Their columns in bins.</param>
/// <param name="vectors">Vectors of a target.</param>
/// <param name="levels">T.</param>
/// <param name="minRows">Rows that each side of a split keeps at least.</param>
/// <param name="scope">Threads and cancellation.</param>
internal sealed class OutputTreeBuilder(TrainingRows data, BinnedColumns binned, int vectors, int levels, int minRows, TrainingScope scope)
{
    /// <summary>Columns of one work item.</summary>
    private const int Chunk = 32;

    private const byte Unsplit = BinnedColumns.Bins - 1;

    private readonly ColumnSearch<OutputSplits> _splits = new(Chunk, () => new OutputSplits(binned, vectors, 1 << levels), scope);
    private readonly ColumnSearch<PricedSplits> _pricedSplits = new(Chunk, () => new PricedSplits(binned, 1 << levels), scope);

    /// <summary>Rows that a bucket which can be split has at least.</summary>
    internal int LeastRows => 2 * minRows;

    /// <summary>The columns that as roots gain most, ascending: those that gain nothing alone seldom gain below other splits.</summary>
    /// <param name="targets">What is fitted.</param>
    /// <param name="columns">The columns allowed.</param>
    /// <param name="count">How many are wanted.</param>
    internal Roots Shortlist(OutputTargets targets, int[] columns, int count)
    {
        double[] gains = new double[columns.Length];
        byte[] splits = new byte[columns.Length];
        Gains(new byte[data.Rows], targets, columns, 1, gains, splits, []);
        if (columns.Length <= count)
        {
            return new(columns, gains, splits);
        }

        int[] best = Order(gains)[..count];
        best.AsSpan().Sort();
        return new([.. best.Select(i => columns[i])], [.. best.Select(i => gains[i])], [.. best.Select(i => splits[i])]);
    }

    /// <summary>The columns by what they gain in the next level, the best first, and the first of equals.</summary>
    internal int[] ByGain(byte[] codes, OutputTargets targets, int[] columns, int buckets)
    {
        double[] gains = new double[columns.Length];
        Gains(codes, targets, columns, buckets, gains, new byte[columns.Length * buckets], []);
        return [.. Order(gains).Select(i => columns[i])];
    }

    /// <summary>Learns a tree from its root, level by level.</summary>
    /// <param name="targets">What is fitted.</param>
    /// <param name="roots">The columns allowed, as roots.</param>
    /// <param name="lineGains">Where not empty, receives what each level gained, added to the group of 16 columns of its column.</param>
    [MethodImpl(Compiled.Once)]
    internal LearnedTree Build(OutputTargets targets, Roots roots, double[] lineGains)
    {
        int[] columns = roots.Columns;
        double before = 0;
        int leaves = 1 << levels;
        int[] treeColumns = new int[levels];
        float[] thresholds = new float[leaves];
        byte[] codes = new byte[data.Rows];
        for (int level = 0; level < levels; level++)
        {
            int buckets = 1 << level;
            (double[] gains, byte[] splits) = (roots.Gains, roots.Splits);
            if (level > 0)
            {
                gains = new double[columns.Length];
                splits = new byte[columns.Length * buckets];
                Gains(codes, targets, columns, buckets, gains, splits, []);
            }

            int best = Array.IndexOf(gains, gains.Max());
            treeColumns[level] = columns[best];
            if (lineGains.Length > 0)
            {
                lineGains[columns[best] / CacheLine.Floats] += gains[best] - before;
            }

            before = gains[best];
            Place(columns[best], splits.AsSpan(best * buckets, buckets), thresholds.AsSpan(buckets, buckets));
            data.Split(columns[best], thresholds.AsSpan(buckets, buckets), codes);
        }

        return new LearnedTree(treeColumns, thresholds, codes);
    }

    /// <summary>What the best thresholds of columns gain.</summary>
    /// <param name="codes">The bucket of each row.</param>
    /// <param name="targets">What is fitted.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="buckets">How many buckets there are.</param>
    /// <param name="gains">Receives the gain of each column.</param>
    /// <param name="splits">Receives, for each column and bucket, the last bin on the left.</param>
    /// <param name="factors">For each column, bucket and bin what a gain is multiplied by, or empty.</param>
    internal void Gains(byte[] codes, OutputTargets targets, int[] columns, int buckets, double[] gains, byte[] splits, float[] factors)
    {
        int size = factors.Length == 0 ? 0 : factors.Length / columns.Length;
        float[] totals = new float[buckets * targets.Stride];
        OutputSplits.Sum(codes, targets, totals);
        _splits.For(columns.Length, (search, i) =>
            gains[i] = search.Gain(columns[i], codes, targets, totals, minRows, factors.AsSpan(i * size, size), splits.AsSpan(i * buckets, buckets)));
    }

    /// <summary>
    /// Chooses each level's column and thresholds anew while the other levels and the leaves stand, so that rows take the side whose leaf is nearer; the leaves follow
    /// after each level. No change raises the error.
    /// </summary>
    /// <param name="tree">The tree, changed.</param>
    /// <param name="targets">What is fitted.</param>
    /// <param name="table">The leaves, changed.</param>
    /// <param name="columns">The columns allowed.</param>
    /// <param name="shrinkage">See <see cref="LeafMeans"/>.</param>
    /// <returns>Whether anything changed.</returns>
    [MethodImpl(Compiled.Once)]
    internal bool Refine(LearnedTree tree, OutputTargets targets, float[] table, int[] columns, float shrinkage)
    {
        float[][] values = [.. tree.Columns.Select(Gather)];
        bool changed = false;
        for (int level = levels - 1; level >= 0; level--)
        {
            changed |= RefineLevel(tree, level, values, targets, table, columns);
            LeafMeans(tree.Codes, targets, 1 << levels, shrinkage, table);
        }

        return changed;
    }

    [MethodImpl(Compiled.Once)]
    private bool RefineLevel(LearnedTree tree, int level, float[][] values, OutputTargets targets, float[] table, int[] columns)
    {
        int nodes = 1 << level;
        byte[] node = new byte[data.Rows];
        float[] prices = new float[data.Rows];
        float[] totals = new float[nodes];
        double current = Prices(tree, level, values, targets, table, node, prices, totals);
        byte[] splits = new byte[columns.Length * nodes];
        double[] savings = new double[columns.Length];
        _pricedSplits.For(columns.Length, (search, i) => savings[i] = search.Saving(columns[i], node, prices, totals, splits.AsSpan(i * nodes, nodes)));
        int best = Array.IndexOf(savings, savings.Max());
        if (savings[best] <= current + (1e-6 * Math.Abs(current)))
        {
            return false;
        }

        tree.Columns[level] = columns[best];
        values[level] = Gather(columns[best]);
        Place(columns[best], splits.AsSpan(best * nodes, nodes), tree.Thresholds.AsSpan(nodes, nodes));
        for (int n = 0; n < tree.Codes.Length; n++)
        {
            tree.Codes[n] = (byte)(Descend(tree.Thresholds, values, 0, 1, n) - tree.Thresholds.Length);
        }

        return true;
    }

    /// <summary>How much worse each row does on the right of its node at a level, and the sum over rows that now go left.</summary>
    [MethodImpl(Compiled.Once)]
    private static double Prices(
        LearnedTree tree, int level, float[][] values, OutputTargets targets, float[] table, byte[] nodes, float[] prices, float[] totals)
    {
        int stride = targets.Stride;
        int leaves = tree.Thresholds.Length;
        float[] squares = new float[leaves];
        for (int k = 0; k < leaves; k++)
        {
            foreach (float value in table.AsSpan(k * stride, targets.Components))
            {
                squares[k] += value * value;
            }
        }

        double current = 0;
        for (int n = 0; n < nodes.Length; n++)
        {
            int own = (tree.Codes[n] + leaves) >> (values.Length - level);
            int left = Descend(tree.Thresholds, values, level + 1, 2 * own, n) - leaves;
            int right = Descend(tree.Thresholds, values, level + 1, (2 * own) + 1, n) - leaves;
            float price = squares[right] - squares[left] - (2 * targets.Difference(n, table, right, left));
            nodes[n] = (byte)(own - (1 << level));
            prices[n] = price;
            totals[nodes[n]] += price;
            current += values[level][n] > tree.Thresholds[own] ? 0 : price;
        }

        return current;
    }

    /// <summary>The node below <paramref name="node"/> of <paramref name="level"/> that a row ends in.</summary>
    [MethodImpl(Compiled.Once)]
    private static int Descend(float[] thresholds, float[][] values, int level, int node, int row)
    {
        for (; level < values.Length; level++)
        {
            node = (2 * node) + (values[level][row] > thresholds[node] ? 1 : 0);
        }

        return node;
    }

    /// <summary>The means of the targets of each leaf, as of that many rows of zeros more; a leaf without rows gets its ancestor's mean.</summary>
    [MethodImpl(Compiled.Once)]
    internal static void LeafMeans(byte[] codes, OutputTargets targets, int leaves, float shrinkage, float[] table)
    {
        int stride = targets.Stride;
        OutputSplits.Sum(codes, targets, table);
        int[] counts = new int[leaves];
        double[] means = new double[table.Length];
        for (int k = 0; k < leaves; k++)
        {
            float rows = table[(k * stride) + stride - 1];
            counts[k] = (int)Math.Ceiling(rows);
            for (int j = 0; j < targets.Components && rows > 0; j++)
            {
                means[(k * stride) + j] = table[(k * stride) + j] / (rows + shrinkage);
            }
        }

        BucketMeans.FillEmptyLeaves(counts, means, stride);
        for (int i = 0; i < table.Length; i++)
        {
            table[i] = (float)means[i];
        }
    }

    /// <summary>The thresholds of a level's nodes.</summary>
    [MethodImpl(Compiled.Once)]
    internal void Place(int column, ReadOnlySpan<byte> splits, Span<float> thresholds)
    {
        for (int b = 0; b < splits.Length; b++)
        {
            thresholds[b] = splits[b] == Unsplit ? Threshold.Unsplit(data.ElementType) : binned.Edge(column, splits[b]);
        }
    }

    /// <summary>Places by gain, the largest first, and the first of equals.</summary>
    private static int[] Order(double[] gains)
    {
        int[] order = [.. Enumerable.Range(0, gains.Length)];
        order.AsSpan().Sort((i, j) => gains[i] != gains[j] ? gains[j].CompareTo(gains[i]) : i.CompareTo(j));
        return order;
    }

    [MethodImpl(Compiled.Once)]
    private float[] Gather(int column)
    {
        float[] values = new float[data.Rows];
        for (int n = 0; n < values.Length; n++)
        {
            values[n] = data.Values[(n * data.Columns) + column];
        }

        return values;
    }

    /// <summary>Columns, what the best split of all rows by each gains, and where it is.</summary>
    internal sealed record Roots(int[] Columns, double[] Gains, byte[] Splits);
}
