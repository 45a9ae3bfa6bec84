using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Model;

namespace Maddness.Training;

/// <summary>The trees of all codebooks, the codes of the training rows, and the means of the buckets in the columns that each codebook stands for: G and P0 of paper §4.2.</summary>
internal sealed class LearnedTrees
{
    private LearnedTrees(int[][] parts, int leaves, LearnedTree[] trees, int[] counts, double[][] means)
    {
        Parts = parts;
        Leaves = leaves;
        Trees = trees;
        Counts = counts;
        Means = means;
    }

    /// <summary>The columns that each codebook stands for: those of up to D codebooks share all columns out; what more there are stand for one column each, once more.</summary>
    internal int[][] Parts { get; }

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

    /// <summary>The bucket means of each codebook: [k][column of the part], as in <see cref="Prototypes"/>. What codebooks of the same column have adds up to its means.</summary>
    internal double[][] Means { get; }

    /// <summary>Trees of ranges of columns, as in the paper.</summary>
    internal static LearnedTrees Learn(TrainingRows data, double[]? weights, TrainingOptions options, TrainingScope scope) =>
        Learn(data, SubspacePartition.Ranges(data.Columns, options.Codebooks), weights, options, scope);

    /// <param name="data">The training rows.</param>
    /// <param name="parts">The columns of each codebook, of up to D.</param>
    /// <param name="weights">A weight for each column, see <see cref="ColumnWeights"/>; null for equal ones.</param>
    /// <param name="options">Codebooks, leaves and candidates.</param>
    /// <param name="scope">Threads, cancellation, progress.</param>
    internal static LearnedTrees Learn(TrainingRows data, int[][] parts, double[]? weights, TrainingOptions options, TrainingScope scope)
    {
        LearnedTree[] trees = new LearnedTree[options.Codebooks];
        scope.For(TrainingStage.LearningTrees, parts.Length, c => trees[c] = HashTreeBuilder.Build(data, parts[c], weights, options.Levels, options.CandidateColumns, scope.Cancellation));
        new FinerTrees(data, weights, options.Levels, scope).Add(trees);
        return WithMeans(data, parts, trees, options.Leaves, Objective.Reconstruction, scope);
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

    /// <summary>Trees that each stand for a part of the columns, whichever columns they test; beyond one for each column the <see cref="FinerTrees"/> of these.</summary>
    internal static LearnedTrees WithMeans(TrainingRows data, int[][] parts, LearnedTree[] trees, int leaves, Objective objective, TrainingScope scope)
    {
        parts = [.. parts, .. trees.Skip(parts.Length).Select(t => t.Columns[..1])];
        int[] counts = new int[checked(trees.Length * leaves)];
        double[][] means = [.. parts.Select(part => new double[checked(leaves * part.Length)])];
        scope.Parallel(trees.Length, c => BucketMeans.Compute(data, parts[c], trees[c].Codes, counts.AsSpan(c * leaves, leaves), means[c]));
        if (trees.Length > data.Columns)
        {
            scope.Parallel(data.Columns, column => FinerTrees.ShareMeans(data, column, trees, counts, means));
        }

        return new LearnedTrees(parts, leaves, trees, counts, means) { Objective = objective };
    }

    /// <summary>The codes of other rows, codebook by codebook.</summary>
    internal byte[][] Encode(TrainingRows data) => [.. Trees.Select(t => t.Encode(data))];

    internal HashTrees ToHashTrees(TrainingRows data, int levels) =>
        new(data.ElementType, data.Columns, Codebooks, levels, [.. Trees.SelectMany(t => t.Columns)], [.. Trees.SelectMany(t => t.Thresholds)]) { Objective = Objective };
}
