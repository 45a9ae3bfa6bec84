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

    /// <summary>Splits per line of the smaller budget of very wide rows.</summary>
    private const int ManySplits = 8;

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

        int most = splits / MinSplits;
        int few = Math.Max(MinAutomatic, Math.Min((lines + 3) / 4, splits / ManySplits));
        int more = Math.Min(Math.Max(few, ((3 * lines) + 7) / 8), most);
        LineBudget[] tried = [new(few, 2), new(more, 2)];
        return [.. tried.Where(b => b.Lines >= MinAutomatic && b.Lines <= most && b.Lines < lines).Distinct()];
    }

    /// <summary>What the first of the passes with a budget are allowed.</summary>
    internal LineBudget Twice => new(2 * Lines, 2 * Runs);
}
