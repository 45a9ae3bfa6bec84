using System.Diagnostics;
using System.Runtime.InteropServices;
using Maddness.Stress.Files;

namespace Maddness.Stress;

/// <summary>
/// A service under load: many callers on one product after another, which is saved, loaded and swapped beneath them, trainings that are cancelled, a guard that watches. Every result is compared with the bits
/// that it must have, and memory must not grow.
/// </summary>
public sealed class Soak
{
    private const int Inputs = 24;
    private const int Outputs = 33;
    private const int Rows = 200;
    private const int TrainingRows = 300;
    private const int Callers = 6;

    private readonly string _folder;
    private readonly float[] _training = Walk(1, TrainingRows);
    private readonly float[] _a = Walk(2, Rows);
    private readonly float[] _b = UniformValues.Of(new Random(3), Inputs * Outputs);
    private readonly List<Variant> _variants = [];
    private readonly byte[] _trained;
    private readonly TimeSpan _trainingTime;
    private readonly float[] _exact = new float[Rows * Outputs];
    private Slot _current;
    private long _calls;
    private long _swaps;
    private long _cancelled;
    private long _completed;
    private volatile string? _failure;

    /// <param name="folder">Where models are saved and loaded; its own.</param>
    public Soak(string folder)
    {
        _folder = folder;
        new ExactMatmul(_b, Inputs, Outputs).Multiply(_a, Rows, _exact);
        long start = Stopwatch.GetTimestamp();
        _trained = SavedBytes.Of(Train(default).Save);
        _trainingTime = Stopwatch.GetElapsedTime(start);
        foreach (int leaves in (int[])[16, 32, 64])
        {
            _variants.Add(new Variant(MaddnessTrainer.Train(_training, TrainingRows, Inputs, new() { Codebooks = 5, Leaves = leaves }).Bind(_b, Outputs, UniformValues.Of(new Random(leaves), Outputs)), _a));
        }

        _current = new Slot(_variants[0], _variants[0].Product, _b);
    }

    /// <summary>Runs for so long; the lines of a report, or the failure.</summary>
    /// <param name="duration">How long.</param>
    /// <param name="log">Takes a line now and then.</param>
    /// <exception cref="InvalidDataException">A result was wrong, or memory grew.</exception>
    public string Run(TimeSpan duration, Action<string> log)
    {
        using CancellationTokenSource stop = new();
        Thread[] threads =
        [
            .. Enumerable.Range(0, Callers).Select(i => new Thread(() => Guarded(() => Call(new Random(i), stop.Token)))),
            new Thread(() => Guarded(() => Swap(stop.Token))),
            new Thread(() => Guarded(() => CancelTrainings(stop.Token))),
        ];
        Array.ForEach(threads, thread => thread.Start());

        // The first third warms up: pools fill, code is compiled. Then the least of each half is compared, as what a moment holds on to comes and goes.
        List<long> heap = [], resident = [];
        long start = Stopwatch.GetTimestamp();
        TimeSpan pause = TimeSpan.FromTicks(Math.Max(duration.Ticks / 60, TimeSpan.TicksPerMillisecond * 50));
        for (TimeSpan elapsed = default; elapsed < duration && _failure is null; elapsed = Stopwatch.GetElapsedTime(start))
        {
            Thread.Sleep(pause);
            if (elapsed > duration / 3)
            {
                GC.Collect();
                heap.Add(GC.GetGCMemoryInfo(GCKind.FullBlocking).HeapSizeBytes);
                resident.Add(Environment.WorkingSet);
                log($"{elapsed:hh\\:mm\\:ss}  heap {heap[^1] / 1024:N0} KB  resident {resident[^1] / 1024:N0} KB  {Interlocked.Read(ref _calls):N0} calls");
            }
        }

        stop.Cancel();
        Array.ForEach(threads, thread => thread.Join());
        if (_failure is string failure)
        {
            throw new InvalidDataException(failure);
        }

        return Check("managed heap", heap, 8) + Check("resident memory", resident, 64)
            + $"{_calls:N0} calls with the right bits, {_swaps:N0} swaps of the model, {_cancelled:N0} trainings cancelled and {_completed:N0} completed";
    }

    private static string Check(string what, List<long> samples, int allowedMegabytes)
    {
        long before = samples[..(samples.Count / 2)].Min(), after = samples[(samples.Count / 2)..].Min();
        return after - before <= allowedMegabytes * 1024L * 1024
            ? $"{what} {before / 1024:N0} KB, later {after / 1024:N0} KB; "
            : throw new InvalidDataException($"The {what} grew from {before} to {after} bytes; expected at most {allowedMegabytes} MB more.");
    }

    /// <summary>Rows whose columns depend on one another: a random walk along each row.</summary>
    private static float[] Walk(int seed, int rows)
    {
        float[] values = UniformValues.Of(new Random(seed), rows * Inputs);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = i % Inputs == 0 ? values[i] : values[i - 1] + (0.3f * values[i]);
        }

