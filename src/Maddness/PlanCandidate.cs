namespace Maddness;

/// <summary>One way to learn a product, and what it was measured to cost and to bring.</summary>
public sealed class PlanCandidate
{
    internal PlanCandidate()
    {
    }

    /// <summary>How it was learned. The objective may be <see cref="Objective.Auto"/>; <see cref="Objective"/> tells what came of it.</summary>
    public required TrainingOptions Options { get; init; }

    /// <summary>What the trees were learned for.</summary>
    public required Objective Objective { get; init; }

    /// <summary>The errors on held-out rows.</summary>
    public required ApproximationReport Accuracy { get; init; }

    /// <summary>The times on held-out rows, on one thread; fewer than 4,096 are repeated, as far as they take a time and memory that allow it.</summary>
    public required SpeedReport Speed { get; init; }

    /// <summary>Bytes of the model.</summary>
    public required long ModelBytes { get; init; }

    /// <summary>Whether the errors keep to the budgets.</summary>
    public required bool MeetsBudget { get; init; }

    /// <summary>
    /// Whether it kept to the budgets, and was faster than the exact product, on the other half of the held-out rows as well; null if it was not tried there, as nothing was left to decide.
    /// </summary>
    public bool? IsConfirmed { get; internal set; }
}
