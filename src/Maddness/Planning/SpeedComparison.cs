namespace Maddness.Planning;

/// <summary>
/// Times approximate products beside the exact one, in turn (exact, first, second, …, exact, …), so that what the machine does besides hits all alike, and takes medians. In its turn a short
/// product runs several times untimed, as the one before it has emptied the caches of its tables and of what it reads of rows, which in use stay there, as far as they fit.
/// </summary>
internal abstract class SpeedComparison
{
    /// <summary>Runs whose medians are reported.</summary>
    internal const int ManyRuns = 15;

    /// <summary>Runs whose medians tell which way to search.</summary>
    internal const int FewRuns = 5;

    /// <summary>Rows and results of one run at most: more than the caches next to a core hold, so that rows come from where they would in use.</summary>
    private const long MaxBytes = 32 << 20;

    /// <summary>Multiply-adds of one exact run at most, tens of milliseconds, unless that leaves too few rows.</summary>
    private const long MaxWork = 1L << 31;
    private const int MinRows = 256;

    /// <summary>What one timed sample takes at least, by repetition.</summary>
    private const double LeastMilliseconds = 0.2;

    /// <summary>
    /// Untimed runs of a product in its turn, fewer where they take longer than <see cref="LongMilliseconds"/>. A last cache fills with what is read over several passes: behind an exact
    /// product, products of 10,000 × 512 × 100 with 4 codebooks took 75 to 95 ns a row at first, 30 to 45 after ten runs, and 28 to 38 in the end (Zen 4).
    /// </summary>
    private const int UntimedRuns = 10;

    /// <summary>A product that takes longer runs without an untimed run before it.</summary>
    private const double LongMilliseconds = 20;

    /// <summary>What a product is run for before it is timed.</summary>
    private const double WarmUpMilliseconds = 60;

    /// <summary>And how often at least: in its first run a product is compiled.</summary>
    private const int MinWarmUpRuns = 2;

    /// <summary>
    /// A runtime that compiles in tiers compiles again what is not a hot loop, but late: a machine with two busy cores was seen to need 1.8 s. Until short runs have not become shorter for this long, nothing is timed, once for each kind of
    /// product.
    /// </summary>
    private const double SettlingMilliseconds = 2000;

    /// <summary>Where a run takes longer, what is compiled late does not matter: some tenths of a microsecond a run were measured.</summary>
    private const double SettledMilliseconds = 0.03;
    private const double MaxSettlingMilliseconds = 8000;
    private const double Shorter = 0.95;

    private static readonly bool IsTiered = AppContext.GetData("System.Runtime.TieredCompilation") is not (false or "false");

    /// <summary>The kinds of products that have settled: their leaves, 0 for the exact one.</summary>
    private readonly HashSet<int> _settled;

    /// <param name="rows">The rows of one run.</param>
    /// <param name="settled">An earlier comparison, whose kinds of products need not settle again; null for none.</param>
    private protected SpeedComparison(int rows, SpeedComparison? settled)
    {
        Rows = rows;
        _settled = settled?._settled ?? [];
    }

    /// <summary>The rows of one run.</summary>
    internal int Rows { get; }

    /// <summary>How many of the rows are timed, at least one; rows and results fit an array each.</summary>
    internal static int RowsOf(int rows, int inputs, int outputs)
    {
        long byMemory = MaxBytes / (sizeof(float) * ((long)inputs + outputs));
        long byWork = Math.Max(MinRows, MaxWork / ((long)inputs * outputs));
        long byLength = Array.MaxLength / Math.Max(inputs, outputs);
        return (int)Math.Min(rows, Math.Max(1, Math.Min(Math.Min(Math.Max(byMemory, MinRows), byWork), byLength)));
    }

    /// <summary>Each product beside the exact one. Progress is told after each run of all, from 1/<paramref name="runs"/> to 1.</summary>
    internal SpeedReport[] Run(IReadOnlyList<MaddnessMatmul> products, int runs, CancellationToken cancellation, IProgress<double>? progress = null)
    {
        // The first is the exact one.
        MaddnessMatmul?[] all = [null, .. products];
        double[] first = [.. all.Select(product => WarmUp(product, cancellation))];
        if (IsTiered)
        {
            Settle([.. all.Where((_, i) => first[i] < SettledMilliseconds)], cancellation);
            first = [.. all.Select((product, i) => first[i] < SettledMilliseconds ? WarmUp(product, cancellation) : first[i])];
        }

        double[][] times = [.. all.Select(_ => new double[runs])];
        for (int run = 0; run < runs; run++)
        {
            for (int i = 0; i < all.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                MaddnessMatmul? product = all[i];
                for (int untimed = Math.Min(UntimedRuns, (int)Math.Ceiling(LongMilliseconds / first[i]) - 1); untimed > 0; untimed--)
                {
                    Multiply(product);
                }

                int repeats = (int)Math.Clamp(Math.Ceiling(LeastMilliseconds / first[i]), 1, 10_000);
                times[i][run] = WorkClock.Nanoseconds(() => Multiply(product), repeats, repeats * first[i]) / ((double)repeats * Rows);
            }

            progress?.Report((run + 1.0) / runs);
        }

        double exact = Median(times[0]);
        return [.. times.Skip(1).Select(t => new SpeedReport(Rows, exact, Median(t), KernelSelection.Current))];
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    /// <summary>Runs products of kinds that have not run before until the runtime has compiled them for good; null is the exact one.</summary>
    private void Settle(MaddnessMatmul?[] products, CancellationToken cancellation)
    {
        MaddnessMatmul?[] unsettled = [.. products.Where(p => _settled.Add(p?.Leaves ?? 0))];
        double[] least = [.. unsettled.Select(_ => double.PositiveInfinity)];

        // The compiler waits for the same cores: beside busy processes it takes as much longer as these runs do.
        WorkClock.Started start = WorkClock.Start(), improved = start;
        while (unsettled.Length > 0
            && improved.Elapsed.TotalMilliseconds < SettlingMilliseconds
            && start.Elapsed.TotalMilliseconds < MaxSettlingMilliseconds)
        {
            for (int i = 0; i < unsettled.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                MaddnessMatmul? product = unsettled[i];
                double time = WorkClock.Nanoseconds(() => Multiply(product), 1);
                improved = time < Shorter * least[i] ? WorkClock.Start() : improved;
                least[i] = Math.Min(least[i], time);
            }
        }
    }

    /// <summary>The milliseconds of the fastest of the first runs.</summary>
    private double WarmUp(MaddnessMatmul? product, CancellationToken cancellation)
    {
        double least = double.PositiveInfinity;
        WorkClock.Started start = WorkClock.Start();
        for (int runs = 0; runs < MinWarmUpRuns || start.Elapsed.TotalMilliseconds < WarmUpMilliseconds; runs++)
        {
            cancellation.ThrowIfCancellationRequested();
            least = Math.Min(least, WorkClock.Nanoseconds(() => Multiply(product), 1) * 1e-6);
        }

        return Math.Max(least, 1e-5);
    }

    /// <summary>Runs a product once; null is the exact one.</summary>
    private protected abstract void Multiply(MaddnessMatmul? product);
}
