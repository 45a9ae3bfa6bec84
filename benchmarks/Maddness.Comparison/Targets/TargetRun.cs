using System.Diagnostics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Maddness.Comparison.Core;
using Maddness.Comparison.Data;
using Maddness.Comparison.Native;
using static Maddness.Comparison.Targets.TargetPage;

namespace Maddness.Comparison.Targets;

/// <summary>Measures the speed targets of the library, each beside its rival and its bound.</summary>
internal sealed class TargetRun(bool quick)
{
    private const string Times = "×";

    /// <summary>Rows that are in cache with everything made of them.</summary>
    private const int Few = 64;

    private readonly List<Target> _measured = [];
    private readonly List<string> _facts = [];
    private readonly int _runs = quick ? 5 : 25;

    internal int Rounds { get; } = quick ? 1 : 5;

    internal IReadOnlyList<TargetRounds> Targets => [.. _measured.GroupBy(t => t.Case).Select(rounds => new TargetRounds(rounds))];

    /// <summary>What else was seen, each fact once.</summary>
    internal IReadOnlyList<string> Facts => [.. _facts.Distinct()];

    internal void Run()
    {
        for (int round = 1; round <= Rounds; round++)
        {
            Progress($"round {round} of {Rounds}");
            MeasureAll(round);
        }
    }

    private void MeasureAll(int round)
    {
        double fromCache = MemoryReads.Streaming(5_000_000), fromMemory = MemoryReads.Streaming(64_000_000);
        _facts.Add($"Round {round}, one thread: streaming read {Figure(fromCache)} GB/s from 20 MB, {Figure(fromMemory)} GB/s from 256 MB; dependent multiply-adds of 64-bit integers {Figure(DependentStepNanoseconds())} ns each (a neighbour on the same core shows here)");
        RowMajor(new(10_000, 512, 100), [(16, 30, 13), (8, 40, 18)], fromCache);
        RowMajor(new(10_000, 512, 512), [(16, 32, 13), (8, 38, 15)], fromMemory);
        RowMajor(new(4096, 2048, 512), [(16, 100, 0)], fromMemory);
        ColumnMajor(new(10_000, 512, 100), [(32, 0), (16, 40), (8, 55), (4, 75)]);
        ArgMax(new(10_000, 512, 100));
        Scan();
        Encode(fromMemory);
        OneRow(new(1, 512, 100));
        Threads(new(100_000, 512, 100));
        Exact();
        Tables();
        Learning();
        Integers(new(10_000, 512, 100));
        Avx2(new(10_000, 512, 100), fromCache);
    }

    /// <summary>Row-major products with 8 of the row's cache lines, over the fastest exact product and over the product of bytes.</summary>
    private void RowMajor(Shape shape, (int Codebooks, double OverExact, double OverBytes)[] wanted, double bandwidth)
    {
        Progress($"row-major {shape}");
        Problem problem = ShapeData.Generate(shape);
        float[] y = new float[shape.Rows * shape.Outputs];
        List<(string Name, Product Product)> exact = Rivals.Exact(problem);
        Product? bytes = Rivals.Prepared(new OnnxRuntime(bytes: true), problem);
        MaddnessMatmul[] products = [.. wanted.Select(w => Learn(problem, w.Codebooks, lines: 8))];
        Action[] actions =
        [
            .. exact.Select(e => (Action)(() => e.Product.Multiply(y))),
            .. products.Select(p => (Action)(() => p.Multiply(problem.Test.Values, shape.Rows, y))),
            bytes is null ? () => { } : () => bytes.Multiply(y),
        ];
        double[] times = NanosecondsPerRow(actions, shape.Rows);
        int best = Array.IndexOf(times, times[..exact.Count].Min());
        for (int i = 0; i < wanted.Length; i++)
        {
            int codebooks = wanted[i].Codebooks;
            double time = times[exact.Count + i];
            (double floor, string arithmetic) = Floor(problem, products[i], lines: 8, bandwidth);
            string name = $"row-major {shape}, C = {codebooks}, line budget 8";
            Add(name + ", over the fastest exact", wanted[i].OverExact, times[best] / time, $"{Figure(time)} ns a row; {exact[best].Name} {Figure(times[best])}{Rivals.OverNative(exact, times, time)}; floor {arithmetic}, {Figure(times[best] / floor)}{Times}");
            Limit(name + ", over its floor", 1.5, time / floor, Times, arithmetic);
            if (bytes is not null && wanted[i].OverBytes > 0)
            {
                Add(name + ", over DynamicQuantizeMatMul", wanted[i].OverBytes, times[^1] / time, $"{Figure(time)} ns a row; theirs {Figure(times[^1])}; floor {Figure(floor)}, {Figure(times[^1] / floor)}{Times}");
            }
        }

        Rivals.Release(exact, bytes);
    }

