using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// The tables of all codebooks, fitted together, while the codebooks change one at a time: one is taken out, the buckets of a tree that grows stand in for it, and a tree is put back.
/// Indicators of leaves are centred over the rows, and so are the targets.
/// </summary>
internal sealed class JointFit
{
    private readonly OutputTargets _targets;
    private readonly LearnedTree[] _trees;
    private readonly int _leaves;
    private readonly double _ridge;
    private readonly TrainingScope _scope;
    private readonly int _width;

    /// <summary>Rows of a work item.</summary>
    private const int Block = 1024;

    /// <summary>GᵀY of centred indicators, row-major [c·K + k][component].</summary>
    private readonly double[] _sums;

    /// <summary>The sums of the targets over all rows.</summary>
    private readonly double[] _totals;

    /// <summary>Of all trees, and without the open codebook.</summary>
    private readonly GramInverse _all;
    private readonly GramInverse _others;

    private readonly double _squares;

    /// <summary>The tables of the others fitted without the open codebook.</summary>
    private double[] _without = [];
    private double _explained;

    /// <param name="targets">What the sums of table entries should be; left as they are.</param>
    /// <param name="trees">The trees, replaced by better ones.</param>
    /// <param name="leaves">K.</param>
    /// <param name="ridge">λ of the regression, see <see cref="TreePenalty.OfNodes"/>.</param>
    /// <param name="scope">Threads.</param>
    [MethodImpl(Compiled.Once)]
    internal JointFit(OutputTargets targets, LearnedTree[] trees, int leaves, double ridge, TrainingScope scope)
    {
        _targets = targets;
        _trees = trees;
        _leaves = leaves;
        _ridge = ridge;
        _scope = scope;
        _width = targets.Stride;
        int order = trees.Length * leaves;
        Residual = targets.Copy();
        Places = new ushort[checked(targets.Rows * trees.Length)];
        Shares = new double[order];
        Inverse = new float[order][];
        for (int i = 0; i < order; i++)
        {
            Inverse[i] = new float[i + 1];
        }

        _sums = new double[order * _width];
        _totals = Sums(new byte[targets.Rows], 1);
        _all = new GramInverse(order);
        _others = new GramInverse(order);
        for (int c = 0; c < trees.Length; c++)
        {
            Enter(c, trees[c].Codes, leaves);
        }

        for (int c = 0; c < trees.Length; c++)
        {
            _all.Insert(BorderOf(_all, c, trees[c].Codes, leaves), _all, scope);
        }

        _squares = targets.SquaredError();
        _explained = Explained(_all.Solve(_sums, _width));
    }

    internal int Codebooks => _trees.Length;

    /// <summary>C·K.</summary>
    internal int Order => _all.Order;

    /// <summary>The codebook that is taken out.</summary>
    internal int Open { get; private set; }

    /// <summary>Its first row.</summary>
    internal int First => Open * _leaves;

    /// <summary>For each row and codebook the row of its leaf in the inverse; for the open codebook that of its bucket.</summary>
    internal ushort[] Places { get; }

    /// <summary>Since <see cref="StandIn"/>, for each bucket of the open codebook, how many of its rows have each leaf of the other codebooks; in the codebook's own place their number.</summary>
    internal int[][] Counts { get; private set; } = [];

    /// <summary>The part of all rows that has each leaf.</summary>
    internal double[] Shares { get; }

    /// <summary>The lower triangle of the inverse without the open codebook; with its buckets it is this + XᵀX.</summary>
    internal float[][] Inverse { get; }

    /// <summary>X: a row for each bucket.</summary>
    internal float[][] Border { get; private set; } = [];

    /// <summary>What the tables of the others and of the buckets, fitted together, leave of the targets.</summary>
    internal OutputTargets Residual { get; }

    /// <summary>The table of the buckets, [k · stride + component].</summary>
    internal float[] OpenTable { get; private set; } = [];

