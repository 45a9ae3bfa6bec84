namespace Maddness.Cli.Output;

/// <summary>Passes a fraction on, on the thread that measures: <see cref="Progress{T}"/> would do so later, on another.</summary>
internal sealed class SpeedFraction(ProgressState progress) : IProgress<double>
{
    public void Report(double value) => progress.Report(value);
}
