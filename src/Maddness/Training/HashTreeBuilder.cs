using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// Learns the hash tree of one codebook, level by level, so that buckets hold rows alike in the codebook's columns (paper §4.1, Algorithm 1).
/// </summary>
internal sealed class HashTreeBuilder
{
    private readonly TrainingRows _data;
    private readonly int[] _columns;
    private readonly int _levels;
    private readonly int _candidates;
    private readonly CancellationToken _cancellation;
    private readonly SortedColumns _sorted;
    private readonly BucketStatistics _statistics;
    private readonly SplitSearch _search;
    private readonly byte[] _codes;
    private readonly double[] _columnLosses;
    private readonly int[] _ranking;
    private readonly float[] _trial;
    private readonly float[] _best;

    private HashTreeBuilder(TrainingRows data, int[] columns, double[]? weights, int levels, int? candidateColumns, CancellationToken cancellation)
    {
        _data = data;
        _columns = columns;
        _levels = levels;
        _candidates = Math.Min(candidateColumns ?? columns.Length, columns.Length);
        _cancellation = cancellation;
        _sorted = new SortedColumns(data, columns, 1 << levels, cancellation);
        RangeBlock block = new(data, columns, weights);
        _statistics = new BucketStatistics(block, 1 << levels);
        _search = new SplitSearch(block, _sorted, _statistics, data.ElementType);
        _codes = new byte[data.Rows];
        _columnLosses = new double[columns.Length];
        _ranking = new int[columns.Length];
        _trial = new float[1 << levels];
        _best = new float[1 << levels];
    }

    /// <param name="data">The training rows.</param>
    /// <param name="columns">The codebook's columns.</param>
    /// <param name="weights">A weight for each column of A; null for equal ones.</param>
    /// <param name="levels">T.</param>
    /// <param name="candidateColumns">Columns tried per level; null for all.</param>
    /// <param name="cancellation">Looked at between columns.</param>
    internal static LearnedTree Build(TrainingRows data, int[] columns, double[]? weights, int levels, int? candidateColumns, CancellationToken cancellation) =>
        new HashTreeBuilder(data, columns, weights, levels, candidateColumns, cancellation).Build();

    [MethodImpl(Compiled.Once)]
    private LearnedTree Build()
    {
        int[] treeColumns = new int[_levels];
        float[] thresholds = new float[1 << _levels];
        for (int level = 0; level < _levels; level++)
        {
            int buckets = 1 << level;
            _statistics.Update(_codes, buckets);
            int column = BestColumn(buckets);
            treeColumns[level] = _columns[column];
            _best.AsSpan(0, buckets).CopyTo(thresholds.AsSpan(buckets));
            _data.Split(treeColumns[level], _best, _codes);
            if (level + 1 < _levels)
            {
                _sorted.Split(_codes, buckets);
            }
        }

        return new LearnedTree(treeColumns, thresholds, _codes);
    }

    /// <summary>The column whose best splits of all buckets leave the least error; the lowest one wins ties. Its thresholds stay in <see cref="_best"/>.</summary>
    [MethodImpl(Compiled.Once)]
    private int BestColumn(int buckets)
    {
        RankColumns(buckets);
        double bestLoss = double.PositiveInfinity;
        int bestColumn = int.MaxValue;
        for (int i = 0; i < _candidates; i++)
        {
            _cancellation.ThrowIfCancellationRequested();
            int column = _ranking[i];
            double loss = 0;
            for (int b = 0; b < buckets && loss <= bestLoss; b++)
            {
                // Rounding can leave a pure bucket a hair below zero, and an early stop must never be too early.
                loss += Math.Max(0, _search.Loss(column, b, out _trial[b]));
            }

            if (loss < bestLoss || (loss == bestLoss && column < bestColumn))
            {
                bestLoss = loss;
                bestColumn = column;
                _trial.AsSpan(0, buckets).CopyTo(_best);
            }
        }

        return bestColumn;
    }

    /// <summary>Columns by falling squared error within the buckets, the lowest first among equals.</summary>
    [MethodImpl(Compiled.Once)]
    private void RankColumns(int buckets)
    {
        for (int j = 0; j < _ranking.Length; j++)
        {
            _ranking[j] = j;
            _columnLosses[j] = _statistics.ColumnLoss(j, buckets);
        }

        _ranking.AsSpan().Sort((a, b) => _columnLosses[a] != _columnLosses[b] ? _columnLosses[b].CompareTo(_columnLosses[a]) : a.CompareTo(b));
    }
}
