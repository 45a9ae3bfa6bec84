using System.Diagnostics.Metrics;

namespace Maddness.Common;

/// <summary>The instruments of all drift guards. Nobody listening costs a few nanoseconds a call.</summary>
internal static class DriftMetrics
{
    internal const string MeterName = "Maddness";

    private static readonly Meter Meter = new(MeterName);

    internal static Gauge<double> Error { get; } =
        Meter.CreateGauge<double>("maddness.drift.error", "1", "Running error of an approximate product: mean squared error / variance of the exact outputs, over the window of checked rows.");

    internal static Counter<long> Rows { get; } = Meter.CreateCounter<long>("maddness.drift.rows", "{row}", "Rows that passed a drift guard.");

    internal static Counter<long> CheckedRows { get; } = Meter.CreateCounter<long>("maddness.drift.checked_rows", "{row}", "Rows computed exactly as well.");

    internal static Counter<long> NonFiniteRows { get; } =
        Meter.CreateCounter<long>("maddness.drift.non_finite_rows", "{row}", "Checked rows left out of the error because an exact output is NaN or infinite.");

    internal static Counter<long> BoundExceeded { get; } = Meter.CreateCounter<long>("maddness.drift.bound_exceeded", "{event}", "Times that a running error passed its bound.");
}
