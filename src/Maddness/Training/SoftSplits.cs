using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// Moves the thresholds of all trees and their tables together, down the gradient of the squared error, or of a classifier's cross-entropy, with soft splits: a row whose value is near a threshold goes to both sides in
/// part. Passes change one tree at a time, against tables that stand, and end where no single change pays; and thresholds that fit single rows, as those of a search do, fit other rows
/// less. Values are ranks among the training rows, so that one band serves every column. Columns stay what they are.
/// </summary>
internal sealed class SoftSplits
{
    /// <summary>Rows that are descended on at most, one of each so many.</summary>
    private const int MaxRows = 16_384;

    /// <summary>Rows of a step.</summary>
    private const int Batch = 256;

    /// <summary>The part of all rows that a soft split sends to both sides, at first and in the end.</summary>
    private const float FirstBand = 0.1f;

    private const float LastBand = 0.05f;

    /// <summary>The first step of a threshold, as a part of all rows; steps shrink to nothing.</summary>
    private const float ThresholdRate = 0.006f;

    /// <summary>That of a table entry, as a part of the root of the tables' mean square.</summary>
    private const float TableRate = 0.01f;

    private const int Lanes = OutputTargets.Lanes;

    private readonly TrainingRows _data;
    private readonly LearnedTree[] _trees;
    private readonly OutputTargets _targets;
    private readonly LogitTargets? _logits;
    private readonly TrainingScope _scope;
    private readonly int[] _sampled;
    private readonly int _rows;
    private readonly int _levels;
    private readonly int _leaves;

    /// <summary>[row][codebook][level]: how many rows have a smaller value, and how many one no larger, together.</summary>
    private readonly ushort[] _ranks;

    /// <summary>The values of each level's column, ascending.</summary>
    private readonly float[][] _sorted;

    /// <summary>The thresholds [codebook][node], as parts of all rows; those of nodes that are not split stay.</summary>
    private readonly float[] _places;
    private readonly bool[] _isSplit;
    private readonly float[] _tables;
    private readonly float[] _tableGradient;
    private readonly float[] _placeGradient;

    // A row's way down all trees. At [codebook][level][i], i < _counts: a node that the row reaches in part, this part, and for a soft split how much goes right and how steeply that falls
    // as the threshold grows (0 for a hard one); the first of its children is at _children in the next level.
    private readonly int[] _counts;
    private readonly int[] _nodes;
    private readonly int[] _children;
    private readonly float[] _parts;
    private readonly float[] _rights;
    private readonly float[] _slopes;
    private float[] _errors;
    private float[] _nextErrors;

    /// <param name="data">The training rows.</param>
    /// <param name="trees">The trees.</param>
    /// <param name="tables">Their tables, [k · stride + component].</param>
    /// <param name="targets">What the sums of table entries should be.</param>
    /// <param name="logits">The same of a classifier's logits: the descent is then on the cross-entropy. Null for the squared error.</param>
    /// <param name="scope">Threads, cancellation.</param>
    internal SoftSplits(TrainingRows data, LearnedTree[] trees, float[][] tables, OutputTargets targets, LogitTargets? logits, TrainingScope scope)
    {
        _data = data;
        _trees = trees;
        _targets = targets;
        _logits = logits;
        _scope = scope;
        _sampled = RowSample.Of(data.Values, data.Columns, (data.Rows + MaxRows - 1) / MaxRows);
        _rows = _sampled.Length;
        _leaves = trees[0].Thresholds.Length;
        _levels = trees[0].Columns.Length;
        _tables = [.. tables.SelectMany(t => t)];
        _tableGradient = new float[_tables.Length];
        _places = new float[trees.Length * _leaves];
        _placeGradient = new float[_places.Length];
        _isSplit = new bool[_places.Length];
        _sorted = new float[trees.Length * _levels][];
        _ranks = new ushort[checked(_rows * _sorted.Length)];
        scope.Parallel(_sorted.Length, Rank);

        _counts = new int[trees.Length * (_levels + 1)];
        _nodes = new int[_counts.Length * _leaves];
        _children = new int[_nodes.Length];
        _parts = new float[_nodes.Length];
        _rights = new float[_nodes.Length];
        _slopes = new float[_nodes.Length];
        _errors = new float[_leaves];
        _nextErrors = new float[_leaves];
    }

