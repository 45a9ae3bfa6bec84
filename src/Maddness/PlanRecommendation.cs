namespace Maddness;

/// <summary>What a plan advises.</summary>
public enum PlanRecommendation
{
    /// <summary>Use <see cref="ExactMatmul"/>: nothing that was tried keeps to the budget and is faster.</summary>
    Exact = 0,

    /// <summary>Use the product that was chosen.</summary>
    Approximate = 1,
}
