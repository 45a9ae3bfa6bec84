using Maddness.Common;

namespace Maddness;

/// <summary>How often a <see cref="DriftGuard"/> looks, and over how many rows. Checked when the guard is made, never adjusted in silence.</summary>
public sealed record DriftGuardOptions
{
    /// <summary>The longest window.</summary>
    internal const int MaxWindow = 100_000;

    /// <summary>
    /// n: one row of every n is also computed exactly, 1 or more. The cost, in every n rows, is that of an exact product of one row in double precision, and of a pass over the <see cref="Window"/>.
    /// </summary>
    public int Interval { get; init; } = 10_000;

    /// <summary>The checked rows that the running error is taken over, 1 to 100,000. <see cref="DriftGuard.BoundExceeded"/> is not raised before so many have been checked. Each check passes over all of them: about 2.5 ns for each.</summary>
    public int Window { get; init; } = 100;

    /// <summary>Tells guards apart in metrics: the value of the tag <c>maddness.guard</c>; null for no tag.</summary>
    public string? Name { get; init; }

    internal void Validate()
    {
        ArgumentChecks.Option(Interval >= 1, nameof(DriftGuardOptions), nameof(Interval), Interval, "at least 1");
        ArgumentChecks.Option(Window is >= 1 and <= MaxWindow, nameof(DriftGuardOptions), nameof(Window), Window, $"1 to {MaxWindow}");
    }
}