    /// <summary>The gradient descent, with Adam's steps; then the trees have the new thresholds and codes. Tables are to be fitted anew.</summary>
    /// <param name="epochs">How often each row is seen.</param>
    /// <param name="seed">Of the order of the rows.</param>
    [MethodImpl(Compiled.Once)]
    internal void Optimize(int epochs, ulong seed)
    {
        double squares = 0;
        foreach (float entry in _tables)
        {
            squares += (double)entry * entry;
        }

        float tableRate = TableRate * (float)Math.Sqrt(squares / (_trees.Length * _leaves * _targets.Components));
        SeededRandom random = new(seed);
        AdamSteps tableSteps = new(_tables.Length), placeSteps = new(_places.Length);
        int[] order = [.. Enumerable.Range(0, _rows)];
        int batches = (_rows + Batch - 1) / Batch;
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            for (int i = _rows - 1; i > 0; i--)
            {
                int other = random.Below(i + 1);
                (order[i], order[other]) = (order[other], order[i]);
            }

            for (int batch = 0; batch < batches; batch++)
            {
                _scope.Cancellation.ThrowIfCancellationRequested();
                float rest = 1 - (((epoch * batches) + batch) / (float)(epochs * batches));
                float band = LastBand + ((FirstBand - LastBand) * rest);
                Array.Clear(_tableGradient);
                Array.Clear(_placeGradient);
                foreach (int row in order.AsSpan(batch * Batch, Math.Min(Batch, _rows - (batch * Batch))))
                {
                    AddGradient(row, band);
                }

                tableSteps.Take(_tables, _tableGradient, tableRate * rest);
                placeSteps.Take(_places, _placeGradient, ThresholdRate * rest);
            }
        }

