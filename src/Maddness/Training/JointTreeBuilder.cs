using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// Learns trees anew, one after another, by what each split gains when the tables of all codebooks are then fitted anew. Against tables that stand, as passes measure it, a split seems to gain
/// nothing where others would have to give something up for it.
/// </summary>
/// <param name="data">The training rows.</param>
/// <param name="binned">Their columns in bins.</param>
/// <param name="builder">Searches splits beside tables that stand.</param>
/// <param name="options">Codebooks, leaves and recipe.</param>
/// <param name="scope">Threads and cancellation.</param>
internal sealed class JointTreeBuilder(TrainingRows data, BinnedColumns binned, OutputTreeBuilder builder, TrainingOptions options, TrainingScope scope)
{
    private readonly ColumnSearch<JointSplits> _splits = new(1, () => new JointSplits(binned, options.Codebooks * options.Leaves, options.Leaves, builder.LeastRows), scope);

    /// <summary>A tree for the codebook that is out, level by level.</summary>
    /// <param name="fit">All codebooks.</param>
    /// <param name="columns">The columns allowed.</param>
    /// <param name="lineGains">Receives what each level gained, added to the group of 16 columns of its column.</param>
    [MethodImpl(Compiled.Once)]
    internal LearnedTree Build(JointFit fit, int[] columns, double[] lineGains)
    {
        int levels = options.Levels;
        OutputRecipe recipe = options.Recipe;
        int[] treeColumns = new int[levels];
        float[] thresholds = new float[1 << levels];
        byte[] codes = new byte[data.Rows];
        for (int level = 0; level < levels; level++)
        {
            int buckets = 1 << level;
            fit.StandIn(codes, buckets);
            int[] order = builder.ByGain(codes, fit.Residual, columns, buckets);
            int[] finalists = order[..Math.Min(order.Length, recipe.JointColumnsOf(fit.Order))];
            columns = order[..Math.Min(order.Length, recipe.JointShortlist / fit.Residual.Vectors)];
            byte[] splits = new byte[finalists.Length * buckets];
            double[] gains = new double[finalists.Length];
            builder.Gains(codes, fit.Residual, finalists, buckets, gains, splits, Factors(fit, finalists, buckets));

            // The residual has no mean left in any bucket, so a level's gain is all of it.
            int best = Array.IndexOf(gains, gains.Max());
            treeColumns[level] = finalists[best];
            lineGains[finalists[best] / CacheLine.Floats] += gains[best];
            builder.Place(finalists[best], splits.AsSpan(best * buckets, buckets), thresholds.AsSpan(buckets, buckets));
            data.Split(finalists[best], thresholds.AsSpan(buckets, buckets), codes);
        }

        LearnedTree tree = new(treeColumns, thresholds, codes);
        for (int i = 0; i < recipe.JointSweepsOf(fit.Codebooks); i++)
        {
            // Beside the tables of the others, fitted together with its own, its levels are chosen again one by one.
            fit.StandIn(codes, 1 << levels);
            fit.Residual.Add(codes, fit.OpenTable, 1);
            builder.Refine(tree, fit.Residual, fit.OpenTable, columns, recipe.Shrinkage);
        }

        return tree;
    }

    /// <summary>1 / tolerance for each column, bucket and bin.</summary>
    private float[] Factors(JointFit fit, int[] columns, int buckets)
    {
        int size = buckets * BinnedColumns.Bins;
        float[] factors = new float[columns.Length * size];
        _splits.For(columns.Length, (search, i) => search.Factors(columns[i], fit, factors.AsSpan(i * size, size)));
        return factors;
    }
}
