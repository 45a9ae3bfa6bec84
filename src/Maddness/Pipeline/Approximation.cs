namespace Maddness.Pipeline;

/// <summary>What rows are multiplied with approximately: trees that encode them, tables whose entries are looked up, and how these are added.</summary>
internal sealed record Approximation(EncodePlan Plan, PackedTables Tables, Summation Summation);