        return values;
    }

    private void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            _failure ??= e.ToString();
        }
    }

    private void Call(Random random, CancellationToken stop)
    {
        float[] y = new float[Rows * Outputs];
        int[] indices = new int[Rows * 3];
        while (!stop.IsCancellationRequested && _failure is null)
        {
            Slot slot = Volatile.Read(ref _current);
            Variant variant = slot.Variant;
            int start = random.Next(Rows), rows = random.Next(1, Rows - start + 1), threads = random.Next(1, 4);
            ReadOnlySpan<float> a = _a.AsSpan(start * Inputs, rows * Inputs);
            Span<float> part = y.AsSpan(0, rows * Outputs);
            part.Fill(float.NaN);
            switch (random.Next(6))
            {
                case 0:
                    slot.Product.Multiply(a, rows, part, threads);
                    Same(part, variant.Y.AsSpan(start * Outputs, rows * Outputs), "product");
                    break;
                case 1:
                    slot.Guard.Multiply(a, rows, part, threads);
                    Same(part, variant.Y.AsSpan(start * Outputs, rows * Outputs), "guarded product");
                    break;
                case 2:
                    slot.Product.Multiply(slot.Product.Encode(a, rows, threads), part, threads);
                    Same(part, variant.Y.AsSpan(start * Outputs, rows * Outputs), "scan");
                    break;
                case 3:
                    slot.Product.TopK(a, rows, 3, indices.AsSpan(0, rows * 3), y.AsSpan(0, rows * 3), threads);
                    Same(y.AsSpan(0, rows * 3), variant.Top.AsSpan(start * 3, rows * 3), "top 3");
                    break;
                case 4:
                    slot.Reranker.Find(a, rows, 3, indices.AsSpan(0, rows * 3), y.AsSpan(0, rows * 3), 7, threads);
                    Same(y.AsSpan(0, rows * 3), variant.Reranked.AsSpan(start * 3, rows * 3), "top 3 of 7 candidates");
                    break;
                default:
                    slot.Exact.Multiply(a, rows, part, threads);
                    Same(part, _exact.AsSpan(start * Outputs, rows * Outputs), "exact product");
                    break;
            }

            Interlocked.Increment(ref _calls);
        }
    }

    private static void Same(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, string what)
    {
        if (!MemoryMarshal.AsBytes(actual).SequenceEqual(MemoryMarshal.AsBytes(expected)))
        {
            throw new InvalidDataException($"A {what} was wrong.");
        }
    }

    /// <summary>Saves the next model over the file of the last one, loads it from there, and puts it in the place of the current one.</summary>
    private void Swap(CancellationToken stop)
    {
        string path = Path.Combine(_folder, "current.safetensors");
        for (int i = 0; !stop.IsCancellationRequested && _failure is null; i++)
        {
            Variant variant = _variants[i % _variants.Count];
            variant.Product.Save(path);
            Volatile.Write(ref _current, new Slot(variant, MaddnessMatmul.Load(path), _b));
            Interlocked.Increment(ref _swaps);
            stop.WaitHandle.WaitOne(5);
        }

        File.Delete(path);
        string[] left = Directory.GetFileSystemEntries(_folder);
        if (left.Length > 0)
        {
            throw new InvalidDataException($"Files were left behind: {string.Join(", ", left)}.");
        }
    }

    /// <summary>Trainings that are cancelled at any moment; those that come through have learned the same as ever.</summary>
    private void CancelTrainings(CancellationToken stop)
    {
        Random random = new(9);
        while (!stop.IsCancellationRequested && _failure is null)
        {
            // Beside so many others a training takes several times as long as it did alone.
            using CancellationTokenSource cancel = new(_trainingTime * (10 * random.NextDouble() * random.NextDouble()));
            try
            {
                if (!SavedBytes.Of(Train(cancel.Token).Save).AsSpan().SequenceEqual(_trained))
                {
                    throw new InvalidDataException("A training learned something else.");
                }

                Interlocked.Increment(ref _completed);
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref _cancelled);
            }
        }
    }

    private MaddnessMatmul Train(CancellationToken cancellation) =>
        MaddnessTrainer.Train(_training, TrainingRows, Inputs, _b, Outputs, default, new() { Codebooks = 4, MaxDegreeOfParallelism = 2 }, null, cancellation);

    /// <summary>A model and what it must give.</summary>
    private sealed class Variant
    {
        internal Variant(MaddnessMatmul product, float[] a)
        {
            Product = product;
            product.Multiply(a, Rows, Y);
            int[] indices = new int[Rows * 3];
            product.TopK(a, Rows, 3, indices, Top);
            new TopKReranker(product, UniformValues.Of(new Random(3), Inputs * Outputs)).Find(a, Rows, 3, indices, Reranked, 7);
        }

        internal MaddnessMatmul Product { get; }

        internal float[] Y { get; } = new float[Rows * Outputs];

        internal float[] Top { get; } = new float[Rows * 3];

        internal float[] Reranked { get; } = new float[Rows * 3];
    }

    /// <summary>What callers use until the next swap.</summary>
    private sealed class Slot(Variant variant, MaddnessMatmul product, float[] b)
    {
        internal Variant Variant { get; } = variant;

        internal MaddnessMatmul Product { get; } = product;

        internal DriftGuard Guard { get; } = new(product, b, 1, new() { Interval = 50, Window = 10 });

        internal TopKReranker Reranker { get; } = new(product, b);

        internal ExactMatmul Exact { get; } = new(b, Inputs, Outputs);
    }
}
