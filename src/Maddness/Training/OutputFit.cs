using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// Trees and tables that serve the outputs, while they are learned: one tree for each range of columns, fitted to the range's part of the product; or
/// passes that learn each tree, over all columns allowed, against what the other codebooks leave.
/// </summary>
internal sealed class OutputFit
{
    /// <summary>Columns that a pass searches below the root at least, see <see cref="OutputRecipe.Shortlist"/>.</summary>
    private const int MinShortlist = 128;

    /// <summary>By which part a tree of a joint round must lower the squared error to replace the one there was.</summary>
    private const double LeastJointGain = 1e-4;

    private readonly TrainingRows _data;
    private readonly OutputComponents _components;
    private readonly OutputTargets _residual;
    private readonly OutputTreeBuilder _builder;
    private readonly JointTreeBuilder _joint;
    private readonly OutputRecipe _recipe;
    private readonly TrainingScope _scope;
    private readonly float _scale;
    private readonly int _leaves;

    /// <param name="data">The training rows.</param>
    /// <param name="binned">Their columns in bins.</param>
    /// <param name="components">What the trees are fitted to.</param>
    /// <param name="options">Codebooks, leaves and recipe.</param>
    /// <param name="scope">Threads, cancellation, progress.</param>
    [MethodImpl(Compiled.Once)]
    internal OutputFit(TrainingRows data, BinnedColumns binned, OutputComponents components, TrainingOptions options, TrainingScope scope)
    {
        _data = data;
        _components = components;
        _recipe = options.Recipe;
        _scope = scope;
        _leaves = options.Leaves;
        float[] products = components.Project(data, 0, data.Columns);
        _scale = OutputComponents.Scale(products);
        _residual = components.Targets(products, _scale);
        int minRows = Math.Max(2, Math.Min(data.Rows / 200, _recipe.MinRows) * 256 / (_leaves * _leaves));
        _builder = new OutputTreeBuilder(data, binned, _residual.Vectors, options.Levels, minRows, scope);
        _joint = new JointTreeBuilder(data, binned, _builder, options, scope);
        Trees = new LearnedTree[options.Codebooks];
        Tables = new float[options.Codebooks][];
        for (int c = 0; c < Trees.Length; c++)
        {
            float[] thresholds = new float[_leaves];
            thresholds.AsSpan(1).Fill(Threshold.Unsplit(data.ElementType));
            Trees[c] = new LearnedTree(new int[options.Levels], thresholds, new byte[data.Rows]);
            Tables[c] = new float[_leaves * _residual.Stride];
        }

        LineGains = new double[CacheLines.Count(data.Columns)];
    }

    private OutputFit(OutputFit other)
    {
        _data = other._data;
        _components = other._components;
        _residual = other._residual.Copy();
        _builder = other._builder;
        _joint = other._joint;
        _recipe = other._recipe;
        _scope = other._scope;
        _scale = other._scale;
        _leaves = other._leaves;
        Trees = [.. other.Trees.Select(t => new LearnedTree([.. t.Columns], [.. t.Thresholds], [.. t.Codes]))];
        Tables = [.. other.Tables.Select(t => (float[])[.. t])];
        LineGains = [.. other.LineGains];
    }

    internal LearnedTree[] Trees { get; }

    /// <summary>The table of each codebook, scaled: [k · stride + component].</summary>
    internal float[][] Tables { get; }

    /// <summary>What the splits that the last pass or round tried gained by columns of each group of 16.</summary>
    internal double[] LineGains { get; }

    /// <summary>What is left of the targets, squared and summed.</summary>
    internal double SquaredError => _residual.SquaredError();

    /// <summary>The power of two that the targets are scaled by; 0 if there is nothing to fit.</summary>
    internal float Scale => _scale;

    /// <summary>A copy of the targets where nothing is learned yet, of what is left of them later.</summary>
    internal OutputTargets CopyTargets() => _residual.Copy();

    internal OutputFit Fork() => new(this);

