namespace Maddness.Cli.Output;

/// <summary>
/// Makes a fraction of what a training reports. How many passes over the codebooks there will be is not told ahead: trials on held-out rows take about four, up to the report that all is chosen, and a third of the time; the passes after it
/// depend on the number of codebooks. The counts are those seen with the default recipe; a training that does more or less only makes the estimate of the time left worse.
/// </summary>
internal sealed class TrainingFraction(TrainingOptions options, ProgressState progress) : IProgress<TrainingProgress>
{
    private const double TrialPasses = 5;
    private const double TrialShare = 0.3;

    private readonly double _finalPasses = options.Codebooks switch
    {
        <= 4 => 14,
        <= 8 => 7,
        < 24 => 3,
        _ => 6,
    };

    private double _passes;
    private bool _isChosen = options.Objective == Objective.Reconstruction;

    public void Report(TrainingProgress value)
    {
        if (value.Stage == TrainingStage.ChoosingRidgeStrength && value.Completed == value.Total)
        {
            (_isChosen, _passes) = (true, 0);
        }

        if (value.Stage != TrainingStage.LearningTrees)
        {
            return;
        }

        double passes = _passes + ((double)value.Completed / value.Total);
        _passes += value.Completed == value.Total ? 1 : 0;
        if (options.Objective == Objective.Reconstruction)
        {
            progress.Report(0.97 * Math.Min(1, passes));
        }
        else if (_isChosen)
        {
            progress.Report(TrialShare + ((0.97 - TrialShare) * Math.Min(1, passes / _finalPasses)));
        }
        else
        {
            progress.Report(TrialShare * Math.Min(1, passes / TrialPasses));
        }
    }
}
