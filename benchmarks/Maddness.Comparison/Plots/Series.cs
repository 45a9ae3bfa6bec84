namespace Maddness.Comparison.Plots;

/// <summary>A curve: a name, its points, and whether it should stand out.</summary>
internal sealed record Series(string Name, IReadOnlyList<(double X, double Y)> Points, bool Strong = false, bool Dashed = false);
