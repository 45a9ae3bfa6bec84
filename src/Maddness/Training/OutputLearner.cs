using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>Learns trees and tables that serve the outputs of a known B.</summary>
/// <param name="data">The training rows.</param>
/// <param name="b">D × M, row-major.</param>
/// <param name="outputs">M.</param>
/// <param name="options">Options of the training.</param>
/// <param name="scope">Threads, cancellation, progress.</param>
internal sealed class OutputLearner(TrainingRows data, float[] b, int outputs, TrainingOptions options, TrainingScope scope)
{
    private readonly OutputComponents _components = OutputComponents.Of(data, options.Classifier ? LogitTargets.Centre(b, outputs) : b, outputs, scope);
    private readonly BinnedColumns _binned = new(data, scope);
    private readonly bool _isJoint = options.Recipe.IsJoint(data.Rows, options);

    /// <summary>Follows a plan for trees that serve the outputs.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="logits">The outputs, where they are logits that only the arg-max counts of; else null.</param>
    internal LearnedTables Learn(OutputPlan plan, LogitTargets? logits) =>
        plan.Method == OutputMethod.Ranges ? TablesOfRanges(Ranges(plan.Budget), [plan.Ridge])[0] : Tables(Fit(plan.Budget, logits), plan);

    /// <summary>
    /// Whether trees for soft-maxes are worth trying beside what a plan gives: by joint rounds that take little time, and not with more than a few codebooks where held-out rows preferred trees that over-fit less (made
    /// data of 1,000 and 2,000 rows, 12 and 20 codebooks: kept for their agreement on the training rows, they agreed .02 less on others; with up to four, .02 more).
    /// </summary>
    internal static bool TriesSoftMaxes(int rows, OutputPlan plan, TrainingOptions options) =>
        options.Classifier
        && (plan.Method == OutputMethod.Passes || options.Recipe.HasFew(options.Codebooks))
        && rows >= HeldOutTurns.ManyRows
        && options.Recipe.IsJoint(rows, options)
        && options.Recipe.TreeTemperaturesOf(options).Length > 0;

    /// <summary>Trees fitted to the soft-maxes of logits, at one temperature after the other, with tables for the logits.</summary>
    internal IEnumerable<LearnedTables> LearnForArgMax(OutputPlan plan, LogitTargets logits)
    {
        foreach (double temperature in options.Recipe.TreeTemperaturesOf(options))
        {
            OutputFit fit = NewFit();
            fit.Retarget(logits.SoftMaxes(temperature, scope));
            Fit(fit, 0, plan.Budget);
            fit.Retarget(logits.Logits);
            fit.FitTables();
            Soften(fit, logits);
            yield return Tables(fit, plan);
        }
    }

    /// <summary>The logits of a classifier; null where nobody asked for one, where there are too many, and where there is nothing to fit.</summary>
    [MethodImpl(Compiled.Once)]
    internal LogitTargets? Logits(float[]? bias)
    {
        if (!options.Classifier || !LogitTargets.Fits(data.Rows, outputs))
        {
            return null;
        }

        OutputFit fit = NewFit();
        if (fit.Scale == 0)
        {
            return null;
        }

        float[] exact = new float[data.Rows * outputs];
        ExactMatmul.Multiply(data.Values, data.Rows, data.Columns, LogitTargets.Centre(b, outputs), outputs, exact);
        double[] means = Offsets();
        for (int m = 0; m < outputs && bias is not null; m++)
        {
            means[m] += bias[m];
        }

        for (int i = 0; i < exact.Length && bias is not null; i++)
        {
            exact[i] += bias[i % outputs];
        }

        return new LogitTargets(exact, outputs, fit.CopyTargets(), fit.Scale, means);
    }

    /// <summary>The best of all starts, its thresholds then moved together.</summary>
    [MethodImpl(Compiled.Once)]
    internal OutputFit Fit(LineBudget? budget, LogitTargets? logits)
    {
        OutputFit? best = null;
        for (int i = 0; i < options.Recipe.StartsOf(options.Codebooks); i++)
        {
            OutputFit fit = NewFit();
            Fit(fit, i, budget);
            best = best is null || fit.SquaredError < best.SquaredError ? fit : best;
        }

        Soften(best!, logits);
        return best!;
    }

    /// <summary>Moves the thresholds of all trees together.</summary>
    internal void Soften(OutputFit fit, LogitTargets? logits) =>
        fit.Soften(options.Recipe.SoftCrossEntropy && logits is { AreWhole: true } ? logits : null, options.Seed);

    internal OutputFit NewFit() => new(data, _binned, _components, options, scope);

    /// <summary>The first passes, over all columns.</summary>
    /// <param name="fit">What is learned.</param>
    /// <param name="start">Which start this is.</param>
    /// <param name="isJoint">Whether joint rounds follow, or passes.</param>
    [MethodImpl(Compiled.Once)]
    internal void Begin(OutputFit fit, int start, bool isJoint)
    {
        OutputRecipe recipe = options.Recipe;
        if (OutputRecipe.IsFromRanges(start, isJoint, options.Codebooks) && options.Codebooks <= data.Columns)
        {
            fit.RangeStart(null);
        }

        int passes = recipe.PassesOf(isJoint, options.Codebooks);
        fit.Pass(CacheLines.AllColumns(data.Columns), recipe.FirstRateOf(start, isJoint, options.Codebooks));
        foreach (float rate in OutputRecipe.LaterRates[^(passes - 1)..])
        {
            fit.Pass(CacheLines.AllColumns(data.Columns), rate);
        }
    }

