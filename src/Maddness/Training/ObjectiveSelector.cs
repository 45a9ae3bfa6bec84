namespace Maddness.Training;

/// <summary>Chooses how to learn for a known B by the error on rows held out of trees and tables alike.</summary>
internal static class ObjectiveSelector
{
    /// <summary>Rows from which one fifth held out is enough to judge; fewer are held out in five turns.</summary>
    internal const int ManyRows = 1000;

    /// <summary>Rows of a trial at most: a sample of more would be judged alike.</summary>
    private const int MaxTrialRows = 5_000;

    private const int Turns = 5;

    /// <summary>A budget of cache lines that nobody asked for may raise the held-out error by this factor: row-major callers get much more from it.</summary>
    private const double BudgetTolerance = 1.02;

    /// <param name="data">The training rows.</param>
    /// <param name="b">D × M, row-major.</param>
    /// <param name="outputs">M.</param>
    /// <param name="weights">Weights of the columns for the reconstruction, or null.</param>
    /// <param name="options">Options of the training.</param>
    /// <param name="scope">Threads, cancellation, progress.</param>
    internal static OutputPlan Choose(TrainingRows data, float[] b, int outputs, double[]? weights, TrainingOptions options, TrainingScope scope)
    {
        double ridge = options.RidgeStrength ?? RidgeSelector.Fallback;
        if (data.Rows < RidgeSelector.MinRows)
        {
            bool reconstruct = options.Objective == Objective.Auto && options.Codebooks <= data.Columns && options.MaxCacheLines is null;
            return new OutputPlan(reconstruct ? OutputMethod.Reconstruction : OutputMethod.Passes, options.MaxCacheLines, ridge);
        }

        bool many = data.Rows >= ManyRows;
        double[] strengths = options.RidgeStrength is null
            ? [0.1, 1, 10, 100, double.PositiveInfinity]
            : many ? [ridge, 10 * ridge] : [ridge, 10 * ridge, 100 * ridge, double.PositiveInfinity];
        Trial trial = new(b, outputs, weights, strengths, options, scope);
        SeededRandom random = new(options.Seed);
        TrainingRows rows = data.Rows > MaxTrialRows ? data.Select(random.Sample(data.Rows, MaxTrialRows)) : data;
        int turns = many ? 1 : Turns;
        int[] heldOut = random.Sample(rows.Rows, rows.Rows / Turns);
        for (int turn = 0; turn < turns; turn++)
        {
            int[] own = many ? heldOut : [.. Enumerable.Range(0, rows.Rows).Where(n => n % Turns == turn)];
            int[] kept = [.. Enumerable.Range(0, rows.Rows).Except(own)];
            trial.Run(rows.Select(kept), rows.Select(own));
            scope.Report(TrainingStage.ChoosingRidgeStrength, turn + 1, turns);
        }

        return trial.Best(many ? BudgetTolerance : 1);
    }

    /// <summary>The errors of all candidates: methods × strengths.</summary>
    private sealed class Trial(float[] b, int outputs, double[]? weights, double[] strengths, TrainingOptions options, TrainingScope scope)
    {
        private readonly Dictionary<OutputMethod, double[]> _errors = [];
        private readonly int _budget = options.MaxCacheLines ?? CacheLines.Automatic(b.Length / outputs, options.Codebooks * options.Levels);

        private bool IsNarrow => _budget < CacheLines.Count(b.Length / outputs);

        /// <summary>Whether methods that read any columns may win.</summary>
        private bool IsFree => !IsNarrow || options.MaxCacheLines is null;

        internal void Run(TrainingRows fitRows, TrainingRows testRows)
        {
            OutputLearner learner = new(fitRows, b, outputs, options, scope);
            bool hasRanges = options.Codebooks <= fitRows.Columns;
            if (options.Objective == Objective.Auto && hasRanges && IsFree)
            {
                LearnedTrees trees = LearnedTrees.Learn(fitRows, weights, options, scope);
                foreach ((int i, double ridge) in strengths.Index())
                {
                    float[] tables = TableFitter.Fit(fitRows, trees, b, outputs, double.IsPositiveInfinity(ridge) ? 1e12 : ridge, scope);
                    LearnedTables learned = new(trees, Array.ConvertAll(tables, v => (double)v), new double[outputs]);
                    Add(OutputMethod.Reconstruction, i, learner.Error(learned, testRows));
                }
            }

            int[]? lines = RunPasses(learner, testRows);
            if (hasRanges)
            {
                Judge(OutputMethod.Ranges, learner, learner.Ranges(learner.NewFit(), IsFree ? null : lines), testRows);
            }
        }

        /// <summary>The candidate of the least error; the first of equals.</summary>
        internal OutputPlan Best(double budgetTolerance)
        {
            OutputMethod best = OutputMethod.Passes;
            int strength = 0;
            double least = double.PositiveInfinity;
            foreach (OutputMethod method in Enum.GetValues<OutputMethod>())
            {
                double tolerance = method == OutputMethod.BudgetedPasses ? budgetTolerance : best == OutputMethod.BudgetedPasses ? 1 / budgetTolerance : 1;
                for (int i = 0; _errors.TryGetValue(method, out double[]? errors) && i < errors.Length; i++)
                {
                    double limit = method == best ? least : least * tolerance;
                    if (errors[i] < limit)
                    {
                        (best, strength, least) = (method, i, errors[i]);
                    }
                }
            }

            return new OutputPlan(best, best == OutputMethod.BudgetedPasses || !IsFree ? _budget : null, strengths[strength]);
        }

        /// <summary>Passes over all columns, and after a first one in common also over few lines, which are returned.</summary>
        private int[]? RunPasses(OutputLearner learner, TrainingRows testRows)
        {
            float[] rates = options.Recipe.TrialRates;
            OutputFit free = learner.NewFit();
            learner.Passes(free, null, rates.AsSpan(0, 1), out int[]? lines);
            if (IsNarrow)
            {
                OutputFit narrow = IsFree ? free.Fork() : free;
                learner.Continue(narrow, _budget, rates, ref lines);
                Judge(OutputMethod.BudgetedPasses, learner, learner.Start(narrow), testRows);
            }

            if (IsFree)
            {
                int[]? all = null;
                learner.Continue(free, null, rates, ref all);
                Judge(OutputMethod.Passes, learner, learner.Start(free), testRows);
            }

            return lines;
        }

        private void Judge(OutputMethod method, OutputLearner learner, LearnedTables start, TrainingRows testRows)
        {
            for (int i = 0; i < strengths.Length; i++)
            {
                Add(method, i, learner.Error(learner.Tables(start, strengths[i]), testRows));
            }
        }

        private void Add(OutputMethod method, int strength, double error)
        {
            if (!_errors.TryGetValue(method, out double[]? errors))
            {
                _errors[method] = errors = new double[strengths.Length];
            }

            errors[strength] += error;
        }
    }
}
