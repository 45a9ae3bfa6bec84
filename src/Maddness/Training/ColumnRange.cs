namespace Maddness.Training;

/// <summary>Consecutive columns of A.</summary>
internal readonly record struct ColumnRange(int Start, int Width);