    private void ColumnMajor(Shape shape, (int Codebooks, double OverExact)[] wanted)
    {
        Progress($"column-major {shape}");
        Problem problem = ShapeData.Generate(shape);
        float[] y = new float[shape.Rows * shape.Outputs];
        float[] columns = problem.Test.Transpose().Values;
        List<(string Name, Product Product)> exact = Rivals.Exact(problem);
        MaddnessMatmul[] products = [.. wanted.Select(w => Learn(problem, w.Codebooks))];
        Action[] actions =
        [
            .. exact.Select(e => (Action)(() => e.Product.Multiply(y))),
            .. products.Select(p => (Action)(() => MultiplyColumns(p, columns, y))),
        ];
        double[] times = NanosecondsPerRow(actions, shape.Rows);
        int best = Array.IndexOf(times, times[..exact.Count].Min());
        for (int i = 0; i < wanted.Length; i++)
        {
            double time = times[exact.Count + i];
            string inCache = ColumnsInCache(problem, products[i]);
            if (wanted[i].OverExact > 0)
            {
                Add($"column-major {shape}, C = {wanted[i].Codebooks}, over the fastest exact", wanted[i].OverExact, times[best] / time, $"{Figure(time)} ns a row; {exact[best].Name} {Figure(times[best])}{Rivals.OverNative(exact, times, time)}; {inCache}");
            }
            else
            {
                // The authors' code with a pass to floats, on the same kind of machine: 364 µs at C = 32, beside an exact product of 5.6 ms.
                double authors = 5600.0 / (311 + 53);
                Add($"column-major {shape}, C = {wanted[i].Codebooks}, over the authors' code with floats out", 1.5, times[best] / time / authors, $"{Figure(time)} ns a row, {Figure(times[best] / time)}{Times} exact; {inCache}; theirs, of the same exact product, {Figure(authors)}{Times} (published measurement, not of this run)");
            }
        }

        Rivals.Release(exact, null);
    }

    /// <summary>The arg-max of each row, against the exact product with an arg-max behind it.</summary>
    private void ArgMax(Shape shape)
    {
        Progress($"arg-max {shape}");
        Problem problem = ShapeData.Generate(shape);
        float[] y = new float[shape.Rows * shape.Outputs];
        int[] indices = new int[shape.Rows];
        List<(string Name, Product Product)> exact = Rivals.Exact(problem);
        MaddnessMatmul product = Learn(problem, 8, lines: 4);
        double[] times = NanosecondsPerRow(
            [
                .. exact.Select(e => (Action)(() =>
                {
                    e.Product.Multiply(y);
                    for (int row = 0; row < indices.Length; row++)
                    {
                        indices[row] = TensorPrimitives.IndexOfMax(y.AsSpan(row * shape.Outputs, shape.Outputs));
                    }
                })),
                () => product.ArgMax(problem.Test.Values, shape.Rows, indices),
            ],
            shape.Rows);
        double best = times[..^1].Min();
        float[] few = problem.Test.Top(Few).Values;
        double inCache = NanosecondsPerRow([() => product.ArgMax(few, Few, indices.AsSpan(0, Few))], Few)[0];
        Add($"fused arg-max, row-major {shape}, C = 8, line budget 4", 50, best / times[^1], $"{Figure(times[^1])} ns a row; exact with arg-max {Figure(best)}; {Figure(inCache)} ns a row where everything is in cache, {Figure(best / inCache)}{Times}");
        Rivals.Release(exact, null);
    }

