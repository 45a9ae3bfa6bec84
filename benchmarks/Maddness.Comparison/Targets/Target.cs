namespace Maddness.Comparison.Targets;

/// <summary>One line of the table: what was wanted, what was measured, and what bounds it.</summary>
/// <param name="Case">What is measured.</param>
/// <param name="Wanted">The figure to reach; larger is better, unless <paramref name="IsLimit"/>.</param>
/// <param name="Measured">The figure reached.</param>
/// <param name="Unit">Behind both figures.</param>
/// <param name="IsLimit">Whether smaller is better.</param>
/// <param name="Arithmetic">Times, rivals and bounds behind the figure.</param>
internal sealed record Target(string Case, double Wanted, double Measured, string Unit, bool IsLimit, string Arithmetic)
{
    internal bool IsMet => Reached >= 1;

    /// <summary>The share of what was wanted.</summary>
    internal double Reached => IsLimit ? Wanted / Measured : Measured / Wanted;
}
