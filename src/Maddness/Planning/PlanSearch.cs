using Maddness.Common;
using Maddness.Training;

namespace Maddness.Planning;

/// <summary>
/// The search for the fastest product within a budget. First twice the codebooks each time, until the budget is met, the exact product is faster, or there is no prospect; then
/// variants round the last step: more leaves, codebooks in between, few cache lines, the other objective, tables for the arg-max.
/// </summary>
/// <param name="a">The training rows, N × D, row-major.</param>
/// <param name="rows">N.</param>
/// <param name="inputs">D.</param>
/// <param name="b">D × M, row-major.</param>
/// <param name="outputs">M.</param>
/// <param name="bias">M, or null.</param>
/// <param name="halves">The held-out rows that choose, and those that confirm.</param>
/// <param name="options">The budget, and what may be tried.</param>
/// <param name="progress">Told of each candidate, or null.</param>
/// <param name="cancellation">Ends the search.</param>
internal sealed class PlanSearch<T>(
    T[] a,
    int rows,
    int inputs,
    float[] b,
    int outputs,
    float[]? bias,
    HeldOutHalves<T> halves,
    PlanningOptions options,
    IProgress<PlanningProgress>? progress,
    CancellationToken cancellation)
    where T : unmanaged
{
    /// <summary>Below this, by a few runs, a candidate is slower than the exact product for certain, and so are all with more codebooks.</summary>
    private const double CertainlySlower = 0.9;

    /// <summary>Fewer rows are repeated to be timed: what calls take by themselves, and what stays in caches, would decide (beside 8,000 rows: 30 of 32 × 64 28 to 36 % too slow, 500 of 128 × 64 up to 43 % too fast).</summary>
    private const int TimedRows = 4096;

    /// <summary>Candidates after the steps, as far as can be told.</summary>
    private const int ExpectedVariants = 8;

    private readonly RowSpeed<T> _speed = Comparison(halves.Choosing, inputs, b, outputs, bias, null);
    private readonly List<Trial> _trials = [];
    private int _expected;

    private int MaxCodebooks => Math.Min(options.MaxCodebooks, inputs);

    private Trial? Fastest => _trials.Where(t => t.MeetsBudget).MaxBy(t => t.Speedup);

    /// <summary>Whether there is a budget of an error that no candidate has: the outputs of the held-out rows do not vary.</summary>
    private bool IsUndefined => PlanReason.Undefined(_trials[0].Accuracy, options) is not null;

    internal MaddnessPlan Run()
    {
        bool ended = Climb();
        if (!IsUndefined)
        {
            Vary();
        }

        return Decide(ended);
    }

    /// <summary>Twice the codebooks each time, or as many as there is some prospect of. Returns whether it ended for want of that.</summary>
    private bool Climb()
    {
        int codebooks = Math.Min(2, MaxCodebooks), most = MaxCodebooks;
        while (true)
        {
            _expected = Math.Max(1, int.Log2(MaxCodebooks)) + ExpectedVariants;
            Trial trial = Try(new TrainingOptions { Codebooks = codebooks, NormalizeOutputs = options.MaxOutputError is not null && options.MaxError is null });
            if (trial.MeetsBudget || trial.Speedup < CertainlySlower || IsUndefined)
            {
                return false;
            }

            // What is worth trying all the same is said once: a line promises always more.
            bool isHopeless = Outlook.IsHopeless(_trials, MaxCodebooks, options, out int promised);
            most = isHopeless ? Math.Min(most, promised) : most;
            if (codebooks >= most)
            {
                return isHopeless;
            }

            codebooks = Math.Min(2 * codebooks, most);
        }
    }

    private void Vary()
    {
        _expected = _trials.Count + ExpectedVariants;
        TrainingOptions last = _trials[^1].Options;
        if (!_trials[^1].MeetsBudget)
        {
            // The last resort: most leaves, as many codebooks as are still faster than the exact product.
            if (_trials.Where(t => t.Speedup >= CertainlySlower).MaxBy(t => t.Options.Codebooks) is not Trial largest)
            {
                return;
            }

            TryIfNew(largest.Options with { Leaves = 64 });
            TryForArgMax(largest.Options);
            if (Fastest is null)
            {
                return;
            }

            TryIfNew(largest.Options with { Leaves = 32 });
            last = Fastest.Options with { Leaves = 16, Classifier = false, NormalizeOutputs = _trials[0].Options.NormalizeOutputs };
        }

        int met = last.Codebooks;
        int missed = _trials.Where(t => !t.MeetsBudget && t.Options.Codebooks < met).Select(t => t.Options.Codebooks).DefaultIfEmpty(0).Max();
        VaryLeaves(last, missed, met);
        TryForArgMax(last with { Codebooks = Math.Max(1, missed) });
        if (missed > 0)
        {
            Objective other = _trials.First(t => t.Options.Codebooks == missed).Product.Objective == Objective.Output ? Objective.Reconstruction : Objective.Output;
            TryIfNew(last with { Codebooks = missed, Objective = other });

            // Of some data the errors of single outputs are smaller without it.
            TryIfNew(last with { Codebooks = missed, NormalizeOutputs = false });
        }

        VaryLines();
    }

    /// <summary>Fewer codebooks with more leaves, then codebooks between the last two steps.</summary>
    private void VaryLeaves(TrainingOptions standard, int missed, int met)
    {
        foreach (int leaves in (ReadOnlySpan<int>)[32, 64])
        {
            if (missed > 0)
            {
                TryIfNew(standard with { Codebooks = missed, Leaves = leaves });
            }

            int between = (missed + met) / 2;
            if (between > missed && Fastest is { Options: { } best } && !(best.Codebooks <= between && best.Leaves >= leaves))
            {
                TryIfNew(standard with { Codebooks = between, Leaves = leaves });
            }
        }

        // Only where so many codebooks do: fewer will not.
        bool isMet = _trials.Exists(t => t.MeetsBudget && t.Options == Complete(standard));
        for (int i = 0; i < 2 && isMet && met - missed > 1; i++)
        {
            int between = (missed + met) / 2;
            if (between < 2 && MaxCodebooks > 1)
            {
                break;
            }

            Trial trial = TryIfNew(standard with { Codebooks = between });
            (missed, met) = trial.MeetsBudget ? (missed, between) : (between, met);
        }
    }

    /// <summary>Tables refined for the arg-max, where that is what counts.</summary>
    private void TryForArgMax(TrainingOptions standard)
    {
        if (options.MinAgreement is not null && outputs > 1)
        {
            TrainingOptions classifier = standard with { Classifier = true, NormalizeOutputs = false };
            TryIfNew(classifier);
            TryIfNew(classifier with { Leaves = 32 });
        }
    }

    /// <summary>Trees that read few cache lines of wide rows, with the best codebooks and leaves so far and with more codebooks.</summary>
    private void VaryLines()
    {
        int lines = CacheLines.Count(inputs);
        foreach (int few in (ReadOnlySpan<int>)[4, 8])
        {
            if (Fastest is not Trial best || lines < 2 * few || best.Options.Objective == Objective.Reconstruction)
            {
                return;
            }

            TrainingOptions budgeted = best.Options with { MaxCacheLines = few, Objective = Objective.Output };
            if (!TryIfNew(budgeted).MeetsBudget)
            {
                TryIfNew(budgeted with { Codebooks = Math.Min(MaxCodebooks, best.Options.Codebooks * 3 / 2) });
            }
        }
    }

    private static RowSpeed<T> Comparison(MeasuredRows<T> held, int inputs, float[] b, int outputs, float[]? bias, RowSpeed<T>? settled)
    {
        int rows = SpeedComparison.RowsOf(Math.Max(held.Rows, TimedRows), inputs, outputs);
        return new(MatrixView<T>.Of(held.Repeat(rows, inputs), rows, inputs, nameof(held)), MatrixView<float>.Of(b, inputs, outputs, nameof(b)), bias, settled);
    }

    private Trial TryIfNew(TrainingOptions training) => _trials.Find(t => t.Options == Complete(training)) ?? Try(training);

    private TrainingOptions Complete(TrainingOptions training) => training with
    {
        Seed = options.Seed,
        MaxTrainingRows = options.MaxTrainingRows,
        MaxDegreeOfParallelism = options.MaxDegreeOfParallelism,
    };

    private Trial Try(TrainingOptions training)
    {
        training = Complete(training);
        CandidateProgress? candidate = null;
        if (progress is not null)
        {
            PlanningProgress start = new(_trials.Count, Math.Max(_expected, _trials.Count + 1), training.Codebooks, training.Leaves, training.Objective, null);
            progress.Report(start);
            candidate = new CandidateProgress(progress, start);
        }

        MaddnessMatmul product = MaddnessTrainer.Train<T>(a, rows, inputs, b, outputs, bias, training, candidate, cancellation);
        ApproximationReport accuracy = Measure(product, halves.Choosing);
        double speedup = _speed.Run([product], SpeedComparison.FewRuns, cancellation)[0].SpeedupOverExact;
        Trial trial = new(training, product, accuracy, speedup, options.IsMetBy(accuracy));
        _trials.Add(trial);
        return trial;
    }

    private ApproximationReport Measure(MaddnessMatmul product, MeasuredRows<T> held)
    {
        ApproximationMeasurement measurement = new(product, b);
        measurement.Add<T>(held.Values, held.Rows, held.Labels, cancellation);
        return measurement.Report();
    }

    /// <summary>Times all candidates side by side, and takes the fastest within the budget that keeps to it on the other rows, too.</summary>
    private MaddnessPlan Decide(bool ended)
    {
        TrainingOptions last = _trials[^1].Options;
        progress?.Report(new PlanningProgress(_trials.Count, _trials.Count, last.Codebooks, last.Leaves, last.Objective, null));
        SpeedReport[] speeds = _speed.Run([.. _trials.Select(t => t.Product)], SpeedComparison.ManyRuns, cancellation);
        PlanCandidate[] candidates = [.. _trials.Zip(speeds, (t, s) => Candidate(t, t.Accuracy, s))];
        int[] within = [.. Enumerable.Range(0, candidates.Length).Where(i => candidates[i].MeetsBudget).OrderBy(i => candidates[i].Speed.NanosecondsPerRowApproximate)];
        if (within.Length == 0)
        {
            return Plan(candidates, null, null, PlanReason.NotMet(candidates, options, ended));
        }

        if (candidates[within[0]].Speed.SpeedupOverExact <= 1)
        {
            return Plan(candidates, null, null, PlanReason.Slower(candidates[within[0]].Speed));
        }

        MeasuredRows<T> others = halves.Confirming;
        RowSpeed<T> comparison = Comparison(others, inputs, b, outputs, bias, _speed);
        int passedOver = 0;
        foreach (int i in within.Where(i => candidates[i].Speed.SpeedupOverExact > 1))
        {
            SpeedReport speed = comparison.Run([_trials[i].Product], SpeedComparison.ManyRuns, cancellation)[0];
            PlanCandidate confirmed = Candidate(_trials[i], Measure(_trials[i].Product, others), speed);
            candidates[i].IsConfirmed = confirmed.IsConfirmed = confirmed.MeetsBudget && speed.SpeedupOverExact > 1;
            if (confirmed.IsConfirmed.Value)
            {
                return Plan(candidates, i, confirmed, PlanReason.Chosen(confirmed, passedOver, options));
            }

            passedOver++;
        }

        return Plan(candidates, null, null, PlanReason.NotConfirmed(candidates[within[0]], passedOver, options));
    }

    private PlanCandidate Candidate(Trial trial, ApproximationReport accuracy, SpeedReport speed) => new()
    {
        Options = trial.Options,
        Objective = trial.Product.Objective,
        Accuracy = accuracy,
        Speed = speed,
        ModelBytes = trial.Product.SizeInBytes,
        MeetsBudget = options.IsMetBy(accuracy),
    };

    private MaddnessPlan Plan(PlanCandidate[] candidates, int? index, PlanCandidate? chosen, string reason) => new()
    {
        Recommendation = chosen is null ? PlanRecommendation.Exact : PlanRecommendation.Approximate,
        Reason = reason,
        Chosen = chosen,
        ChosenIndex = index,
        Product = index is int i ? _trials[i].Product : null,
        Candidates = Array.AsReadOnly(candidates),
        ChoosingRows = halves.Choosing.Rows,
        ConfirmingRows = halves.Confirming.Rows,
    };

    /// <summary>Passes on how far the training of one candidate is.</summary>
    private sealed class CandidateProgress(IProgress<PlanningProgress> progress, PlanningProgress start) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => progress.Report(start with { Training = value });
    }
}