    /// <summary>Codes to floats, in cache. Of 512 inputs: 64 codebooks approximate 64 inputs so well that their tables are not rounded to sums of four.</summary>
    private void Scan()
    {
        foreach ((KernelLevel level, double wanted) in ((KernelLevel, double)[])[(KernelLevel.Avx512Vbmi, 200), (KernelLevel.Avx512, 140), (KernelLevel.Avx2, 90)])
        {
            if (!KernelSelection.Available.Contains(level))
            {
                _facts.Add($"No {KernelSelection.NameOf(level)} here: its targets are left out");
                continue;
            }

            Progress($"accumulate, {KernelSelection.NameOf(level)}");
            Problem problem = ShapeData.Generate(new(512, 512, 96));
            float[] y = new float[512 * 96];
            KernelSelection.Use(level);
            int[] sizes = [16, 32, 64];
            double[] times =
            [
                .. sizes.Select(codebooks =>
                {
                    MaddnessMatmul product = Learn(problem, codebooks);
                    EncodedMatrix codes = product.Encode(problem.Test.Values, 512);
                    return NanosecondsPerRow([() => product.Multiply(codes, y)], 512)[0];
                }),
            ];
            double perCodebook = (times[^1] - times[0]) / (sizes[^1] - sizes[0]);
            double rest = times[0] - (sizes[0] * perCodebook);
            string arithmetic = rest > 0
                ? $"look-ups {Figure(96 / perCodebook)} G/s (what C = 64 takes more than C = 16); {Figure(rest)} ns of a row go to unpacking, floats and stores; {Bound(level)}"
                : $"C = 64 took more than four times as long as C = 16: how much goes to look-ups does not show; {Bound(level)}";
            for (int i = 0; i < sizes.Length; i++)
            {
                Add($"accumulate 512 rows, M = 96, C = {sizes[i]}, {KernelSelection.NameOf(level)}", wanted, sizes[i] * 96 / times[i], $"{Figure(times[i])} ns a row; {arithmetic}", " G look-ups/s");
            }

            KernelSelection.Reset();
        }
    }

    /// <summary>What look-ups alone reach, added as bytes, which overflows: no sums, no floats, no stores.</summary>
    private string Bound(KernelLevel level)
    {
        string loads = $"looking up and adding as bytes alone {Figure(level == KernelLevel.Avx2 ? LookupBound.LoadsOf32(_runs) : LookupBound.LoadsOf64(_runs))} G/s by loads";
        return level == KernelLevel.Avx512Vbmi ? $"{loads}, {Figure(LookupBound.Permutations(_runs))} by permutations" : loads;
    }

    /// <summary>Encoding rows that come from memory, against reading the same lines: of rows that start one, or 8 lines of columns would be up to 16 of memory.</summary>
    private void Encode(double bandwidth)
    {
        Progress("encode from memory");
        Problem problem = ShapeData.Generate(new(100_000, 512, 100));
        ReadOnlyMemory<float> rows = FromLineStart(problem.Test.Values);
        double ofLines = MemoryReads.Lines(rows, 512, 8);
        foreach (int codebooks in (int[])[8, 16])
        {
            MaddnessMatmul product = Learn(problem, codebooks, lines: 8);
            EncodedMatrix codes = product.Encode(rows.Span, 100_000);
            EncodedMatrix fewCodes = product.Encode(rows.Span[..(Few * 512)], Few);
            double time = NanosecondsPerRow([() => product.Encode(rows.Span, 100_000, codes)], 100_000)[0];
            double inCache = NanosecondsPerRow([() => product.Encode(rows.Span[..(Few * 512)], Few, fewCodes)], Few)[0];
            double rate = 64 * 8 / time;
            Add(
                $"row-major encode, 100,000x512, C = {codebooks}, line budget 8: rate of the lines touched",
                80,
                100 * rate / bandwidth,
                $"{Figure(time)} ns a row for 512 bytes, {Figure(inCache)} in cache; rows start cache lines, codes into the matrix of the run before; streaming read {Figure(bandwidth)} GB/s, by a loop that does nothing but ask for 8 lines of each row and read them {Figure(ofLines)}, {Figure(100 * rate / ofLines)} % of which is reached",
                " % of streaming read");
        }
    }

    private void OneRow(Shape shape)
    {
        Progress("one row");
        Problem problem = ShapeData.Generate(shape);
        float[] y = new float[shape.Outputs];
        List<(string Name, Product Product)> exact = Rivals.Exact(problem);
        MaddnessMatmul product = Learn(problem, 16);
        double[] times = NanosecondsPerRow([.. exact.Select(e => (Action)(() => e.Product.Multiply(y))), () => product.Multiply(problem.Test.Values, 1, y)], 1);
        double best = times[..^1].Min();
        Limit($"one row, {shape}, C = 16", 1, times[^1] / 1000, " µs", "the row is in cache");
        Add($"one row, {shape}, C = 16, over the fastest exact", 3, best / times[^1], $"{Figure(best / 1000)} µs");
        Rivals.Release(exact, null);
    }

