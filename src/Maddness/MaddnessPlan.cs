namespace Maddness;

/// <summary>The outcome of <see cref="MaddnessPlanner"/>.</summary>
public sealed class MaddnessPlan
{
    internal MaddnessPlan()
    {
    }

    /// <summary>What to use.</summary>
    public required PlanRecommendation Recommendation { get; init; }

    /// <summary>Why, in a sentence or two.</summary>
    public required string Reason { get; init; }

    /// <summary>
    /// The fastest candidate that keeps to the budget, measured on the half of the held-out rows that did not choose it: the figures to expect. One that misses the budget there is passed over for the next
    /// fastest. Null when the exact product is recommended.
    /// </summary>
    public required PlanCandidate? Chosen { get; init; }

    /// <summary>The chosen product itself; null when the exact one is recommended.</summary>
    public required MaddnessMatmul? Product { get; init; }

    /// <summary>All that was tried, in order, measured on the half of the held-out rows that chooses. Its figures for the chosen one are optimistic.</summary>
    public required IReadOnlyList<PlanCandidate> Candidates { get; init; }

    /// <summary>The place of the chosen one among <see cref="Candidates"/>; null when the exact product is recommended.</summary>
    public required int? ChosenIndex { get; init; }

    /// <summary>The held-out rows that choose.</summary>
    public required int ChoosingRows { get; init; }

    /// <summary>The other held-out rows.</summary>
    public required int ConfirmingRows { get; init; }
}
