using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>Chooses how to learn for a known B by the error on rows held out of trees and tables alike.</summary>
internal static class ObjectiveSelector
{
    /// <summary>
    /// Rows for each leaf from which strong penalties are not tried: none was better. (64 codebooks, 96 columns, four draws of four families each, with strengths up to 16 and with all: 1,200 rows 5 to 12 % less error with all, 2,000 rows 0 to 9 %, 4,000 rows 0 to 4 %; 16 and 32 codebooks and 2,000 rows the same.)
    /// </summary>
    private const int RowsOfLeaf = 4;

    /// <summary>Outputs of a trial at most, scattered ones where there are more: they tell as well how to learn (2,000 rows, 10,000 outputs, C = 16 the same choice, 7.6 to 4.4 s; 100,000 outputs, C = 8 27 to 2 s of the training).</summary>
    private const int MaxTrialOutputs = 4096;

    /// <summary>Rounds of a trial that is not whole: it need only tell candidates apart.</summary>
    private const int TrialRounds = 1;

    /// <summary>
    /// The most rounds in each of five turns among made rows (eight families of 100 and 200 rows among twice as many made ones, C = 4 and 8: as good as with all; of 400 rows, in three turns, groups were then chosen in vain, up to 1.4 times the error).
    /// </summary>
    private const int RoundsOfFew = 2;

    /// <summary>
    /// How many times the error of joint rounds that of passes may be: judged once more, passes with up to 2.0 times the error of other methods became better than these, and with 2.2 times and more none did (nine families, 24 to 64 codebooks; 1.03 became .29, 2.02 .75, 2.2 1.8 and 4.8 2.8).
    /// </summary>
    private const double JointGain = 2.5;

    /// <summary>
    /// Better by this factor after one round, joint rounds are; of what is nearer one round tells little (im2col windows, C = 32: above this, and .92 of the error of groups in the end; sparse counts, C = 24: .99, and 1.2).
    /// </summary>
    private const double ClearlyBetter = 0.97;

    /// <summary>How many times the error of other methods that of one joint round may be to be judged by all of them, with more than few leaves: these take as long as the training.</summary>
    private const double NearlyAsGood = 1.15;

    /// <summary>The same where rounds take little time, and starts are several.</summary>
    private const double NearlyAsGoodOfShort = 1.5;

    /// <summary>
    /// By how much groups must lead before passes, which gain more by the rows held out of the trial (on four data sets of 1,500 to 6,000 rows groups led by 2.5 to 10 %, and passes ended 15 to 34 % better; among made rows it makes no difference: 100, 200 and 400 rows .999, .997 and 1.001 without).
    /// </summary>
    private const double GroupsLead = 1.15;

    /// <summary>Columns up to which groups are tried: with 2,048 they took a fifth to a third longer, and passes won (rows of low rank, last layers; C = 16).</summary>
    private const int MaxGroupedColumns = 1024;

    /// <summary>A budget may raise the held-out error of objectives without passes by this factor: none of them shall be better by more.</summary>
    private const double ObjectiveTolerance = 1.02;

    /// <param name="data">The training rows.</param>
    /// <param name="b">D × M, row-major.</param>
    /// <param name="outputs">M.</param>
    /// <param name="bias">One per output, or null.</param>
    /// <param name="weights">Weights of the columns for the reconstruction, or null.</param>
    /// <param name="options">Options of the training.</param>
    /// <param name="scope">Threads, cancellation, progress.</param>
    internal static OutputPlan Choose(TrainingRows data, float[] b, int outputs, float[]? bias, double[]? weights, TrainingOptions options, TrainingScope scope)
    {
        // A classifier has soft-maxes of all rows.
        int mostRows = options.Classifier ? LogitTargets.MaxRows(outputs) : int.MaxValue;
        if (outputs <= MaxTrialOutputs)
        {
            return Choose(data, mostRows, b, outputs, bias, weights, options, scope);
        }

        int[] places = ScatteredPlaces.Of(outputs, ((outputs - 1) / MaxTrialOutputs) + 1);
        OutputPlan plan = Choose(data, mostRows, ColumnsOf(b, outputs, places), places.Length, bias is null ? null : ColumnsOf(bias, outputs, places), weights, options, scope);
        return plan with { SquaredError = plan.SquaredError * outputs / places.Length };
    }