    /// <summary>Learns each tree from its range's part of the product alone: codebooks do not depend on each other, so this is hard to over-fit. Of more trees than columns, the first ones.</summary>
    /// <param name="lines">Where not null, trees test any columns of these groups of 16 instead of those of their range.</param>
    [MethodImpl(Compiled.Once)]
    internal void RangeStart(int[]? lines)
    {
        int[][] ranges = SubspacePartition.Ranges(_data.Columns, Trees.Length);
        _scope.For(TrainingStage.LearningTrees, ranges.Length, [MethodImpl(Compiled.Once)] (c) =>
        {
            OutputTargets part = _components.Targets(_components.Project(_data, ranges[c][0], ranges[c].Length), _scale);
            int[] columns = lines is null ? ranges[c] : CacheLines.Columns(lines, _data.Columns);
            Trees[c] = _builder.Build(part, _builder.Shortlist(part, columns, columns.Length), []);
            OutputTreeBuilder.LeafMeans(Trees[c].Codes, part, _leaves, 0, Tables[c]);
        });
        for (int c = 0; c < ranges.Length; c++)
        {
            _residual.Add(Trees[c].Codes, Tables[c], -1);
        }
    }

    /// <summary>Learns the trees beyond one for each column, if there are any; their tables stay empty.</summary>
    /// <param name="weights">How much an error in each column counts, see <see cref="ColumnWeights"/>.</param>
    internal void AddFinerTrees(double[] weights) => new FinerTrees(_data, weights, int.Log2(_leaves), _scope).Add(Trees);

    /// <summary>Improves every tree against what the others leave, or learns it anew if that is better; then all tables together.</summary>
    /// <param name="columns">The columns allowed.</param>
    /// <param name="rate">How much of the other codebooks' prediction is taken from the targets.</param>
    [MethodImpl(Compiled.Once)]
    internal void Pass(int[] columns, float rate)
    {
        Array.Clear(LineGains);
        AddAll(1 - rate);

        // With two vectors a column costs twice as much, and half as many did as well.
        int shortlist = Math.Max(MinShortlist, (int)(_recipe.Shortlist * columns.Length)) / _residual.Vectors;
        for (int c = 0; c < Trees.Length; c++)
        {
            _residual.Add(Trees[c].Codes, Tables[c], rate);
            OutputTreeBuilder.Roots candidates = _builder.Shortlist(_residual, columns, shortlist);
            bool isNew = Array.TrueForAll(Tables[c], v => v == 0);
            bool isAllowed = IsWithin(Trees[c], columns);
            double explained = isNew || !isAllowed ? double.NegativeInfinity : Improve(Trees[c], Tables[c], candidates.Columns);
            LearnedTree tree = _builder.Build(_residual, candidates, LineGains);
            float[] table = new float[Tables[c].Length];
            if (Improve(tree, table, candidates.Columns) > explained)
            {
                Trees[c] = tree;
                Tables[c] = table;
            }

            _residual.Add(Trees[c].Codes, Tables[c], -rate);
            _scope.Report(TrainingStage.LearningTrees, c + 1, Trees.Length);
        }

        AddAll(rate - 1);
        FitTables();
    }

    /// <summary>Learns every tree anew by what it gains with all tables fitted together, see <see cref="JointTreeBuilder"/>.</summary>
    /// <param name="columns">The columns allowed.</param>
    /// <returns>Whether anything changed.</returns>
    [MethodImpl(Compiled.Once)]
    internal bool Round(int[] columns)
    {
        Array.Clear(LineGains);
        AddAll(1);
        JointFit fit = new(_residual, Trees, _leaves, _recipe.Ridge, _scope);
        bool changed = false;
        for (int c = 0; c < Trees.Length; c++)
        {
            fit.Take(c);
            changed |= fit.PutBack(_joint.Build(fit, columns, LineGains), !IsWithin(Trees[c], columns), LeastJointGain);
            _scope.Report(TrainingStage.LearningTrees, c + 1, Trees.Length);
        }

        fit.Tables().CopyTo(Tables, 0);
        AddAll(-1);
        return changed;
    }

    private static bool IsWithin(LearnedTree tree, int[] columns) => Array.TrueForAll(tree.Columns, j => Array.BinarySearch(columns, j) >= 0);