        Harden();
    }

    [MethodImpl(Compiled.Once)]
    private void Rank(int level)
    {
        LearnedTree tree = _trees[level / _levels];
        int column = tree.Columns[level % _levels];
        float[] sorted = new float[_rows];
        int[] order = new int[_rows];
        for (int i = 0; i < _rows; i++)
        {
            sorted[i] = _data.Values[(_sampled[i] * _data.Columns) + column];
            order[i] = i;
        }

        // Rows of equal values get equal ranks, so their order among themselves does not matter.
        Array.Sort(sorted, order);
        for (int first = 0; first < _rows;)
        {
            int end = End(sorted, first);
            for (int i = first; i < end; i++)
            {
                _ranks[(order[i] * _sorted.Length) + level] = (ushort)(first + end);
            }

            first = end;
        }

        _sorted[level] = sorted;
        for (int node = 1 << (level % _levels); node < 2 << (level % _levels); node++)
        {
            int place = (level / _levels * _leaves) + node;
            int left = 0;
            while (left < _rows && sorted[left] <= tree.Thresholds[node])
            {
                left++;
            }

            _places[place] = left / (float)_rows;
            _isSplit[place] = left < _rows;
        }
    }

    /// <summary>The end of a run of equal values.</summary>
    [MethodImpl(Compiled.Once)]
    private static int End(float[] sorted, int first)
    {
        int end = first + 1;
        while (end < sorted.Length && sorted[end] == sorted[first])
        {
            end++;
        }

        return end;
    }

    [MethodImpl(Compiled.Once)]
    private void AddGradient(int row, float band)
    {
        int stride = _targets.Stride;
        int from = _sampled[row] * stride;

        // What is left of the row's targets; nothing in the place of the count.
        Vector512<float> mask = Vector512.WithElement(Vector512<float>.One, Lanes - 1, 0f);
        bool isWide = stride > Lanes;
        Vector512<float> first = Vector512.LoadUnsafe(ref _targets.Values[from]);
        Vector512<float> second = isWide ? Vector512.LoadUnsafe(ref _targets.Values[from + Lanes]) * mask : default;
        first = isWide ? first : first * mask;
        Vector512<float> exact = first;
        for (int c = 0; c < _trees.Length; c++)
        {
            int last = Walk(row, c, band);
            for (int i = last; i < last + _counts[(c * (_levels + 1)) + _levels]; i++)
            {
                int entry = ((c * _leaves) + _nodes[i] - _leaves) * stride;
                Vector512<float> part = Vector512.Create(_parts[i]);
                first -= part * Vector512.LoadUnsafe(ref _tables[entry]);
                if (isWide)
                {
                    second -= part * Vector512.LoadUnsafe(ref _tables[entry + Lanes]);
                }
            }
        }

        if (_logits is not null)
        {
            first = _logits.NegativeGradient(exact, first);
        }

        for (int c = 0; c < _trees.Length; c++)
        {
            int last = ((c * (_levels + 1)) + _levels) * _leaves;
            int reached = _counts[(c * (_levels + 1)) + _levels];
            for (int i = 0; i < reached; i++)
            {
                int entry = ((c * _leaves) + _nodes[last + i] - _leaves) * stride;
                Vector512<float> part = Vector512.Create(_parts[last + i]);
                ref float gradient = ref _tableGradient[entry];
                (Vector512.LoadUnsafe(ref gradient) - (part * first)).StoreUnsafe(ref gradient);
                Vector512<float> products = first * Vector512.LoadUnsafe(ref _tables[entry]);
                if (isWide)
                {
                    gradient = ref _tableGradient[entry + Lanes];
                    (Vector512.LoadUnsafe(ref gradient) - (part * second)).StoreUnsafe(ref gradient);
                    products += second * Vector512.LoadUnsafe(ref _tables[entry + Lanes]);
                }

                _errors[i] = reached > 1 ? -VectorSums.Sum(products) : 0;
            }

            if (reached > 1)
            {
                AddPlaceGradient(c);
            }
        }
    }

    /// <summary>Finds the nodes of a tree that a row reaches; returns where its leaves begin.</summary>
    [MethodImpl(Compiled.Once)]
    private int Walk(int row, int codebook, float band)
    {
        int place = codebook * (_levels + 1);
        _nodes[place * _leaves] = 1;
        _parts[place * _leaves] = 1;
        _counts[place] = 1;
        for (int level = 0; level < _levels; level++, place++)
        {
            float rank = _ranks[(row * _sorted.Length) + (codebook * _levels) + level] / (2f * _rows);
            int next = (place + 1) * _leaves;
            int end = (place * _leaves) + _counts[place];
            for (int i = place * _leaves; i < end; i++)
            {
                int node = _nodes[i];
                float part = _parts[i];
                float x = ((rank - _places[(codebook * _leaves) + node]) / band) + 0.5f;
                _children[i] = next - ((place + 1) * _leaves);
                _slopes[i] = 0;
                if (x <= 0 || x >= 1)
                {
                    _nodes[next] = (2 * node) + (x > 0 ? 1 : 0);
                    _parts[next++] = part;
                    continue;
                }

                // A cubic from 0 to 1, flat at both ends.
                float right = x * x * (3 - (2 * x));
                _rights[i] = right;
                _slopes[i] = 6 * x * (1 - x) / band;
                _nodes[next] = 2 * node;
                _parts[next++] = part * (1 - right);
                _nodes[next] = (2 * node) + 1;
                _parts[next++] = part * right;
            }

            _counts[place + 1] = next - ((place + 1) * _leaves);
        }

        return place * _leaves;
    }

    /// <summary>From the derivatives of the leaves' parts to those of the thresholds, level by level upwards.</summary>
    [MethodImpl(Compiled.Once)]
    private void AddPlaceGradient(int codebook)
    {
        for (int level = _levels - 1; level >= 0; level--)
        {
            int place = (codebook * (_levels + 1)) + level;
            for (int i = 0; i < _counts[place]; i++)
            {
                int at = (place * _leaves) + i;
                int child = _children[at];
                float error = _errors[child];
                if (_slopes[at] > 0)
                {
                    float difference = _errors[child + 1] - error;
                    error += _rights[at] * difference;
                    int node = (codebook * _leaves) + _nodes[at];
                    _placeGradient[node] -= _isSplit[node] ? _parts[at] * _slopes[at] * difference : 0;
                }

                _nextErrors[i] = error;
            }

            (_errors, _nextErrors) = (_nextErrors, _errors);
        }
    }

    [MethodImpl(Compiled.Once)]
    private void Harden()
    {
        _scope.Parallel(_trees.Length, [MethodImpl(Compiled.Once)] (c) =>
        {
            LearnedTree tree = _trees[c];
            for (int node = 1; node < _leaves; node++)
            {
                int place = (c * _leaves) + node;
                tree.Thresholds[node] = _isSplit[place] ? ThresholdAt(_sorted[(c * _levels) + int.Log2(node)], _places[place]) : tree.Thresholds[node];
            }

            tree.Encode(_data).CopyTo(tree.Codes, 0);
        });
    }

    /// <summary>The threshold between the values whose ranks are below a place and the others; at least the smallest value stays on the left.</summary>
    [MethodImpl(Compiled.Once)]
    private float ThresholdAt(float[] sorted, float place)
    {
        for (int first = End(sorted, 0); first < sorted.Length;)
        {
            int end = End(sorted, first);
            if ((first + end) / (2f * sorted.Length) > place)
            {
                return Threshold.Between(sorted[first - 1], sorted[first], _data.ElementType);
            }

            first = end;
        }

        return Threshold.Unsplit(_data.ElementType);
    }
}