    private void Threads(Shape shape)
    {
        if (Environment.ProcessorCount < 2)
        {
            _facts.Add("One core: two threads were not measured");
            return;
        }

        Progress("two threads");
        Problem problem = ShapeData.Generate(shape);
        float[] y = new float[shape.Rows * shape.Outputs], other = new float[y.Length];
        MaddnessMatmul product = Learn(problem, 16, lines: 8);
        double[] times = WallNanosecondsPerRow([() => product.Multiply(problem.Test.Values, shape.Rows, y), () => product.Multiply(problem.Test.Values, shape.Rows, other, maxDegreeOfParallelism: 2)], shape.Rows);
        string bits = y.AsSpan().SequenceEqual(other) ? "the same bits" : "OTHER BITS";
        Add($"two threads over one, row-major {shape}, C = 16, line budget 8", 1.8, times[0] / times[1], $"{Figure(times[0])} and {Figure(times[1])} ns a row on the wall; {bits}; two threads that do nothing but read memory are {Figure(ReadingOfTwo())}{Times} as fast as one");
    }

    private void Exact()
    {
        foreach (Shape shape in (Shape[])[new(10_000, 512, 100), new(4096, 512, 512)])
        {
            Progress($"exact {shape}");
            Problem problem = ShapeData.Generate(shape);
            float[] y = new float[shape.Rows * shape.Outputs];
            List<(string Name, Product Product)> exact = Rivals.Exact(problem);
            if (exact.Count == 1)
            {
                _facts.Add("No native float product here: ExactMatmul was compared with none");
                return;
            }

            double[] times = NanosecondsPerRow([.. exact.Select(e => (Action)(() => e.Product.Multiply(y)))], shape.Rows);
            (string name, double native) = Rivals.FastestNative(exact, times);
            Add($"ExactMatmul over the best native product, {shape}", 0.95, native / times[0], $"{Figure(2.0 * shape.Inputs * shape.Outputs / times[0])} GFLOP/s; {name} {Figure(2.0 * shape.Inputs * shape.Outputs / native)}");
            Rivals.Release(exact, null);
        }
    }

    private void Tables()
    {
        Progress("tables");
        Problem problem = ShapeData.Generate(new(1, 512, 100));
        foreach ((PrototypeLayout layout, double wanted) in ((PrototypeLayout, double)[])[(PrototypeLayout.CodebookLocal, 60), (PrototypeLayout.Dense, 250)])
        {
            MaddnessModel model = MaddnessTrainer.Train(problem.Train.Values, problem.Train.Rows, 512, new TrainingOptions { Codebooks = 16, PrototypeLayout = layout });
            double time = NanosecondsPerRow([() => model.Bind(problem.B.Values, 100)], 1)[0];
            Limit($"tables for a new B, 512x100, C = 16, {layout} prototypes", wanted, time / 1000, " µs", $"binding: products, quantisation and checks; {(layout == PrototypeLayout.Dense ? "256 × 512 × 100" : "16 × 512 × 100")} multiply-adds");
        }
    }

    private void Learning()
    {
        foreach (int outputs in (int[])[10, 100])
        {
            Progress($"learning, {outputs} outputs");
            Problem problem = Training(outputs);
            foreach ((Objective objective, double wanted) in ((Objective, double)[])[(Objective.Reconstruction, 0.5), (Objective.Auto, 2)])
            {
                Action train = () => MaddnessTrainer.Train(problem.Train.Values, problem.Train.Rows, 512, problem.B.Values, outputs, options: new TrainingOptions { Codebooks = 16, Objective = objective });
                double time = Timing.Median([.. Enumerable.Range(0, quick ? 1 : 3).Select(_ => Timing.Milliseconds(train))]);
                Limit($"learning 10,000x512, C = 16, M = {outputs}, {objective}", wanted, time / 1000, " s", "one thread");
            }
        }
    }

