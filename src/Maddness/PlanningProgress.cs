namespace Maddness;

/// <summary>How far a plan has come.</summary>
/// <param name="Completed">Candidates learned and measured; all that were tried, and so <paramref name="Expected"/>, when they are about to be timed side by side.</param>
/// <param name="Expected">How many there will be, as far as can be told: a search that ends early needs fewer. At least 1.</param>
/// <param name="Codebooks">The codebooks of the candidate that is learned now, or was last.</param>
/// <param name="Leaves">Its leaves.</param>
/// <param name="Objective">What it is asked to be learned for.</param>
/// <param name="Training">How far its training has come; null where none is under way.</param>
public readonly record struct PlanningProgress(int Completed, int Expected, int Codebooks, int Leaves, Objective Objective, TrainingProgress? Training);