    /// <summary>Takes a codebook out.</summary>
    [MethodImpl(Compiled.Once)]
    internal void Take(int codebook)
    {
        Open = codebook;
        _all.Remove(First, _leaves, _others, _scope);
        _without = _others.Solve(_sums, _width);
        for (int i = 0; i < Order; i++)
        {
            ReadOnlySpan<double> row = _others.Row(i);
            float[] lower = Inverse[i];
            for (int k = 0; k < lower.Length; k++)
            {
                lower[k] = (float)row[k];
            }
        }
    }

    /// <summary>Lets buckets stand in for the codebook that is out.</summary>
    /// <param name="codes">The bucket of each row.</param>
    /// <param name="buckets">How many.</param>
    [MethodImpl(Compiled.Once)]
    internal void StandIn(byte[] codes, int buckets)
    {
        Enter(Open, codes, buckets);
        double[][] border = BorderOf(_others, Open, codes, buckets);
        Border = [.. border.Select(row => Array.ConvertAll(row, value => (float)value))];
        double[] tables = With(border);
        float[][] all = [.. Enumerable.Range(0, Codebooks).Select(c => Table(tables, c))];
        OpenTable = all[Open];
        int stride = _targets.Stride;
        _scope.Parallel((codes.Length + Block - 1) / Block, [MethodImpl(Compiled.Once)] (block) =>
        {
            // A block of rows stays in cache while all tables are taken from it.
            int first = block * Block;
            int rows = Math.Min(Block, codes.Length - first);
            _targets.Values.Slice(first * stride, rows * stride).CopyTo(Residual.Values[(first * stride)..]);
            for (int c = 0; c < all.Length; c++)
            {
                Residual.Add(first, (c == Open ? codes : _trees[c].Codes).AsSpan(first, rows), all[c], -1);
            }
        });
    }

    /// <summary>Puts a new tree in the open place if all tables then explain more, or where the old one must go; else the old one.</summary>
    /// <param name="tree">The new tree.</param>
    /// <param name="mustReplace">Whether the old one must go.</param>
    /// <param name="leastGain">By which part the squared error must fall.</param>
    internal bool PutBack(LearnedTree tree, bool mustReplace, double leastGain)
    {
        Enter(Open, tree.Codes, _leaves);
        double[][] border = BorderOf(_others, Open, tree.Codes, _leaves);
        double explained = Explained(With(border));
        if (!mustReplace && explained <= _explained + (leastGain * (_squares - _explained)))
        {
            Enter(Open, _trees[Open].Codes, _leaves);
            return false;
        }

        _trees[Open] = tree;
        _explained = explained;
        _others.Insert(border, _all, _scope);
        return true;
    }

    /// <summary>The tables of all trees, each centred over the rows.</summary>
    internal float[][] Tables()
    {
        double[] tables = _all.Solve(_sums, _width);
        return [.. Enumerable.Range(0, Codebooks).Select(c => Table(tables, c))];
    }

    [MethodImpl(Compiled.Once)]
    private float[] Table(double[] tables, int codebook)
    {
        float[] table = new float[_leaves * _width];
        int first = codebook * _leaves;
        for (int j = 0; j < _targets.Components; j++)
        {
            double mean = 0;
            for (int k = first; k < first + _leaves; k++)
            {
                mean += Shares[k] * tables[(k * _width) + j];
            }

            for (int k = 0; k < _leaves; k++)
            {
                table[(k * _width) + j] = (float)(tables[((first + k) * _width) + j] - mean);
            }
        }

        return table;
    }

    /// <summary>Enters the codes of a codebook.</summary>
    [MethodImpl(Compiled.Once)]
    private void Enter(int codebook, byte[] codes, int buckets)
    {
        int first = codebook * _leaves;
        int[] rows = new int[buckets];
        for (int n = 0; n < codes.Length; n++)
        {
            rows[codes[n]]++;
            Places[(n * Codebooks) + codebook] = (ushort)(first + codes[n]);
        }

        double[] sums = Sums(codes, buckets);
        _sums.AsSpan(first * _width, _leaves * _width).Clear();
        Shares.AsSpan(first, _leaves).Clear();
        for (int b = 0; b < buckets; b++)
        {
            Shares[first + b] = rows[b] / (double)codes.Length;
            for (int j = 0; j < _targets.Components; j++)
            {
                _sums[((first + b) * _width) + j] = sums[(b * _width) + j] - (Shares[first + b] * _totals[j]);
            }
        }
    }

