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

    /// <summary>One run costs a line less, but errors of a few per cent more (cifar10, 8 lines, C = 16: .0558 in one run, .0522 in two).</summary>
    private const int AutomaticRuns = 2;

    /// <summary>What is tried, the cheapest to read first; where nobody asked, nothing that with a line more for each run reads as many as there are: whole rows share the line that they end in.</summary>
    /// <param name="lines">The lines of a row.</param>
    /// <param name="splits">Levels of all trees.</param>
    /// <param name="asked">The lines asked for; null where nobody asked.</param>
    internal static LineBudget[] Candidates(int lines, int splits, int? asked)
    {
        if (asked is int limit)
        {
            return limit >= lines ? [] : [.. new[] { Math.Min(AutomaticRuns, limit), limit }.Distinct().Select(runs => new LineBudget(limit, runs))];
        }

        int most = splits / MinSplits;
        int few = Math.Max(MinAutomatic, Math.Min((lines + 3) / 4, splits / ManySplits));
        int more = Math.Min(Math.Max(few, ((3 * lines) + 7) / 8), most);
        LineBudget[] tried = [new(few, AutomaticRuns), new(more, AutomaticRuns)];
        return [.. tried.Where(b => b.Lines >= MinAutomatic && b.Lines <= most && b.Lines + b.Runs < lines).Distinct()];
    }

    /// <summary>
    /// The factor by which a budget may raise the error of the trial, whose own noise is about half of it. Where nobody asked for a limit, a caller who has time for the lines saved gets more from
    /// further codebooks (measured, 512 columns, 16 codebooks, 100 outputs: four lines of a row take as long as five codebooks or more, of which two lower the error by as much). Passes
    /// understate the price that joint rounds pay (cifar10, 64 codebooks with 8 lines: 9 % in the trial, 20 % in the end), so that less is accepted of them.
    /// </summary>
    /// <param name="isGenerous">Whether the trial was joint, and nobody asked for as many lines, which would only leave the runs to choose.</param>
    internal static double Tolerance(bool isGenerous) => isGenerous ? 1.1 : 1.05;

    /// <summary>
    /// What earlier rounds are allowed: twice as much at first, then evenly less (cifar10, 8 lines, C = 4 and 16: .1262 and .0421, where all rounds but the first of four had 8 lines .1308 and .0446; similar100, C = 16: .0252 and .0275).
    /// </summary>
    /// <param name="rounds">Rounds to go until the budget holds.</param>
    /// <param name="of">Rounds that are allowed more.</param>
    internal LineBudget Before(int rounds, int of) => rounds == 0 ? this : new(Lines + (Lines * rounds / of), Runs + (Runs * rounds / of));
}
