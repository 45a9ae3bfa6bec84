namespace Maddness.Planning;

/// <summary>
/// Tells when more codebooks cannot help: from the last candidates, the time per row is carried on as a line in C, the miss (error, or share of rows with another arg-max) as a power of C. Where the product
/// would still miss the budget by a wide margin at the C that takes as long as the exact product, there is no use in learning ever larger candidates. But rates are no laws: of independent columns of two values the error falls as a line, to nothing where
/// all are read (128 of them, 16 leaves: .66, .49 and 0 at C = 8, 16 and 32). Where a line promises what a power does not, the search goes on as far as it does.
/// </summary>
internal static class Outlook
{
    /// <summary>Candidates before anything is carried on.</summary>
    private const int MinTrials = 4;

    /// <summary>The miss may be carried on wrongly: it must be this many times the budget.</summary>
    private const double Margin = 3;

    /// <summary>Of the codebooks between the last candidate and the limit, those that may be tried: they should still be faster.</summary>
    private const double Reach = 0.9;

    /// <summary>Codebooks in parts of those at which the line keeps to the budget: it may be a little less steep.</summary>
    private const double Beyond = 1.1;

    /// <summary>Whether the search among more codebooks should end.</summary>
    /// <param name="trials">Candidates with the same leaves and ever more codebooks, all faster than the exact product.</param>
    /// <param name="maxCodebooks">The most that would be tried.</param>
    /// <param name="options">The budget.</param>
    /// <param name="most">Where it should: the codebooks up to which a line promises so much that they are worth trying all the same; 0 for none.</param>
    internal static bool IsHopeless(IReadOnlyList<Trial> trials, int maxCodebooks, PlanningOptions options, out int most)
    {
        most = 0;
        if (trials.Count < MinTrials)
        {
            return false;
        }

        Trial before = trials[^2], last = trials[^1];
        double codebooks = last.Options.Codebooks;
        double time = 1 / last.Speedup, slope = (time - (1 / before.Speedup)) / (codebooks - before.Options.Codebooks);

        // Times that did not grow say nothing: then all that may be tried may be as fast.
        double limit = slope > 0 ? Math.Min(maxCodebooks, codebooks + ((1 - time) / slope)) : maxCodebooks;
        (double Earlier, double Now, double? Budget)[] misses =
        [
            (before.Accuracy.NormalizedMeanSquaredError, last.Accuracy.NormalizedMeanSquaredError, options.MaxError),
            (before.Accuracy.MeanOutputError, last.Accuracy.MeanOutputError, options.MaxOutputError),
            (1 - before.Accuracy.ArgMaxAgreement, 1 - last.Accuracy.ArgMaxAgreement, 1 - options.MinAgreement),
        ];
        if (!misses.Any(m => Misses(m.Earlier, m.Now, m.Budget)))
        {
            return false;
        }

        double byLine = Beyond * misses.Max(m => Meeting(m.Earlier, m.Now, m.Budget));
        most = byLine <= codebooks + (Reach * (limit - codebooks)) ? (int)byLine : 0;
        return true;

        bool Misses(double earlier, double now, double? budget)
        {
            if (budget is not double allowed || !(now > 0))
            {
                return false;
            }

            double doublings = Math.Max(0, Math.Log2(limit / codebooks));
            double expected = now * Math.Pow(Math.Min(1, now / earlier), doublings);
            return expected > Margin * Math.Max(allowed, 1e-3);
        }

        // The codebooks at which a line keeps to a budget that is missed so far.
        double Meeting(double earlier, double now, double? budget) =>
            budget is not double allowed || now <= allowed ? codebooks
            : now >= earlier ? double.PositiveInfinity
            : codebooks + ((now - allowed) / (earlier - now) * (codebooks - before.Options.Codebooks));
    }
}