    /// <summary>The sums of the targets of each bucket.</summary>
    private double[] Sums(byte[] codes, int buckets)
    {
        float[] sums = new float[buckets * _width];
        OutputSplits.Sum(codes, _targets, sums);
        return Array.ConvertAll(sums, sum => (double)sum);
    }

    /// <summary>What a codebook that is out of an inverse adds to it, see <see cref="GramInverse.Border"/>.</summary>
    [MethodImpl(Compiled.Once)]
    private double[][] BorderOf(GramInverse inverse, int codebook, byte[] codes, int buckets)
    {
        int first = codebook * _leaves;
        Counts = Count(codes, buckets);
        TreePenalty penalty = TreePenalty.OfNodes(buckets, _ridge);
        double[][] others = new double[buckets][];
        double[][] own = new double[buckets][];
        for (int b = 0; b < buckets; b++)
        {
            double rows = Counts[b][first + b];
            others[b] = new double[Order];
            for (int k = 0; k < Order; k++)
            {
                others[b][k] = k >= first && k < first + _leaves ? 0 : Counts[b][k] - (rows * Shares[k]);
            }

            // A constant in all entries of a table changes nothing, as indicators are centred: a penalty on it keeps the matrix well conditioned and does no harm.
            own[b] = new double[buckets];
            for (int i = 0; i <= b; i++)
            {
                own[b][i] = penalty[b, i] - (rows * Shares[first + i]) + ((double)codes.Length / (_leaves * _leaves)) + (i == b ? rows : 0);
            }
        }

        return inverse.Border(first, others, own, _scope);
    }

    /// <summary>For each bucket, how many of its rows have each leaf.</summary>
    [MethodImpl(Compiled.Once)]
    private int[][] Count(byte[] codes, int buckets)
    {
        const int Large = 16 * Block;
        int blocks = (codes.Length + Large - 1) / Large;
        int[][][] counts = new int[blocks][][];
        _scope.Parallel(blocks, [MethodImpl(Compiled.Once)] (block) =>
        {
            int[][] own = [.. Enumerable.Range(0, buckets).Select(_ => new int[Order])];
            for (int n = block * Large; n < Math.Min(codes.Length, (block + 1) * Large); n++)
            {
                int[] bucket = own[codes[n]];
                foreach (ushort place in Places.AsSpan(n * Codebooks, Codebooks))
                {
                    bucket[place]++;
                }
            }

            counts[block] = own;
        });
        foreach (int[][] other in counts.AsSpan(1))
        {
            for (int b = 0; b < buckets; b++)
            {
                for (int k = 0; k < Order; k++)
                {
                    counts[0][b][k] += other[b][k];
                }
            }
        }

        return counts[0];
    }

    /// <summary>All tables where a border is added: J·S + Xᵀ·X·S.</summary>
    [MethodImpl(Compiled.Once)]
    private double[] With(double[][] border)
    {
        double[] tables = [.. _without];
        double[] products = new double[_width];
        foreach (double[] row in border)
        {
            Array.Clear(products);
            for (int k = 0; k < row.Length; k++)
            {
                for (int j = 0; j < _width; j++)
                {
                    products[j] += row[k] * _sums[(k * _width) + j];
                }
            }

            for (int k = 0; k < row.Length; k++)
            {
                for (int j = 0; j < _width; j++)
                {
                    tables[(k * _width) + j] += row[k] * products[j];
                }
            }
        }

        return tables;
    }

    /// <summary>(GᵀY)ᵀ·J·GᵀY: by how much tables fitted together lower the squared error and its penalty.</summary>
    [MethodImpl(Compiled.Once)]
    private double Explained(double[] tables)
    {
        double sum = 0;
        for (int i = 0; i < tables.Length; i++)
        {
            sum += tables[i] * _sums[i];
        }

        return sum;
    }
}