    /// <summary>The same, judged by all of these outputs, and learned from no more than so many rows where some are made.</summary>
    [MethodImpl(Compiled.Once)]
    private static OutputPlan Choose(TrainingRows data, int mostRows, float[] b, int outputs, float[]? bias, double[]? weights, TrainingOptions options, TrainingScope scope)
    {
        double ridge = options.RidgeStrength ?? RidgeSelector.Fallback;
        HeldOutTurns turns = HeldOutTurns.Of(data, outputs, options.Seed);
        if (turns.AreTooFew)
        {
            // As many lines as there are is no limit.
            LineBudget? budget = options.MaxCacheLines is int limit && limit < CacheLines.Count(data.Columns) ? new LineBudget(limit, limit) : null;
            bool reconstruct = options.Objective == Objective.Auto && budget is null;
            return new OutputPlan(reconstruct ? OutputMethod.Reconstruction : OutputMethod.Passes, budget, ridge);
        }

        bool fillLeaves = turns.All >= RowsOfLeaf * (long)options.Codebooks * options.Leaves;
        double[] strengths = (options.RidgeStrength is null, turns.AreMany, fillLeaves) switch
        {
            (true, _, _) => [0.1, 1, 4, 16, 100, double.PositiveInfinity],
            (_, true, true) => [ridge, 4 * ridge, 16 * ridge],
            (_, true, false) => [ridge, 4 * ridge, 16 * ridge, 100 * ridge, double.PositiveInfinity],
            _ => [ridge, 10 * ridge, 100 * ridge, double.PositiveInfinity],
        };
        int lines = turns.AreSome || options.MaxCacheLines is not null ? CacheLines.Count(data.Columns) : 0;
        LineBudget[] budgets = LineBudget.Candidates(lines, options.Codebooks * options.Levels, options.MaxCacheLines);

        // Many rows tell soft-maxes apart, and made ones between their classes are in the way (last layers of 10 classes, 1,200 and 1,500 rows, C = 4: agreement .688 the same, .712 to .667, .689 to .595, .624 to .579).
        bool makesRows = options.Recipe.MakesRows && !(options.Classifier && turns.AreMany);
        int made = makesRows ? MadeRows.OfTrial(turns.All, data.Columns) : 0;
        Trial ofRows = NewTrial(data.Rows, false);
        Trial? ofMadeRows = made == 0 || made > mostRows ? null : NewTrial(made, true);
        for (int turn = 0; turn < turns.Count; turn++)
        {
            (TrainingRows kept, TrainingRows heldOut) = turns.Turn(turn);
            ofRows.Run(kept, heldOut);
            ofMadeRows?.Run(MadeRows.Add(turns.KeptOnce(turn), made, options.Seed), heldOut);
            scope.Report(TrainingStage.ChoosingRidgeStrength, turn + 1, turns.Count);
        }

        return ofMadeRows?.Best.OwnError < ofRows.Best.OwnError ? ofMadeRows.Plan() with { Rows = MadeRows.OfTraining(made, data.Columns, mostRows) } : ofRows.Plan();

        Trial NewTrial(int rows, bool areMade) => new(rows, areMade, areMade && !turns.AreSome, data.Columns, turns.AreMany, budgets, b, outputs, bias, weights, strengths, options, scope);
    }

    /// <summary>Some columns of a row-major matrix, or of a bias, which is one row.</summary>
    [MethodImpl(Compiled.Once)]
    internal static float[] ColumnsOf(float[] b, int outputs, int[] places)
    {
        float[] columns = new float[b.Length / outputs * places.Length];
        for (int d = 0; d < b.Length / outputs; d++)
        {
            for (int i = 0; i < places.Length; i++)
            {
                columns[(d * places.Length) + i] = b[(d * outputs) + places[i]];
            }
        }

        return columns;
    }

