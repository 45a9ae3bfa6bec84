using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Model;

namespace Maddness.Training;

/// <summary>The trees of all codebooks, the codes of the training rows, and the means of the buckets in each codebook's range: G and P0 of paper §4.2.</summary>
internal sealed class LearnedTrees
{
    private LearnedTrees(int[] rangeStarts, int leaves, LearnedTree[] trees, int[] counts, double[] means)
    {
        RangeStarts = rangeStarts;
        Leaves = leaves;
        Trees = trees;
        Counts = counts;
        Means = means;
    }

    /// <summary>C + 1 first columns.</summary>
    internal int[] RangeStarts { get; }

    /// <summary>K.</summary>
    internal int Leaves { get; }

    /// <summary>C.</summary>
    internal int Codebooks => Trees.Length;

    internal LearnedTree[] Trees { get; }

    /// <summary>What the trees were learned for: the output, or the reconstruction.</summary>
    internal Objective Objective { get; private init; } = Objective.Output;

    /// <summary>The codes of the training rows, codebook by codebook.</summary>
    internal byte[][] Codes => [.. Trees.Select(t => t.Codes)];

    /// <summary>Training rows in each leaf, at [c·K + k].</summary>
    internal int[] Counts { get; }

    /// <summary>Bucket means: codebook after codebook, each [k][column of the range], as in <see cref="Prototypes"/>.</summary>
    internal double[] Means { get; }

    /// <param name="data">The training rows.</param>
    /// <param name="weights">A weight for each column, see <see cref="ColumnWeights"/>; null for equal ones.</param>
    /// <param name="options">Codebooks, leaves and candidates.</param>
    /// <param name="scope">Threads, cancellation, progress.</param>
    internal static LearnedTrees Learn(TrainingRows data, double[]? weights, TrainingOptions options, TrainingScope scope)
    {
        int[] starts = SubspacePartition.RangeStarts(data.Columns, options.Codebooks);
        LearnedTree[] trees = new LearnedTree[options.Codebooks];
        scope.For(TrainingStage.LearningTrees, trees.Length, c =>
            trees[c] = HashTreeBuilder.Build(data, starts[c], starts[c + 1] - starts[c], weights, options.Levels, options.CandidateColumns, scope.Cancellation));
        return WithMeans(data, trees, options.Leaves, Objective.Reconstruction, scope);
    }

    /// <summary>Trees that are not bound to ranges of columns, and so without means.</summary>
    [MethodImpl(Compiled.Once)]
    internal static LearnedTrees Of(LearnedTree[] trees, int leaves)
    {
        int[] counts = new int[checked(trees.Length * leaves)];
        for (int c = 0; c < trees.Length; c++)
        {
            foreach (byte code in trees[c].Codes)
            {
                counts[(c * leaves) + code]++;
            }
        }

        return new LearnedTrees([], leaves, trees, counts, []);
    }

    /// <summary>Trees that each stand for a range of columns, whichever columns they test.</summary>
    internal static LearnedTrees WithMeans(TrainingRows data, LearnedTree[] trees, int leaves, Objective objective, TrainingScope scope)
    {
        int[] starts = SubspacePartition.RangeStarts(data.Columns, trees.Length);
        int[] counts = new int[checked(trees.Length * leaves)];
        double[] means = new double[checked(leaves * data.Columns)];
        scope.Parallel(trees.Length, c =>
        {
            int width = starts[c + 1] - starts[c];
            BucketMeans.Compute(data, starts[c], width, trees[c].Codes, counts.AsSpan(c * leaves, leaves), means.AsSpan(leaves * starts[c], leaves * width));
        });
        return new LearnedTrees(starts, leaves, trees, counts, means) { Objective = objective };
    }

    /// <summary>The codes of other rows, codebook by codebook.</summary>
    internal byte[][] Encode(TrainingRows data) => [.. Trees.Select(t => t.Encode(data))];

    internal HashTrees ToHashTrees(TrainingRows data, int levels) =>
        new(data.ElementType, data.Columns, Codebooks, levels, [.. Trees.SelectMany(t => t.Columns)], [.. Trees.SelectMany(t => t.Thresholds)]) { Objective = Objective };
}
