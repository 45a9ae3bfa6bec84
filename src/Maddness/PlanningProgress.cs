namespace Maddness;

/// <summary>How far a plan has come.</summary>
/// <param name="Completed">Candidates learned and measured.</param>
/// <param name="Expected">How many there will be, as far as can be told: a search that ends early needs fewer. At least 1.</param>
/// <param name="Codebooks">The codebooks of the candidate that is learned now.</param>
/// <param name="Leaves">Its leaves.</param>
public readonly record struct PlanningProgress(int Completed, int Expected, int Codebooks, int Leaves);
