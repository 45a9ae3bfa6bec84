namespace Maddness.Training;

/// <summary>Learns trees and tables that serve the outputs of a known B (ALGORITHM §2, output objective).</summary>
/// <param name="data">The training rows.</param>
/// <param name="b">D × M, row-major.</param>
/// <param name="outputs">M.</param>
/// <param name="options">Options of the training.</param>
/// <param name="scope">Threads, cancellation, progress.</param>
internal sealed class OutputLearner(TrainingRows data, float[] b, int outputs, TrainingOptions options, TrainingScope scope)
{
    private readonly OutputComponents _components = OutputComponents.Of(data, options.Classifier ? ClassifierTables.Centre(b, outputs) : b, outputs);
    private readonly BinnedColumns _binned = new(data, scope);

    /// <summary>Follows a plan.</summary>
    internal static LearnedTables Learn(TrainingRows data, float[] b, int outputs, OutputPlan plan, TrainingOptions options, TrainingScope scope, float[]? bias = null)
    {
        OutputRecipe recipe = options.Recipe;
        OutputLearner learner = new(data, b, outputs, options, scope);
        int[]? lines = null;
        if (plan.Method == OutputMethod.Ranges)
        {
            if (plan.Budget is not null)
            {
                learner.Passes(learner.NewFit(), plan.Budget, recipe.TrialRates, out lines);
            }

            return learner.TablesOfRanges(learner.Ranges(learner.NewFit(), lines), plan.Ridge);
        }

        float[]? weights = options.Classifier ? ClassifierTables.Weights(data, b, outputs, bias, recipe.CertainWeight) : null;
        OutputFit? best = null;
        for (int i = 0; i < recipe.StartsOf(options.Codebooks, plan.Budget is not null); i++)
        {
            OutputFit fit = learner.NewFit(weights);
            if (recipe.IsFromRanges(i, options.Codebooks) && options.Codebooks <= data.Columns)
            {
                fit.RangeStart(null);
            }

            learner.Passes(fit, plan.Budget, recipe.RatesOf(i, options.Codebooks, plan.Budget is not null), out _);
            best = best is null || fit.SquaredError < best.SquaredError ? fit : best;
        }

        return learner.TablesOfPasses(learner.Start(best!), plan.Ridge);
    }

    internal OutputFit NewFit(float[]? weights = null) => new(data, _binned, _components, options, scope, weights);

    /// <summary>Passes over all columns, or with a budget over fewer and fewer: the first over all, the second over twice the lines if three more follow.</summary>
    /// <param name="fit">What is learned.</param>
    /// <param name="budget">The lines allowed in the end, or null for all.</param>
    /// <param name="rates">See <see cref="OutputRecipe.Rates"/>.</param>
    /// <param name="lines">The lines that were allowed in the end; null for all.</param>
    internal void Passes(OutputFit fit, LineBudget? budget, ReadOnlySpan<float> rates, out int[]? lines)
    {
        lines = null;
        fit.Pass(CacheLines.All(data.Columns), rates[0]);
        Continue(fit, budget, rates, ref lines);
    }

    /// <summary>All passes but the first.</summary>
    internal void Continue(OutputFit fit, LineBudget? budget, ReadOnlySpan<float> rates, ref int[]? lines)
    {
        for (int i = 1; i < rates.Length; i++)
        {
            if (budget is not null && i <= (rates.Length > 3 ? 2 : 1))
            {
                lines = CacheLines.Best(fit.LineGains, i == 1 && rates.Length > 3 ? budget.Twice : budget);
            }

            fit.Pass(lines is null ? CacheLines.All(data.Columns) : CacheLines.Columns(lines, data.Columns), rates[i]);
        }
    }

    /// <summary>The range start, with the exact means of its leaves.</summary>
    internal LearnedTables Ranges(OutputFit fit, int[]? lines)
    {
        fit.RangeStart(lines);
        LearnedTrees trees = LearnedTrees.WithMeans(data, fit.Trees, options.Leaves);
        for (int c = 0; c < trees.Codebooks; c++)
        {
            int start = trees.RangeStarts[c];
            int width = trees.RangeStarts[c + 1] - start;
            Span<double> means = trees.Means.AsSpan(options.Leaves * start, options.Leaves * width);
            for (int i = 0; i < means.Length; i++)
            {
                means[i] -= _components.Means[start + (i % width)];
            }
        }

        return new LearnedTables(trees, TableFitter.Start(trees, b, outputs), Offsets());
    }

    /// <summary>The tables of passes, before the regression in all outputs.</summary>
    internal LearnedTables Start(OutputFit fit) => new(LearnedTrees.Of(fit.Trees, options.Leaves), fit.OutputTables(outputs), Offsets());

    /// <summary>The joint ridge regression of what the leaf means leave, each leaf by itself; the means alone for an infinite λ.</summary>
    internal LearnedTables TablesOfRanges(LearnedTables start, double ridge) =>
        double.IsPositiveInfinity(ridge) ? start : Fit(start, TreePenalty.OfLeaves(options.Leaves, ridge));

    /// <summary>The joint ridge regression, which draws leaves to those near them in their trees; the tables of the last pass for an infinite λ.</summary>
    internal LearnedTables TablesOfPasses(LearnedTables start, double ridge) =>
        double.IsPositiveInfinity(ridge) ? start : Fit(start with { Tables = new double[start.Tables.Length] }, TreePenalty.OfNodes(options.Leaves, ridge));

    private LearnedTables Fit(LearnedTables start, TreePenalty penalty)
    {
        double[] tables = [.. start.Tables];
        CentredResiduals residuals = new(data, start.Trees.Codes, options.Leaves, _components.Means, b, outputs, start.Tables);
        RidgeFitter.Fit(start.Trees, residuals, tables, penalty, scope);
        return start with { Tables = tables };
    }

    /// <summary>The squared error of tables on other rows.</summary>
    internal double Error(LearnedTables learned, TrainingRows rows)
    {
        double[] tables = [.. learned.Tables];
        double[] own = Offsets();
        for (int i = 0; i < options.Leaves * outputs; i++)
        {
            // Where tables hold more of the mean product than offsets, the first codebook's share is compared with what is centred.
            tables[i] += learned.Offsets[i % outputs] - own[i % outputs];
        }

        CentredResiduals residuals = new(rows, learned.Trees.Encode(rows), options.Leaves, _components.Means, b, outputs, tables);
        double[] residual = new double[rows.Rows * ResidualSource.Stride];
        double error = 0;
        for (int first = 0; first < outputs; first += ResidualSource.Stride)
        {
            scope.Cancellation.ThrowIfCancellationRequested();
            residuals.Fill(first, Math.Min(ResidualSource.Stride, outputs - first), residual);
            foreach (double value in residual)
            {
                error += value * value;
            }
        }

        return error;
    }

    /// <summary>The product of the means of the columns.</summary>
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
