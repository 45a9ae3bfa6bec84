namespace Maddness.Comparison.Targets;

/// <summary>One case as measured in several rounds, minutes apart: a neighbour on the same machine may take half of the speed of one round, but seldom of most.</summary>
/// <param name="rounds">The case in each round.</param>
internal sealed class TargetRounds(IEnumerable<Target> rounds)
{
    private readonly Target[] _ordered = [.. rounds.OrderBy(t => t.Reached)];

    /// <summary>The round in the middle, its arithmetic with it; of an even number, the worse one.</summary>
    internal Target Middle => _ordered[(_ordered.Length - 1) / 2];

    internal double Least => _ordered.Min(t => t.Measured);

    internal double Most => _ordered.Max(t => t.Measured);
}