    /// <summary>The first passes within a budget whose error is above that of all candidates, and above that of other methods, by no more than a factor.</summary>
    internal static Candidate? FirstWithin(IReadOnlyList<Candidate> candidates, double tolerance, double objectiveTolerance)
    {
        double least = candidates.Min(c => c.Error);
        double others = candidates.Where(c => c.Method != OutputMethod.Passes).Select(c => c.Error).DefaultIfEmpty(double.PositiveInfinity).Min();
        return candidates.FirstOrDefault(c => c.Method == OutputMethod.Passes && c.Budget is not null && c.Error <= Math.Min(tolerance * least, objectiveTolerance * others));
    }

    /// <summary>A way to learn, with the error of each strength.</summary>
    internal sealed record Candidate(OutputMethod Method, LineBudget? Budget, double[] Errors)
    {
        /// <summary>What was learned in each turn, with tables of some strengths: of a classifier alone.</summary>
        internal List<Func<double[], LearnedTables[]>> Fits { get; } = [];

        /// <summary>The error of the best strength.</summary>
        internal double OwnError => Errors.Min();

        /// <summary>What the error counts beside that of passes, see <see cref="GroupsLead"/>.</summary>
        internal double Lead { get; init; } = 1;

        /// <summary>What is compared with passes.</summary>
        internal double Error => OwnError * Lead;
    }

    /// <summary>The errors of all candidates: methods × strengths. Fits fewer rows than the final training, by the same recipe, but where these are many in fewer rounds, and among made ones without soft splits and, of few, in fewer rounds.</summary>
    /// <param name="rows">Rows of the final training; where some are made, of the trial, and the final training has <see cref="MadeRows.OfTraining"/>.</param>
    /// <param name="areMade">Whether there are made ones.</param>
    /// <param name="areFewMade">The same, of rows so few that they take all turns.</param>
    /// <param name="columns">D.</param>
    /// <param name="many">Whether there is one turn, whose held-out rows are enough to let a budget raise the error a little.</param>
    /// <param name="budgets">Lines to try, the fewest first.</param>
    /// <param name="b">D × M.</param>
    /// <param name="outputs">M.</param>
    /// <param name="bias">One per output, or null.</param>
    /// <param name="weights">Weights of the columns for the reconstruction, or null.</param>
    /// <param name="strengths">Ridge strengths.</param>
    /// <param name="options">Options of the training.</param>
    /// <param name="scope">Threads, cancellation, progress.</param>
    private sealed class Trial(int rows, bool areMade, bool areFewMade, int columns, bool many, LineBudget[] budgets, float[] b, int outputs, float[]? bias, double[]? weights, double[] strengths, TrainingOptions options, TrainingScope scope)
    {
        private readonly List<Candidate> _candidates = [];

        /// <summary>The rows of each turn: of a classifier alone.</summary>
        private readonly List<(TrainingRows Fit, TrainingRows Test)> _turns = [];

        /// <summary>Those of the last turn.</summary>
        private int[][]? _groups;

        private int _judged;
        private readonly bool _isJoint = options.Recipe.IsTrialJoint(rows, options);

        /// <summary>Whether rounds are as many as in the final training, and followed by soft splits; but among made rows see <see cref="AddPasses"/>.</summary>
        private readonly bool _isWhole = options.Recipe.IsTrialJoint(rows, options) && options.Recipe.IsTrialWhole(rows, columns);

        /// <summary>Whether methods that read any columns may win.</summary>
        private bool IsFree => budgets.Length == 0 || options.MaxCacheLines is null;