    /// <summary>Column-major columns of integers, against floats of the same values.</summary>
    private void Integers(Shape shape)
    {
        Progress("integers");
        Problem problem = ShapeData.Generate(shape);
        float largest = problem.Train.Values.Max();
        sbyte[] Bytes(Matrix m) => [.. m.Values.Select(v => (sbyte)Math.Clamp(v / largest * 127, -128, 127))];
        sbyte[] train = Bytes(problem.Train), test = Bytes(problem.Test.Transpose());
        TrainingOptions options = new() { Codebooks = 16 };
        MaddnessMatmul ofFloats = MaddnessTrainer.Train([.. train.Select(v => (float)v)], problem.Train.Rows, shape.Inputs, problem.B.Values, shape.Outputs, options: options);
        MaddnessMatmul ofShorts = MaddnessTrainer.Train<short>([.. train.Select(v => (short)v)], problem.Train.Rows, shape.Inputs, problem.B.Values, shape.Outputs, options: options);
        MaddnessMatmul ofBytes = MaddnessTrainer.Train<sbyte>(train, problem.Train.Rows, shape.Inputs, problem.B.Values, shape.Outputs, options: options);
        float[] floats = [.. test.Select(v => (float)v)];
        short[] shorts = [.. test.Select(v => (short)v)];
        nint[] lengths = [shape.Rows, shape.Inputs], strides = [1, shape.Rows];
        EncodedMatrix codes = ofBytes.Encode<sbyte>(new ReadOnlyTensorSpan<sbyte>(test, lengths, strides));
        double[] times = NanosecondsPerRow(
            [
                () => ofFloats.Encode(new ReadOnlyTensorSpan<float>(floats, lengths, strides), codes),
                () => ofShorts.Encode<short>(new ReadOnlyTensorSpan<short>(shorts, lengths, strides), codes),
                () => ofBytes.Encode<sbyte>(new ReadOnlyTensorSpan<sbyte>(test, lengths, strides), codes),
            ],
            shape.Rows);
        string arithmetic = $"{Figure(times[0])}, {Figure(times[1])} and {Figure(times[2])} ns a row of float, int16 and int8, packing of the codes included, into the matrix of the run before";
        Add("column-major encode of int16 over float, C = 16", 1.7, times[0] / times[1], arithmetic);
        Add("column-major encode of int8 over float, C = 16", 3, times[0] / times[2], arithmetic);
    }

    private void Avx2(Shape shape, double bandwidth)
    {
        if (!KernelSelection.Available.Contains(KernelLevel.Avx2))
        {
            return;
        }

        Progress("AVX2");
        Problem problem = ShapeData.Generate(shape);
        float[] y = new float[shape.Rows * shape.Outputs];
        ExactMatmul exact = new(problem.B.Values, shape.Inputs, shape.Outputs);
        foreach (int codebooks in (int[])[8, 16])
        {
            MaddnessMatmul product = Learn(problem, codebooks, lines: 8);
            Action[] actions = [() => exact.Multiply(problem.Test.Values, shape.Rows, y), () => product.Multiply(problem.Test.Values, shape.Rows, y)];
            double[] best = NanosecondsPerRow(actions, shape.Rows);
            KernelSelection.Use(KernelLevel.Avx2);
            double[] avx2 = NanosecondsPerRow(actions, shape.Rows);
            (double floor, string arithmetic) = Floor(problem, product, lines: 8, bandwidth);
            KernelSelection.Reset();
            double wanted = 0.7 * best[0] / best[1];
            Add($"AVX2, row-major {shape}, C = {codebooks}, line budget 8, over the exact AVX2 product", wanted, avx2[0] / avx2[1], $"{Figure(avx2[1])} ns a row; exact {Figure(avx2[0])}; floor {arithmetic}, {Figure(avx2[0] / floor)}{Times}; wanted is 70 % of {Figure(best[0] / best[1])}{Times} with {KernelSelection.NameOf(KernelSelection.Current)}");
        }
    }

    /// <summary>
    /// What no product of this kind goes below: the bytes of a row at the rate of streaming them, or its encoding and its look-ups where everything is in cache.
    /// </summary>
    private (double Nanoseconds, string Arithmetic) Floor(Problem problem, MaddnessMatmul product, int lines, double bandwidth)
    {
        float[] y = new float[Few * problem.Outputs];
        float[] rows = problem.Test.Top(Few).Values;
        EncodedMatrix codes = product.Encode(rows, Few);
        double[] times = NanosecondsPerRow([() => product.Encode(rows, Few, codes), () => product.Multiply(codes, y)], Few);
        double bytes = (64 * lines) + (4.0 * problem.Outputs);
        double moving = bytes / bandwidth, computing = times[0] + times[1];
        return (Math.Max(moving, computing), $"max({Figure(bytes)} bytes / {Figure(bandwidth)} GB/s = {Figure(moving)}, in cache {Figure(times[0])} to encode + {Figure(times[1])} to sum) ns");
    }

