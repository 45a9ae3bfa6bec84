using Maddness.Cli.Report;

namespace Maddness.Cli.Output;

/// <summary>Makes a fraction of what a plan reports: each candidate is one part of it, most of which is its training.</summary>
internal sealed class PlanningFraction(ProgressState progress) : IProgress<PlanningProgress>
{
    /// <summary>Of the time of a candidate; the rest are its errors and its first times.</summary>
    private const double TrainingShare = 0.9;

    private TrainingFraction? _training;

    public void Report(PlanningProgress value)
    {
        if (value.Training is TrainingProgress training)
        {
            _training?.Report(training);
            return;
        }

        progress.Rename(value.Completed < value.Expected
            ? $"Candidate {value.Completed + 1} of about {value.Expected}: {Words.Codebooks(value.Codebooks, value.Leaves)}"
            : $"Timing {value.Completed} candidates side by side");
        progress.Report((double)value.Completed / (value.Expected + 1));
        _training = new TrainingFraction(value.Codebooks, value.Objective, fraction => progress.Report((value.Completed + (TrainingShare * fraction)) / (value.Expected + 1)));
    }
}