    /// <summary>Takes other targets: the trees stay, tables are empty until they are fitted.</summary>
    [MethodImpl(Compiled.Once)]
    internal void Retarget(OutputTargets targets)
    {
        targets.Values.CopyTo(_residual.Values);
        foreach (float[] table in Tables)
        {
            Array.Clear(table);
        }
    }

    /// <summary>Moves all thresholds together (see <see cref="SoftSplits"/>), then fits all tables; nothing where the recipe has no epochs.</summary>
    /// <param name="logits">Where the targets are a classifier's logits, these; else null.</param>
    /// <param name="seed">Of the order of the rows.</param>
    internal void Soften(LogitTargets? logits, ulong seed)
    {
        int epochs = _recipe.SoftEpochsOf(Trees.Length);
        if (epochs == 0)
        {
            return;
        }

        AddAll(1);
        new SoftSplits(_data, Trees, Tables, _residual, logits, _scope).Optimize(epochs, seed);
        AddAll(-1);
        FitTables();
    }

    /// <summary>The tables in the outputs themselves, for centred rows: row-major [c·K + k][m].</summary>
    [MethodImpl(Compiled.Once)]
    internal double[] OutputTables(int outputs)
    {
        int stride = _residual.Stride;
        int components = _residual.Components;
        double[]? basis = _components.Basis;
        double[] tables = new double[checked(Trees.Length * _leaves * outputs)];
        for (int r = 0; r < Trees.Length * _leaves; r++)
        {
            ReadOnlySpan<float> entry = Tables[r / _leaves].AsSpan(r % _leaves * stride, components);
            for (int m = 0; m < outputs; m++)
            {
                double value = basis is null ? entry[m] : 0;
                for (int p = 0; basis is not null && p < components; p++)
                {
                    value += entry[p] * basis[(m * components) + p];
                }

                tables[(r * outputs) + m] = _scale == 0 ? 0 : value / _scale;
            }
        }

        return tables;
    }

    /// <summary>The joint ridge regression of all tables, shrinking towards what they are.</summary>
    [MethodImpl(Compiled.Once)]
    internal void FitTables()
    {
        int components = _residual.Components;
        int stride = _residual.Stride;
        double[] corrections = new double[Trees.Length * _leaves * components];
        RidgeFitter.Fit(LearnedTrees.Of(Trees, _leaves), new TargetResiduals(_residual), corrections, TreePenalty.OfNodes(_leaves, _recipe.Ridge), _scope);
        for (int c = 0; c < Trees.Length; c++)
        {
            float[] change = new float[Tables[c].Length];
            for (int k = 0; k < _leaves; k++)
            {
                for (int j = 0; j < components; j++)
                {
                    int place = (k * stride) + j;
                    change[place] = (float)corrections[(((c * _leaves) + k) * components) + j];
                    Tables[c][place] += change[place];
                }
            }

            _residual.Add(Trees[c].Codes, change, -1);
        }
    }

    [MethodImpl(Compiled.Once)]
    private void AddAll(float factor)
    {
        for (int c = 0; c < Trees.Length && factor != 0; c++)
        {
            _residual.Add(Trees[c].Codes, Tables[c], factor);
        }
    }

    /// <summary>Fits the leaves and improves the splits; returns how much of the squared targets the leaves then take away.</summary>
    [MethodImpl(Compiled.Once)]
    private double Improve(LearnedTree tree, float[] table, int[] columns)
    {
        OutputTreeBuilder.LeafMeans(tree.Codes, _residual, _leaves, _recipe.Shrinkage, table);
        for (int i = 0; i < _recipe.Sweeps && _builder.Refine(tree, _residual, table, columns, _recipe.Shrinkage); i++)
        {
            _scope.Cancellation.ThrowIfCancellationRequested();
        }

        int stride = _residual.Stride;
        float[] sums = new float[table.Length];
        OutputSplits.Sum(tree.Codes, _residual, sums);
        double explained = 0;
        for (int k = 0; k < _leaves; k++)
        {
            double rows = sums[(k * stride) + stride - 1];
            for (int j = 0; j < _residual.Components; j++)
            {
                double entry = table[(k * stride) + j];
                explained += ((2 * sums[(k * stride) + j]) - (rows * entry)) * entry;
            }
        }

        return explained;
    }
}