    /// <summary>The rounds that follow them, over all columns, or with a budget over fewer and fewer: before the later half of joint rounds, or the last two of three passes, over twice the lines at first.</summary>
    /// <param name="fit">What is learned.</param>
    /// <param name="budget">The lines allowed in the end, or null for all.</param>
    /// <param name="rounds">How many.</param>
    /// <param name="isJoint">Whether they are joint; else they are passes.</param>
    [MethodImpl(Compiled.Once)]
    internal void Continue(OutputFit fit, LineBudget? budget, int rounds, bool isJoint)
    {
        int[]? lines = null;
        int early = isJoint ? rounds / 2 : (rounds - 1) / 2;
        for (int i = 0; i < rounds; i++)
        {
            if (budget is not null && i <= early)
            {
                lines = CacheLines.Best(fit.LineGains, budget.Before(early - i, early));
            }

            int[] columns = lines is null ? CacheLines.AllColumns(data.Columns) : CacheLines.Columns(lines, data.Columns);
            if (!isJoint)
            {
                fit.Pass(columns, OutputRecipe.LaterRates[^Math.Min(rounds - i, OutputRecipe.LaterRates.Length)]);
            }
            else if (!fit.Round(columns) && (budget is null || i >= early))
            {
                break;
            }
        }
    }

    /// <summary>
    /// The range start, with the exact means of its leaves; within a budget, which must not have fewer columns than codebooks, over the lines that gained most in the first pass over all columns. Without one, codebooks beyond one for each
    /// column cut the columns finer.
    /// </summary>
    [MethodImpl(Compiled.Once)]
    internal LearnedTables Ranges(LineBudget? budget)
    {
        int[]? lines = null;
        if (budget is not null)
        {
            OutputFit pass = NewFit();
            Begin(pass, 0, false);
            lines = CacheLines.Best(pass.LineGains, budget);
        }

        OutputFit fit = NewFit();
        fit.RangeStart(lines);
        fit.AddFinerTrees(ColumnWeights.Of(b, outputs));
        LearnedTrees trees = LearnedTrees.WithMeans(data, SubspacePartition.Ranges(data.Columns, options.Codebooks), fit.Trees, options.Leaves, Objective.Output, scope);
        for (int c = 0; c < Math.Min(trees.Codebooks, data.Columns); c++)
        {
            int[] part = trees.Parts[c];
            double[] means = trees.Means[c];
            for (int i = 0; i < means.Length; i++)
            {
                means[i] -= _components.Means[part[i % part.Length]];
            }
        }

        return new LearnedTables(trees, TableFitter.Start(trees, b, outputs), Offsets());
    }

    /// <summary>The tables of passes, before the regression in all outputs.</summary>
    internal LearnedTables Start(OutputFit fit) => new(LearnedTrees.Of(fit.Trees, options.Leaves), fit.OutputTables(outputs), Offsets());

    /// <summary>The joint ridge regression of what the leaf means leave, each leaf by itself; the means alone for an infinite λ.</summary>
    internal LearnedTables[] TablesOfRanges(LearnedTables start, double[] ridges) => Fit(start, start, ridges, TreePenalty.OfLeaves);

    /// <summary>The joint ridge regression, which draws leaves to those near them in their trees; the tables of the last pass for an infinite λ.</summary>
    internal LearnedTables[] TablesOfPasses(LearnedTables start, double[] ridges) =>
        Fit(start, start with { Tables = new double[start.Tables.Length] }, ridges, TreePenalty.OfNodes);

    /// <summary>What the tables sum up to for other rows is compared with this.</summary>
    internal HeldOutRows HeldOut(TrainingRows rows) => new(rows, _components.Means, b, outputs, Offsets());

    private LearnedTables[] Fit(LearnedTables unfitted, LearnedTables start, double[] ridges, Func<int, double, TreePenalty> penalty)
    {
        double[] finite = [.. ridges.Where(double.IsFinite)];
        double[][] tables = [.. finite.Select(_ => (double[])[.. start.Tables])];
        CentredResiduals residuals = new(data, start, _components.Means, b, outputs);
        RidgeFitter.Fit(start.Trees, residuals, tables, [.. finite.Select(ridge => penalty(options.Leaves, ridge))], scope);
        return [.. ridges.Select(ridge => double.IsFinite(ridge) ? start with { Tables = tables[Array.IndexOf(finite, ridge)] } : unfitted)];
    }

    private void Fit(OutputFit fit, int start, LineBudget? budget)
    {
        Begin(fit, start, _isJoint);
        Continue(fit, budget, options.Recipe.RoundsOf(_isJoint, options, budget is not null), _isJoint);
    }

    private LearnedTables Tables(OutputFit fit, OutputPlan plan) => TablesOfPasses(Start(fit), [plan.Ridge])[0];

    /// <summary>The product of the means of the columns.</summary>
    [MethodImpl(Compiled.Once)]
    private double[] Offsets()
    {
        double[] offsets = new double[outputs];
        for (int d = 0; d < data.Columns; d++)
        {
            for (int m = 0; m < outputs; m++)
            {
                offsets[m] += (double)_components.Means[d] * b[(d * outputs) + m];
            }
        }

        return offsets;
    }
}
