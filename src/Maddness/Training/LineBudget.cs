namespace Maddness.Training;

/// <summary>
/// How many lines trees may read, and in how many runs of neighbours. Rows of an array seldom start at the start of a cache line, so a line here straddles two there: L lines in R runs
/// cost L + R.
/// </summary>
/// <param name="Lines">Groups of 16 columns.</param>
/// <param name="Runs">Runs of adjacent groups.</param>
internal sealed record LineBudget(int Lines, int Runs)
{
    /// <summary>Lines that a budget chosen by held-out rows leaves at least.</summary>
    private const int MinAutomatic = 8;

    /// <summary>Splits per line of a budget chosen by held-out rows: trees with fewer would miss the lines left out.</summary>
    private const int MinSplits = 2;

    /// <summary>What is tried, the cheapest to read first; of as many lines as there are, nothing.</summary>
    /// <param name="lines">The lines of a row.</param>
    /// <param name="splits">Levels of all trees.</param>
    /// <param name="asked">The lines asked for; null where nobody asked.</param>
    internal static LineBudget[] Candidates(int lines, int splits, int? asked)
    {
        if (asked is int limit)
        {
            return limit >= lines ? [] : [.. new[] { 1, 2, limit }.Where(r => r <= limit).Distinct().Select(runs => new LineBudget(limit, runs))];
        }

        int few = Math.Min(Math.Max(MinAutomatic, ((3 * lines) + 7) / 8), splits / MinSplits);
        return few < MinAutomatic || few >= lines ? [] : [new(few, 1), new(few, 2)];
    }

    /// <summary>What the first of the passes with a budget are allowed.</summary>
    internal LineBudget Twice => new(2 * Lines, 2 * Runs);
}
