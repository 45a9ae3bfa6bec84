using Maddness.Training;

namespace Maddness.Planning;

/// <summary>
/// The search for the fastest product within a budget. First twice the codebooks each time, until the budget is met, the exact product is faster, or there is no prospect; then
/// variants round the last step: more leaves, codebooks in between, few cache lines, the other objective, tables for the arg-max.
/// </summary>
internal sealed class PlanSearch<T>
    where T : unmanaged
{
    /// <summary>Below this, by a few runs, a candidate is slower than the exact product for certain, and so are all with more codebooks.</summary>
    private const double CertainlySlower = 0.9;

    /// <summary>Candidates after the steps, as far as can be told.</summary>
    private const int ExpectedVariants = 8;

    private readonly T[] _a;
    private readonly int _rows;
    private readonly int _inputs;
    private readonly float[] _b;
    private readonly int _outputs;
    private readonly float[]? _bias;
    private readonly HeldOutHalves<T> _halves;
    private readonly PlanningOptions _options;
    private readonly IProgress<PlanningProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly SpeedComparison<T> _speed;
    private readonly List<Trial> _trials = [];

    private int _expected;

    internal PlanSearch(
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
    {
        (_a, _rows, _inputs, _b, _outputs, _bias, _halves) = (a, rows, inputs, b, outputs, bias, halves);
        (_options, _progress, _cancellation) = (options, progress, cancellation);
        _speed = new SpeedComparison<T>(halves.Choosing.Values, halves.Choosing.Rows, inputs, b, outputs, bias);
    }

    private int MaxCodebooks => Math.Min(_options.MaxCodebooks, _inputs);

    private Trial? Fastest => _trials.Where(t => t.MeetsBudget).MaxBy(t => t.Speedup);

    /// <summary>Whether there is a budget of an error that no candidate has: the outputs of the held-out rows are all equal.</summary>
    private bool IsUndefined => _options.MaxError is not null && double.IsNaN(_trials[0].Accuracy.NormalizedMeanSquaredError);

    internal MaddnessPlan Run()
    {
        bool ended = Climb();
        if (!IsUndefined)
        {
            Vary();
        }

        return Decide(ended);
    }

    /// <summary>Twice the codebooks each time. Returns whether it ended for want of prospect.</summary>
    private bool Climb()
    {
        int[] steps = MaxCodebooks == 1 ? [1] : [.. Enumerable.Range(1, 10).Select(i => 1 << i).Where(c => c <= MaxCodebooks)];
        for (int i = 0; i < steps.Length; i++)
        {
            _expected = steps.Length + ExpectedVariants;
            Trial trial = Try(new TrainingOptions { Codebooks = steps[i] });
            if (trial.MeetsBudget || trial.Speedup < CertainlySlower || IsUndefined)
            {
                return false;
            }

            if (Outlook.IsHopeless(_trials, MaxCodebooks, _options))
            {
                return true;
            }
        }

        return false;
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
            last = Fastest.Options with { Leaves = 16, Classifier = false };
        }

        int met = last.Codebooks;
        int missed = _trials.Where(t => !t.MeetsBudget && t.Options.Codebooks < met).Select(t => t.Options.Codebooks).DefaultIfEmpty(0).Max();
        VaryLeaves(last, missed, met);
        TryForArgMax(last with { Codebooks = Math.Max(1, missed) });
        if (missed > 0)
        {
            Objective other = _trials.First(t => t.Options.Codebooks == missed).Product.Objective == Objective.Output ? Objective.Reconstruction : Objective.Output;
            TryIfNew(last with { Codebooks = missed, Objective = other });
        }

        VaryLines();
    }

    /// <summary>Fewer codebooks with more leaves, then codebooks between the last two steps.</summary>
    private void VaryLeaves(TrainingOptions options, int missed, int met)
    {
        foreach (int leaves in (ReadOnlySpan<int>)[32, 64])
        {
            if (missed > 0)
            {
                TryIfNew(options with { Codebooks = missed, Leaves = leaves });
            }

            int between = (missed + met) / 2;
            if (between > missed && Fastest is { Options: { } best } && !(best.Codebooks <= between && best.Leaves >= leaves))
            {
                TryIfNew(options with { Codebooks = between, Leaves = leaves });
            }
        }

        // Only where so many codebooks do: fewer will not.
        bool isMet = _trials.Exists(t => t.MeetsBudget && t.Options == Complete(options));
        for (int i = 0; i < 2 && isMet && met - missed > 1; i++)
        {
            int between = (missed + met) / 2;
            if (between < 2 && MaxCodebooks > 1)
            {
                break;
            }

            Trial trial = TryIfNew(options with { Codebooks = between });
            (missed, met) = trial.MeetsBudget ? (missed, between) : (between, met);
        }
    }

    /// <summary>Tables refined for the arg-max, where that is what counts.</summary>
    private void TryForArgMax(TrainingOptions options)
    {
        if (_options.MinAgreement is not null && _outputs > 1)
        {
            TryIfNew(options with { Classifier = true });
            TryIfNew(options with { Classifier = true, Leaves = 32 });
        }
    }

    /// <summary>Trees that read few cache lines of wide rows, with the best codebooks and leaves so far and with more codebooks.</summary>
    private void VaryLines()
    {
        int lines = CacheLines.Count(_inputs);
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

    private Trial TryIfNew(TrainingOptions options) => _trials.Find(t => t.Options == Complete(options)) ?? Try(options);

    private TrainingOptions Complete(TrainingOptions options) => options with
    {
        Seed = _options.Seed,
        MaxTrainingRows = _options.MaxTrainingRows,
        MaxDegreeOfParallelism = _options.MaxDegreeOfParallelism,
    };

    private Trial Try(TrainingOptions options)
    {
        options = Complete(options);
        CandidateProgress? progress = null;
        if (_progress is not null)
        {
            PlanningProgress start = new(_trials.Count, Math.Max(_expected, _trials.Count + 1), options.Codebooks, options.Leaves, options.Objective, null);
            _progress.Report(start);
            progress = new CandidateProgress(_progress, start);
        }

        MaddnessMatmul product = MaddnessTrainer.Train<T>(_a, _rows, _inputs, _b, _outputs, _bias, options, progress, _cancellation);
        ApproximationReport accuracy = Measure(product, _halves.Choosing);
        double speedup = _speed.Run([product], SpeedComparison<T>.FewRuns, _cancellation)[0].SpeedupOverExact;
        Trial trial = new(options, product, accuracy, speedup, _options.IsMetBy(accuracy));
        _trials.Add(trial);
        return trial;
    }

    private ApproximationReport Measure(MaddnessMatmul product, MeasuredRows<T> rows)
    {
        ApproximationMeasurement measurement = new(product, _b);
        measurement.Add<T>(rows.Values, rows.Rows, rows.Labels, _cancellation);
        return measurement.Report();
    }

    /// <summary>Times all candidates side by side, and takes the fastest within the budget that keeps to it on the other rows, too.</summary>
    private MaddnessPlan Decide(bool ended)
    {
        TrainingOptions last = _trials[^1].Options;
        _progress?.Report(new PlanningProgress(_trials.Count, _trials.Count, last.Codebooks, last.Leaves, last.Objective, null));
        SpeedReport[] speeds = _speed.Run([.. _trials.Select(t => t.Product)], SpeedComparison<T>.ManyRuns, _cancellation);
        PlanCandidate[] candidates = [.. _trials.Zip(speeds, (t, s) => Candidate(t, t.Accuracy, s))];
        int[] within = [.. Enumerable.Range(0, candidates.Length).Where(i => candidates[i].MeetsBudget).OrderBy(i => candidates[i].Speed.NanosecondsPerRowApproximate)];
        if (within.Length == 0)
        {
            return Plan(candidates, null, null, PlanReason.NotMet(candidates, _options, ended));
        }

        if (candidates[within[0]].Speed.SpeedupOverExact <= 1)
        {
            return Plan(candidates, null, null, PlanReason.Slower(candidates[within[0]].Speed));
        }

        MeasuredRows<T> rows = _halves.Confirming;
        SpeedComparison<T> comparison = new(rows.Values, rows.Rows, _inputs, _b, _outputs, _bias, _speed);
        int passedOver = 0;
        foreach (int i in within.Where(i => candidates[i].Speed.SpeedupOverExact > 1))
        {
            SpeedReport speed = comparison.Run([_trials[i].Product], SpeedComparison<T>.ManyRuns, _cancellation)[0];
            PlanCandidate confirmed = Candidate(_trials[i], Measure(_trials[i].Product, rows), speed);
            candidates[i].IsConfirmed = confirmed.IsConfirmed = confirmed.MeetsBudget && speed.SpeedupOverExact > 1;
            if (confirmed.IsConfirmed.Value)
            {
                return Plan(candidates, i, confirmed, PlanReason.Chosen(confirmed, passedOver, _options));
            }

            passedOver++;
        }

        return Plan(candidates, null, null, PlanReason.NotConfirmed(candidates[within[0]], passedOver, _options));
    }

    private PlanCandidate Candidate(Trial trial, ApproximationReport accuracy, SpeedReport speed) => new()
    {
        Options = trial.Options,
        Objective = trial.Product.Objective,
        Accuracy = accuracy,
        Speed = speed,
        ModelBytes = trial.Product.SizeInBytes,
        MeetsBudget = _options.IsMetBy(accuracy),
    };

    private MaddnessPlan Plan(PlanCandidate[] candidates, int? index, PlanCandidate? chosen, string reason) => new()
    {
        Recommendation = chosen is null ? PlanRecommendation.Exact : PlanRecommendation.Approximate,
        Reason = reason,
        Chosen = chosen,
        ChosenIndex = index,
        Product = index is int i ? _trials[i].Product : null,
        Candidates = Array.AsReadOnly(candidates),
        ChoosingRows = _halves.Choosing.Rows,
        ConfirmingRows = _halves.Confirming.Rows,
    };

    /// <summary>Passes on how far the training of one candidate is.</summary>
    private sealed class CandidateProgress(IProgress<PlanningProgress> progress, PlanningProgress start) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => progress.Report(start with { Training = value });
    }
}
