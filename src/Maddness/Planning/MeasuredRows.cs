namespace Maddness.Planning;

/// <summary>Some held-out rows with their labels, if they have any.</summary>
internal sealed record MeasuredRows<T>(T[] Values, int Rows, int[]? Labels)
    where T : unmanaged;