    /// <summary>The two stages of a column-major product where everything is in cache.</summary>
    private string ColumnsInCache(Problem problem, MaddnessMatmul product)
    {
        float[] y = new float[Few * problem.Outputs];
        float[] columns = problem.Test.Top(Few).Transpose().Values;
        EncodedMatrix codes = product.Encode(problem.Test.Top(Few).Values, Few);
        double[] times = NanosecondsPerRow([() => product.Encode(new ReadOnlyTensorSpan<float>(columns, [Few, product.Inputs], [1, Few]), codes), () => product.Multiply(codes, y)], Few);
        return $"in cache {Figure(times[0])} to encode + {Figure(times[1])} to sum";
    }

    /// <summary>How much faster two threads read memory than one.</summary>
    private double ReadingOfTwo()
    {
        float[] values = new float[64_000_000];
        values.AsSpan().Fill(1);
        float[] sums = new float[2];
        double[] times = WallNanosecondsPerRow(
            [
                () => sums[0] = TensorPrimitives.Sum(values),
                () => Parallel.For(0, 2, half => sums[half] = TensorPrimitives.Sum(values.AsSpan(half * values.Length / 2, values.Length / 2))),
            ],
            1);
        return sums[0] > 0 ? times[0] / times[1] : double.NaN;
    }

    private static void MultiplyColumns(MaddnessMatmul product, float[] columns, float[] y) => product.Multiply(
        new ReadOnlyTensorSpan<float>(columns, [columns.Length / product.Inputs, product.Inputs], [1, columns.Length / product.Inputs]),
        new TensorSpan<float>(y, [columns.Length / product.Inputs, product.Outputs]));

    private static MaddnessMatmul Learn(Problem problem, int codebooks, int? lines = null) => MaddnessTrainer.Train(
        problem.Train.Values, problem.Train.Rows, problem.Inputs, problem.B.Values, problem.Outputs, options: new TrainingOptions { Codebooks = codebooks, MaxCacheLines = lines });

    /// <summary>A copy that starts a cache line.</summary>
    private static unsafe ReadOnlyMemory<float> FromLineStart(float[] values)
    {
        const int LineFloats = 16;
        float[] copy = GC.AllocateArray<float>(values.Length + LineFloats, pinned: true);
        int start = (int)(LineFloats - ((nint)Unsafe.AsPointer(ref copy[0]) / sizeof(float) % LineFloats)) % LineFloats;
        values.CopyTo(copy, start);
        return copy.AsMemory(start, values.Length);
    }

    /// <summary>10,000 rows to learn from.</summary>
    private static Problem Training(int outputs)
    {
        Problem rows = ShapeData.Generate(new(10_000, 512, outputs));
        return new Problem(rows.Name, rows.Family, rows.Test, rows.Test.Top(1), rows.B);
    }

    /// <summary>What a step takes that waits for the one before: a few cycles of a core's clock, whatever the caches hold.</summary>
    private static double DependentStepNanoseconds()
    {
        const int Steps = 10_000_000;
        ulong value = 1;
        double milliseconds = Timing.Medians(
            [
                () =>
                {
                    ulong chain = value;
                    for (int i = 0; i < Steps; i++)
                    {
                        chain = (chain * chain) + 1;
                    }

                    value = chain;
                },
            ],
            9,
            2000)[0];
        return value > 0 ? 1e6 * milliseconds / Steps : double.NaN;
    }

    private static void Progress(string text) => Console.Error.WriteLine($"{DateTime.Now:HH:mm:ss} {text}");

    private double[] NanosecondsPerRow(IReadOnlyList<Action> actions, int rows) => [.. Timing.Medians(actions, _runs, 1000).Select(ms => ms * 1e6 / rows)];

    private double[] WallNanosecondsPerRow(Action[] actions, int rows)
    {
        List<double>[] times = [.. actions.Select(_ => new List<double>())];
        for (int run = 0; run < _runs; run++)
        {
            for (int i = 0; i < actions.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                actions[i]();
                times[i].Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds / rows);
            }
        }

        return [.. times.Select(Timing.Median)];
    }

    private void Add(string what, double wanted, double measured, string arithmetic, string unit = Times) => _measured.Add(new(what, wanted, measured, unit, false, arithmetic));

    private void Limit(string what, double wanted, double measured, string unit, string arithmetic) => _measured.Add(new(what, wanted, measured, unit, true, arithmetic));
}
