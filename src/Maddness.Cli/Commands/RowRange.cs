namespace Maddness.Cli.Commands;

/// <summary>Rows of a matrix.</summary>
/// <param name="From">The first one; null for the first of all.</param>
/// <param name="To">The first one that no longer belongs to it; null for the end.</param>
internal sealed record RowRange(long? From, long? To);
