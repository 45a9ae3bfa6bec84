using static System.FormattableString;

namespace Maddness;

/// <summary>
/// What an approximate product takes on this CPU beside the exact one: medians of interleaved runs on one thread, tables and weights in the caches, rows as they come,
/// without the time that other processes took where the system tells it. The exact product gets
/// its rows as float32, whatever the type of A, and is not charged for the conversion.
/// </summary>
/// <param name="Rows">The rows of one run.</param>
/// <param name="NanosecondsPerRowExact">Of <see cref="ExactMatmul"/>, or of windows <see cref="ExactConvolution"/>.</param>
/// <param name="NanosecondsPerRowApproximate">Of <see cref="MaddnessMatmul"/>, or of windows <see cref="MaddnessConvolution"/>.</param>
/// <param name="Kernel">The instruction set that both ran at.</param>
public sealed record SpeedReport(int Rows, double NanosecondsPerRowExact, double NanosecondsPerRowApproximate, KernelLevel Kernel)
{
    /// <summary>How many times faster than the exact product; below 1 it is slower.</summary>
    public double SpeedupOverExact => NanosecondsPerRowExact / NanosecondsPerRowApproximate;

    /// <summary>All figures by their names.</summary>
    /// <returns>One line, in the invariant culture.</returns>
    public override string ToString() => Invariant(
        $"{nameof(SpeedReport)} {{ {nameof(Rows)} = {Rows}, {nameof(NanosecondsPerRowExact)} = {NanosecondsPerRowExact}, {nameof(NanosecondsPerRowApproximate)} = {NanosecondsPerRowApproximate}, {nameof(Kernel)} = {Kernel}, {nameof(SpeedupOverExact)} = {SpeedupOverExact} }}");
}
