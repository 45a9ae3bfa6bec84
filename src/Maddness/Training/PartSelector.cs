using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// Chooses what the trees of a model without B stand for: ranges of columns, as in the paper (§4.2), or <see cref="BalancedGroups"/>, whichever reconstructs held-out rows better. Groups do as a rule; ranges where neighbours go together more than variances and covariances tell,
/// as in series and one-hot columns.
/// </summary>
internal static class PartSelector
{
    /// <param name="data">The training rows.</param>
    /// <param name="options">Options of the training.</param>
    /// <param name="scope">Threads, cancellation, progress.</param>
    /// <returns>The columns of each codebook.</returns>
    [MethodImpl(Compiled.Once)]
    internal static int[][] Choose(TrainingRows data, TrainingOptions options, TrainingScope scope)
    {
        int[][] ranges = SubspacePartition.Ranges(data.Columns, options.Codebooks), groups = ranges;
        if (options.Objective == Objective.Reconstruction || options.PrototypeLayout != PrototypeLayout.Dense || !BalancedGroups.AreOwn(data.Columns, options.Codebooks))
        {
            return ranges;
        }

        TrainingScope silent = scope.WithoutProgress();
        HeldOutTurns turns = HeldOutTurns.Of(data, 1, options.Seed);
        double[] ridge = [options.RidgeStrength ?? RidgeSelector.Fallback];
        double ofRanges = 0, ofGroups = 0;
        for (int turn = 0; turn < turns.Count; turn++)
        {
            (TrainingRows kept, TrainingRows heldOut) = turns.Turn(turn);
            groups = BalancedGroups.Of(kept, null, options.Codebooks, options.Levels, scope.Cancellation);
            ofRanges += RidgeSelector.Errors(kept, heldOut, null, 0, null, ranges, ridge, options, silent)[0];
            scope.Report(TrainingStage.ChoosingRidgeStrength, (2 * turn) + 1, 2 * turns.Count);
            ofGroups += RidgeSelector.Errors(kept, heldOut, null, 0, null, groups, ridge, options, silent)[0];
            scope.Report(TrainingStage.ChoosingRidgeStrength, 2 * (turn + 1), 2 * turns.Count);
        }

        return ofGroups < ofRanges ? groups : ranges;
    }
}