        internal void Run(TrainingRows fitRows, TrainingRows testRows)
        {
            _judged += testRows.Rows;
            if (options.Classifier)
            {
                _turns.Add((fitRows, testRows));
            }

            OutputLearner learner = new(fitRows, b, outputs, options, scope);
            HeldOutRows heldOut = learner.HeldOut(testRows);
            if (options.Objective == Objective.Auto && IsFree)
            {
                Reconstruct(OutputMethod.Reconstruction, SubspacePartition.Ranges(fitRows.Columns, options.Codebooks), fitRows, heldOut);
                if (fitRows.Columns <= MaxGroupedColumns && BalancedGroups.AreOwn(fitRows.Columns, options.Codebooks))
                {
                    _groups = BalancedGroups.Of(fitRows, weights, options.Codebooks, options.Levels, scope.Cancellation);
                    Reconstruct(OutputMethod.Groups, _groups, fitRows, heldOut);
                }
            }

            if (options.Codebooks <= fitRows.Columns || IsFree)
            {
                LineBudget? budget = IsFree ? null : budgets[^1];
                LearnedTables start = learner.Ranges(budget);
                Add(OutputMethod.Ranges, budget, heldOut, ridges => learner.TablesOfRanges(start, ridges));
            }

            RunPasses(learner, heldOut);
            if (many && options.Recipe.IsJoint(rows, options) && !_isWhole)
            {
                JudgeOnceMore(learner, heldOut);
            }
        }

        private void Reconstruct(OutputMethod method, int[][] parts, TrainingRows fitRows, HeldOutRows heldOut)
        {
            LearnedTrees trees = LearnedTrees.Learn(fitRows, parts, weights, options, scope);
            Add(method, null, heldOut, ridges =>
                [.. TableFitter.Fit(fitRows, trees, b, outputs, Array.ConvertAll(ridges, ridge => Math.Min(ridge, RidgeSelector.Strongest)), scope).Select(t => new LearnedTables(trees, t, new double[outputs]))]);
        }

        /// <summary>The first candidate within a budget that will do, or else that of the least error, the first of equals.</summary>
        internal Candidate Best
        {
            get
            {
                Candidate best = FirstWithinBudget() ?? _candidates.MinBy(c => c.Error)!;

                // Where passes are out of it, groups are compared as they are.
                return best.Method == OutputMethod.Passes ? best : _candidates.Where(c => c.Method != OutputMethod.Passes).MinBy(c => c.OwnError)!;
            }
        }

        internal OutputPlan Plan()
        {
            Candidate best = Best;
            double ridge = strengths[Array.IndexOf(best.Errors, best.OwnError)];
            return new OutputPlan(best.Method, best.Budget, ridge, best.OwnError / _judged, best.Method == OutputMethod.Groups ? _groups : null, options.Classifier ? StepsOf(best, ridge) : 0);
        }

        [MethodImpl(Compiled.Once)]
        private int StepsOf(Candidate best, double ridge)
        {
            ClassifierTrial trial = new(b, outputs, bias, options.Recipe.ClassifierSteps, scope);
            for (int turn = 0; turn < best.Fits.Count; turn++)
            {
                trial.Run(best.Fits[turn]([ridge])[0], _turns[turn].Fit, _turns[turn].Test);
            }

            return trial.Steps();
        }

        private Candidate? FirstWithinBudget() =>
            many ? FirstWithin(_candidates, LineBudget.Tolerance(_isJoint && options.MaxCacheLines is null), ObjectiveTolerance) : FirstWithin(_candidates, 1, 1);

        /// <summary>
        /// Passes over all columns, and after the first ones in common rounds over few lines as well: in one turn, and where nobody asked for a limit, until a budget will do.
        /// </summary>
        [MethodImpl(Compiled.Once)]
        private void RunPasses(OutputLearner learner, HeldOutRows heldOut)
        {
            OutputFit first = learner.NewFit();
            learner.Begin(first, 0, _isJoint);
            List<LineBudget?> tried = IsFree ? [null, .. budgets] : [.. budgets];
            foreach (LineBudget? budget in tried)
            {
                if (many && IsFree && budget is not null && FirstWithinBudget() is not null)
                {
                    break;
                }

                AddPasses(learner, first.Fork(), budget, heldOut);
            }
        }

