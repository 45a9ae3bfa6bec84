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
            if (plan.Lines is int few)
            {
                learner.Passes(learner.NewFit(), few, recipe.TrialRates, out lines);
            }

            return learner.Tables(learner.Ranges(learner.NewFit(), lines), plan.Ridge);
        }

        float[]? weights = options.Classifier ? ClassifierTables.Weights(data, b, outputs, bias, recipe.CertainWeight) : null;
        OutputFit? best = null;
        for (int i = 0; i < recipe.StartsOf(options.Codebooks); i++)
        {
            OutputFit fit = learner.NewFit(weights);
            if (recipe.IsFromRanges(i, options.Codebooks) && options.Codebooks <= data.Columns)
            {
                fit.RangeStart(null);
            }

            learner.Passes(fit, plan.Lines, recipe.RatesOf(i, options.Codebooks), out _);
            best = best is null || fit.SquaredError < best.SquaredError ? fit : best;
        }

        return learner.Tables(learner.Start(best!), plan.Ridge);
    }

    internal OutputFit NewFit(float[]? weights = null) => new(data, _binned, _components, options, scope, weights);

    /// <summary>Passes over all columns, or with a budget over fewer and fewer: the first over all, the second over those of twice the lines.</summary>
    /// <param name="fit">What is learned.</param>
    /// <param name="budget">The lines allowed in the end, or null for all.</param>
    /// <param name="rates">See <see cref="OutputRecipe.Rates"/>.</param>
    /// <param name="lines">The lines that were allowed in the end; null for all.</param>
    internal void Passes(OutputFit fit, int? budget, ReadOnlySpan<float> rates, out int[]? lines)
    {
        lines = null;
        fit.Pass(CacheLines.All(data.Columns), rates[0]);
        Continue(fit, budget, rates, ref lines);
    }

    /// <summary>All passes but the first.</summary>
    internal void Continue(OutputFit fit, int? budget, ReadOnlySpan<float> rates, ref int[]? lines)
    {
        for (int i = 1; i < rates.Length; i++)
        {
            if (budget is int count && i <= 2)
            {
                lines = CacheLines.Best(fit.LineGains, Math.Min(fit.LineGains.Length, i == 1 ? 2 * count : count));
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

    /// <summary>Adds the joint ridge regression of what the tables leave.</summary>
    internal LearnedTables Tables(LearnedTables start, double ridge)
    {
        if (double.IsPositiveInfinity(ridge))
        {
            return start;
        }

        double[] tables = [.. start.Tables];
        CentredResiduals residuals = new(data, start.Trees.Codes, options.Leaves, _components.Means, b, outputs, start.Tables);
        RidgeFitter.Fit(start.Trees, residuals, tables, ridge, scope);
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
