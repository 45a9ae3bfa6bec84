namespace Maddness.Cli.Report;

/// <summary>What <c>bench --json</c> prints.</summary>
internal sealed record BenchJson(
    int Rows,
    int Inputs,
    int Outputs,
    int Codebooks,
    int Leaves,
    double NanosecondsPerRowExact,
    double NanosecondsPerRowApproximate,
    double SpeedupOverExact,
    string Kernel,
    long ModelBytes,
    string Objective)
{
    internal static BenchJson Of(MaddnessMatmul model, SpeedReport speed) => new(
        speed.Rows,
        model.Inputs,
        model.Outputs,
        model.Codebooks,
        model.Leaves,
        speed.NanosecondsPerRowExact,
        speed.NanosecondsPerRowApproximate,
        speed.SpeedupOverExact,
        KernelSelection.NameOf(speed.Kernel),
        model.SizeInBytes,
        Words.Of(model.Objective));
}
