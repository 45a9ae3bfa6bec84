namespace Maddness.Cli.Output;

/// <summary>Makes a fraction of what a plan reports.</summary>
internal sealed class PlanningFraction(ProgressState progress) : IProgress<PlanningProgress>
{
    public void Report(PlanningProgress value)
    {
        progress.Rename($"Candidate {value.Completed + 1} of about {value.Expected}: {value.Codebooks} codebooks of {value.Leaves} leaves");
        progress.Report((double)value.Completed / value.Expected);
    }
}