        /// <summary>
        /// A trial understates what joint rounds will reach: by one round in place of all, by one start in place of several, and several times where rounds take long and it makes passes. Other methods must be better than joint rounds as well, those over as many columns as may be read: than one round, and where that does not tell, than all of them.
        /// (3,000 rows of rank 8 and noise, 96 columns, 40 outputs, six codebooks of 64 leaves: ranges or the reconstruction were chosen with two of three seeds, .12 where joint rounds have .033.)
        /// </summary>
        private void JudgeOnceMore(OutputLearner learner, HeldOutRows heldOut)
        {
            LineBudget? budget = IsFree ? null : budgets[^1];
            Candidate judged = _candidates.Find(c => c.Method == OutputMethod.Passes && c.Budget == budget)!;
            double others = _candidates.Where(c => c.Method != OutputMethod.Passes).Select(c => c.Error).DefaultIfEmpty(double.PositiveInfinity).Min();
            if (judged.Error <= others || judged.Error > (_isJoint ? NearlyAsGoodOfShort : JointGain) * others)
            {
                return;
            }

            _candidates.Remove(judged);
            if (_isJoint)
            {
                AddFit(learner, learner.Fit(budget, null), budget, heldOut);
                return;
            }

            OutputFit fit = learner.NewFit();
            learner.Begin(fit, 0, isJoint: true);
            learner.Continue(fit, budget, TrialRounds, isJoint: true);
            judged = AddFit(learner, fit, budget, heldOut);
            if (judged.Error < ClearlyBetter * others)
            {
                return;
            }

            _candidates.Remove(judged);
            if (judged.Error <= NearlyAsGood * others)
            {
                learner.Continue(fit, budget, options.Recipe.RoundsOf(isJoint: true, options, budget is not null) - TrialRounds, isJoint: true);
                learner.Soften(fit, null);
                AddFit(learner, fit, budget, heldOut);
            }
        }

        /// <summary>Rounds after the first passes.</summary>
        private void AddPasses(OutputLearner learner, OutputFit fit, LineBudget? budget, HeldOutRows heldOut)
        {
            // One pass moves trees into the budget, but beside others that are outside still; a second places them anew.
            int rounds = _isWhole ? Math.Min(areFewMade ? RoundsOfFew : int.MaxValue, options.Recipe.RoundsOf(_isJoint, options, budget is not null)) : TrialRounds + (budget is null || _isJoint ? 0 : 1);
            learner.Continue(fit, budget, rounds, _isJoint);
            if (_isWhole && !areMade)
            {
                learner.Soften(fit, null);
            }

            AddFit(learner, fit, budget, heldOut);
        }

        private Candidate AddFit(OutputLearner learner, OutputFit fit, LineBudget? budget, HeldOutRows heldOut)
        {
            LearnedTables start = learner.Start(fit);
            return Add(OutputMethod.Passes, budget, heldOut, ridges => learner.TablesOfPasses(start, ridges));
        }

        [MethodImpl(Compiled.Once)]
        private Candidate Add(OutputMethod method, LineBudget? budget, HeldOutRows heldOut, Func<double[], LearnedTables[]> fit)
        {
            LearnedTables[] learned = fit(strengths);
            Candidate? candidate = _candidates.Find(c => c.Method == method && c.Budget == budget);
            if (candidate is null)
            {
                candidate = new Candidate(method, budget, new double[strengths.Length]) { Lead = method == OutputMethod.Groups ? GroupsLead : 1 };
                _candidates.Add(candidate);
            }

            if (options.Classifier)
            {
                candidate.Fits.Add(fit);
            }

            for (int i = 0; i < learned.Length; i++)
            {
                candidate.Errors[i] += heldOut.Error(learned[i], scope.Cancellation);
            }

            return candidate;
        }
    }
}
