namespace Maddness.Cli.Output;

/// <summary>
/// Makes a fraction of what a training reports. How many passes over the codebooks there will be is not told ahead: trials on held-out rows take about four, up to the report that all is chosen, and a third of the time; the passes after it
/// depend on the number of codebooks. The counts are those seen with the default recipe; a training that does more or less only makes the estimate of the time left worse.
/// </summary>
internal sealed class TrainingFraction(int codebooks, Objective objective, Action<double> report) : IProgress<TrainingProgress>
{
    private const double TrialPasses = 5;
    private const double TrialShare = 0.3;

    private readonly double _finalPasses = codebooks switch
    {
        <= 4 => 14,
        <= 8 => 7,
        < 24 => 3,
        _ => 6,
    };

    private double _passes;
    private bool _isChosen = objective == Objective.Reconstruction;

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
        if (objective == Objective.Reconstruction)
        {
            report(0.97 * Math.Min(1, passes));
        }
        else if (_isChosen)
        {
            report(TrialShare + ((0.97 - TrialShare) * Math.Min(1, passes / _finalPasses)));
        }
        else
        {
            report(TrialShare * Math.Min(1, passes / TrialPasses));
        }
    }
}
