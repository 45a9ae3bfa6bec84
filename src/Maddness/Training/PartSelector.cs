using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// Chooses what the trees of a model without B stand for: ranges of columns, as in the paper (§4.2), or <see cref="BalancedGroups"/>, whichever reconstructs held-out rows better. Groups do as a rule; ranges where neighbours go together more than variances and covariances tell,
/// as in series and one-hot columns. The same rows say whether <see cref="MadeRows"/> help.
/// </summary>
internal static class PartSelector
{
    /// <param name="data">The training rows.</param>
    /// <param name="options">Options of the training.</param>
    /// <param name="scope">Threads, cancellation, progress.</param>
    [MethodImpl(Compiled.Once)]
    internal static PartPlan Choose(TrainingRows data, TrainingOptions options, TrainingScope scope)
    {
        int[][] ranges = SubspacePartition.Ranges(data.Columns, options.Codebooks);
        if (options.Objective == Objective.Reconstruction || options.PrototypeLayout != PrototypeLayout.Dense)
        {
            return new(ranges, 0);
        }

        HeldOutTurns turns = HeldOutTurns.Of(data, 1, options.Seed);
        int made = options.Recipe.MakesRows ? MadeRows.OfTrial(turns.All, data.Columns) : 0;
        bool triesGroups = BalancedGroups.AreOwn(data.Columns, options.Codebooks);
        if (!triesGroups && made == 0)
        {
            return new(ranges, 0);
        }

        // The first of equals is chosen, and where no rows are held out all are equal.
        int[] totals = made == 0 ? [0] : [0, made];
        bool[] kinds = triesGroups ? [false, true] : [false];
        Trial[] trials = [.. totals.SelectMany(total => kinds.Select(areGroups => new Trial(ranges, total, areGroups, options, scope.WithoutProgress())))];
        for (int turn = 0; turn < turns.Count; turn++)
        {
            (TrainingRows kept, TrainingRows heldOut) = turns.Turn(turn);
            TrainingRows withMade = made == 0 ? kept : MadeRows.Add(turns.KeptOnce(turn), made, options.Seed);
            for (int i = 0; i < trials.Length; i++)
            {
                trials[i].Run(trials[i].Total == 0 ? kept : withMade, heldOut);
                scope.Report(TrainingStage.ChoosingRidgeStrength, (turn * trials.Length) + i + 1, turns.Count * trials.Length);
            }
        }

        Trial best = trials.MinBy(trial => double.IsNaN(trial.Error) ? double.PositiveInfinity : trial.Error)!;
        return new(best.Parts, MadeRows.OfTraining(best.Total, data.Columns));
    }

    /// <summary>How a model without B is learned.</summary>
    /// <param name="Parts">The columns of each codebook.</param>
    /// <param name="Rows">Rows to learn from in all, see <see cref="MadeRows"/>; 0 for those given alone.</param>
    internal sealed record PartPlan(int[][] Parts, int Rows);

    /// <summary>The error of one way to learn.</summary>
    /// <param name="ranges">Ranges of the columns.</param>
    /// <param name="total">Rows of the trial in all, see <see cref="MadeRows.OfTrial"/>; 0 for those given alone.</param>
    /// <param name="areGroups">Whether groups take the place of ranges: those of the last turn.</param>
    /// <param name="options">Options of the training.</param>
    /// <param name="scope">Threads, cancellation.</param>
    private sealed class Trial(int[][] ranges, int total, bool areGroups, TrainingOptions options, TrainingScope scope)
    {
        private readonly double[] _ridge = [options.RidgeStrength ?? RidgeSelector.Fallback];

        internal int Total => total;

        internal int[][] Parts { get; private set; } = ranges;

        internal double Error { get; private set; }

        internal void Run(TrainingRows rows, TrainingRows heldOut)
        {
            Parts = areGroups ? BalancedGroups.Of(rows, null, options.Codebooks, options.Levels, scope.Cancellation) : Parts;
            Error += RidgeSelector.Errors(rows, heldOut, null, 0, null, Parts, _ridge, options, scope)[0];
        }
    }
}
