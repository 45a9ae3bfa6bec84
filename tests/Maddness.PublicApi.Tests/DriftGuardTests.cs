using System.Diagnostics.Metrics;
using System.Numerics.Tensors;
using Maddness.PublicApi.Tests.Support;

namespace Maddness.PublicApi.Tests;

/// <summary>The guard's running error against the report's on the same rows, and what it raises, counts and publishes.</summary>
public class DriftGuardTests
{
    private const int Inputs = Fixtures.Inputs;

    private const int Outputs = Fixtures.Outputs;

    private static readonly float[] Known = Data.Rows(31, 400, Inputs);

    /// <summary>Rows of another kind than the training rows.</summary>
    private static readonly float[] Drifted = [.. Data.Uniform(32, 400 * Inputs).Select(v => 3 * v)];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(50)]
    [InlineData(400)]
    public void The_running_error_is_the_reports_error_over_the_window(int window)
    {
        DriftGuard guard = Guard(1e9, interval: 1, window);
        guard.NormalizedMeanSquaredError.Should().Be(double.NaN);
        float[] y = new float[400 * Outputs];
        guard.Multiply(Known, 400, y);
        double expected = Fixtures.Product.Evaluate(Last(Known, window), window, Fixtures.Weights).NormalizedMeanSquaredError;
        guard.NormalizedMeanSquaredError.Should().BeApproximately(expected, 1e-12 * expected);
        (guard.Rows, guard.CheckedRows, guard.NonFiniteRows, guard.IsExceeded).Should().Be((400, 400, 0, false));

        float[] plain = new float[400 * Outputs];
        Fixtures.Product.Multiply(Known, 400, plain);
        Data.Bits(y).Should().Equal(Data.Bits(plain), "a guard changes no result");
    }

    [Fact]
    public void A_window_that_is_not_full_has_the_error_of_its_rows()
    {
        DriftGuard guard = Guard(1e-9, interval: 1, window: 500);
        guard.BoundExceeded += (_, _) => throw new InvalidOperationException("the window is not full");
        guard.Check(Known, 400);
        double expected = Fixtures.Product.Evaluate(Known, 400, Fixtures.Weights).NormalizedMeanSquaredError;
        guard.NormalizedMeanSquaredError.Should().BeApproximately(expected, 1e-12 * expected);
        guard.IsExceeded.Should().BeFalse();
    }

    [Fact]
    public void A_bias_cancels()
    {
        float[] bias = [.. Data.Uniform(23, Outputs).Select(v => 3 * v)];
        MaddnessMatmul product = Fixtures.Model.Bind(Fixtures.Weights, Outputs, bias);
        DriftGuard guard = new(product, Fixtures.Weights, 1, new() { Interval = 1, Window = 400 });
        guard.Check(Known, 400);
        double expected = product.Evaluate(Known, 400, Fixtures.Weights).NormalizedMeanSquaredError;
        guard.NormalizedMeanSquaredError.Should().BeApproximately(expected, 1e-5 * expected, "one addition is rounded to float32");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(64)]
    public void One_row_of_every_n_is_checked_whatever_the_batches(int interval)
    {
        List<double> errors = [];
        foreach (int batch in (int[])[1, 5, 64, 400])
        {
            DriftGuard guard = Guard(1e9, interval, 20);
            for (int start = 0; start < 400; start += batch)
            {
                int rows = Math.Min(batch, 400 - start);
                guard.Check(Known.AsSpan(start * Inputs, rows * Inputs), rows);
                guard.CheckedRows.Should().BeInRange((start + rows) / interval, ((start + rows - 1) / interval) + 1);
            }

            guard.Rows.Should().Be(400);
            errors.Add(guard.NormalizedMeanSquaredError);
        }

        errors.Distinct().Should().ContainSingle("which rows are checked does not depend on the batches");
        double.IsFinite(errors[0]).Should().BeTrue();
    }

    [Fact]
    public void Data_with_the_interval_as_their_period_are_seen_at_many_phases()
    {
        // Every tenth row has infinities and shows itself in a count; a guard that looked at one phase only would count all of its rows, or none.
        float[] periodic = [.. Known];
        for (int row = 0; row < 400; row += 10)
        {
            periodic[row * Inputs] = float.PositiveInfinity;
        }

        DriftGuard guard = Guard(1, interval: 10, window: 10);
        for (int round = 0; round < 25; round++)
        {
            guard.Check(periodic, 400);
        }

        guard.CheckedRows.Should().Be(1000);
        guard.NonFiniteRows.Should().BeInRange(50, 200, "a tenth of the rows is such");
    }

    [Fact]
    public void The_event_is_raised_once_for_each_excursion()
    {
        double known = Fixtures.Product.Evaluate(Known, 400, Fixtures.Weights).NormalizedMeanSquaredError;
        double drifted = Fixtures.Product.Evaluate(Drifted, 400, Fixtures.Weights).NormalizedMeanSquaredError;
        drifted.Should().BeGreaterThan(4 * known, "the case must be one of drift");
        DriftGuard guard = Guard(2 * known, interval: 4, window: 25);
        List<(object? Sender, DriftEventArgs Args)> raised = [];
        guard.BoundExceeded += (sender, args) => raised.Add((sender, args));

        guard.Check(Known, 400);
        raised.Should().BeEmpty();
        guard.Check(Drifted, 400);
        raised.Should().ContainSingle();
        guard.IsExceeded.Should().BeTrue();
        raised[0].Sender.Should().BeSameAs(guard);
        raised[0].Args.NormalizedMeanSquaredError.Should().BeGreaterThan(2 * known);
        raised[0].Args.Bound.Should().Be(2 * known).And.Be(guard.Bound);
        raised[0].Args.Rows.Should().Be(800, "rows are counted call by call");
        raised[0].Args.CheckedRows.Should().BeInRange(101, 200);
        guard.Check(Drifted, 400);
        raised.Should().ContainSingle("it is still the same excursion");

        guard.Check(Known, 400);
        guard.IsExceeded.Should().BeFalse();
        raised.Should().ContainSingle();
        guard.Check(Drifted, 400);
        raised.Should().HaveCount(2);
        guard.Reset();
        guard.IsExceeded.Should().BeFalse();
        guard.NormalizedMeanSquaredError.Should().Be(double.NaN);
        guard.Rows.Should().Be(2000, "counts stay");
        guard.Check(Drifted, 400);
        raised.Should().HaveCount(3, "a guard that was reset speaks again");
    }

    [Fact]
    public void A_guard_that_was_reset_speaks_again_at_the_next_row()
    {
        // A window of one row is full, and above, at once: only what was told before could keep it silent.
        int raised = 0;
        DriftGuard guard = Guard(1e-12, interval: 1, window: 1);
        guard.BoundExceeded += (_, _) => raised++;
        guard.Check(Drifted.AsSpan(0, 2 * Inputs), 2);
        raised.Should().Be(1);
        guard.Reset();
        guard.Check(Drifted.AsSpan(2 * Inputs, Inputs), 1);
        raised.Should().Be(2);
    }

    [Fact]
    public void An_error_that_hovers_at_the_bound_is_raised_at_most_once_a_window()
    {
        // A window of 10 rows; good and bad rows by turns keep the error on both sides of the bound.
        float[] mixed = new float[400 * Inputs];
        Random random = new(3);
        for (int row = 0; row < 400; row++)
        {
            (random.Next(12) == 0 ? Drifted : Known).AsSpan(row * Inputs, Inputs).CopyTo(mixed.AsSpan(row * Inputs));
        }

        DriftGuard counting = Guard(1e9, 1, 10);
        List<double> errors = [];
        for (int row = 0; row < 400; row++)
        {
            counting.Check(mixed.AsSpan(row * Inputs, Inputs), 1);
            errors.Add(counting.NormalizedMeanSquaredError);
        }

        double bound = errors.Order().ElementAt(200);
        DriftGuard guard = Guard(bound, 1, 10);
        List<long> raised = [];
        guard.BoundExceeded += (_, args) => raised.Add(args.CheckedRows);
        guard.Check(mixed, 400);
        int crossings = Enumerable.Range(10, 390).Count(i => errors[i - 1] <= bound && errors[i] > bound);
        crossings.Should().BeGreaterThan(3, "the case must hover");
        raised.Should().HaveCountGreaterThan(1).And.HaveCountLessThanOrEqualTo(40);
        raised.Zip(raised.Skip(1), (first, second) => second - first).Should().OnlyContain(distance => distance >= 10);
    }

    [Fact]
    public void Rows_that_are_not_finite_are_counted_and_left_out()
    {
        DriftGuard guard = Guard(1e9, 1, 100), clean = Guard(1e9, 1, 100);
        float[] x = [.. Known];
        x[(200 * Inputs) + 3] = float.NaN;
        x[(300 * Inputs) + 5] = float.NegativeInfinity;
        guard.Check(x, 400);
        clean.Check(Known.AsSpan(0, 200 * Inputs), 200);
        clean.Check(Known.AsSpan(201 * Inputs, 99 * Inputs), 99);
        clean.Check(Known.AsSpan(301 * Inputs), 99);
        (guard.CheckedRows, guard.NonFiniteRows).Should().Be((400, 2));
        guard.NormalizedMeanSquaredError.Should().Be(clean.NormalizedMeanSquaredError);
    }

    [Fact]
    public void An_error_of_equal_outputs_is_above_any_bound()
    {
        // Rows of zeros, as of a sensor that is dead.
        DriftGuard guard = Guard(1e9, 1, 10);
        List<double> raised = [];
        guard.BoundExceeded += (_, e) => raised.Add(e.NormalizedMeanSquaredError);
        guard.Check(Known, 400);
        guard.IsExceeded.Should().BeFalse();
        guard.Check(new float[50 * Inputs], 50);
        guard.NormalizedMeanSquaredError.Should().Be(double.PositiveInfinity);
        guard.IsExceeded.Should().BeTrue();
        raised.Should().Equal(double.PositiveInfinity);
    }

    [Fact]
    public void Metrics_are_published_with_the_guards_name()
    {
        string name = Guid.NewGuid().ToString();
        Dictionary<string, double> sums = [];
        double lastError = double.NaN;
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == DriftGuard.MeterName)
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();

        double known = Fixtures.Product.Evaluate(Known, 400, Fixtures.Weights).NormalizedMeanSquaredError;
        DriftGuard guard = new(Fixtures.Product, Fixtures.Weights, 2 * known, new() { Interval = 4, Window = 25, Name = name });
        guard.Check(Known.AsSpan(0, 96 * Inputs), 96);
        guard.CheckedRows.Should().Be(24);
        sums.Keys.Should().NotContain("maddness.drift.error", "the window is not full");
        guard.Check(Known.AsSpan(96 * Inputs), 304);
        lastError.Should().Be(guard.NormalizedMeanSquaredError);
        guard.Check(Drifted, 400);
        guard.Check(Enumerable.Repeat(float.NaN, 400 * Inputs).ToArray(), 400);
        lastError.Should().Be(guard.NormalizedMeanSquaredError);
        sums["maddness.drift.rows"].Should().Be(1200);
        sums["maddness.drift.checked_rows"].Should().Be(300);
        sums["maddness.drift.non_finite_rows"].Should().Be(100);
        sums["maddness.drift.bound_exceeded"].Should().Be(1);
        sums.Keys.Should().HaveCount(5).And.Contain("maddness.drift.error");

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (tags.Length == 1 && tags[0].Key == "maddness.guard" && (string?)tags[0].Value == name)
            {
                sums[instrument.Name] = sums.GetValueOrDefault(instrument.Name) + value;
                lastError = instrument.Name == "maddness.drift.error" ? value : lastError;
            }
        }
    }

    [Fact]
    public void Many_threads_are_counted_exactly_and_raise_one_event()
    {
        double known = Fixtures.Product.Evaluate(Known, 400, Fixtures.Weights).NormalizedMeanSquaredError;
        DriftGuard guard = Guard(2 * known, interval: 10, window: 50);
        int raised = 0;
        guard.BoundExceeded += (_, _) => Interlocked.Increment(ref raised);
        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => guard.Check(Known.AsSpan(i * Inputs, 200 * Inputs), 200));
        (guard.Rows, guard.CheckedRows, raised).Should().Be((40_000, 4_000, 0));
        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => guard.Check(Drifted.AsSpan(i * Inputs, 200 * Inputs), 200));
        (guard.Rows, guard.CheckedRows, raised).Should().Be((80_000, 8_000, 1));
    }

    [Fact]
    public void A_handlers_exception_comes_through_after_the_product()
    {
        DriftGuard guard = Guard(1e-9, 1, 1);
        guard.BoundExceeded += (_, _) => throw new InvalidTimeZoneException("mine");
        float[] y = [.. Enumerable.Repeat(float.NaN, 400 * Outputs)];
        Action multiply = () => guard.Multiply(Known, 400, y);
        multiply.Should().Throw<InvalidTimeZoneException>().WithMessage("mine");
        y.Should().NotContain(float.NaN);
        guard.Invoking(g => g.Check(Known, 400)).Should().NotThrow("the guard is whole, and raised its event already");
    }

    [Fact]
    public void A_handler_that_throws_leaves_no_row_unchecked()
    {
        double known = Fixtures.Product.Evaluate(Known, 400, Fixtures.Weights).NormalizedMeanSquaredError;
        DriftGuard throwing = Guard(2 * known, 4, 25), silent = Guard(2 * known, 4, 25);
        int raised = 0, heard = 0;
        throwing.BoundExceeded += (_, _) => throw new InvalidTimeZoneException($"excursion {++raised}");
        silent.BoundExceeded += (_, _) => heard++;

        // One excursion: the exception as it is, from the line that threw it.
        throwing.Invoking(g => g.Check(Drifted, 400)).Should().Throw<InvalidTimeZoneException>().WithMessage("excursion 1").Which.StackTrace.Should().Contain(nameof(A_handler_that_throws_leaves_no_row_unchecked));
        silent.Check(Drifted, 400);
        (throwing.Rows, throwing.CheckedRows, throwing.NormalizedMeanSquaredError).Should().Be((400, 100, silent.NormalizedMeanSquaredError), "the rows after the one that raised the event were checked too");

        // Two excursions in one call: both exceptions.
        float[] both = [.. Known, .. Drifted, .. Known, .. Drifted];
        throwing.Invoking(g => g.Check(both, 1600)).Should().Throw<AggregateException>().Which.InnerExceptions.Select(e => e.Message).Should().Equal("excursion 2", "excursion 3");
        silent.Check(both, 1600);
        (throwing.Rows, throwing.CheckedRows, throwing.NormalizedMeanSquaredError).Should().Be((2000, 500, silent.NormalizedMeanSquaredError));
        (raised, heard).Should().Be((3, 3));
    }

    [Fact]
    public void Tensors_and_integers_are_checked_alike()
    {
        DriftGuard spans = Guard(1e9, 1, 400), tensors = Guard(1e9, 1, 400);
        spans.Check(Known, 400);
        Laid<float> laid = new(Layout.Scattered, 400, Inputs, float.NaN, Known), y = new(Layout.ColumnMajor, 400, Outputs, 0);
        tensors.Multiply(laid.ReadOnly, y.Tensor, 2);
        tensors.NormalizedMeanSquaredError.Should().Be(spans.NormalizedMeanSquaredError);
        float[] plain = new float[400 * Outputs];
        Fixtures.Product.Multiply(Known, 400, plain);
        Data.Bits(y.ToRowMajor()).Should().Equal(Data.Bits(plain));

        short[] training = Data.Integers<short>(1, 300, Inputs), x = Data.Integers<short>(2, 100, Inputs);
        MaddnessMatmul product = MaddnessTrainer.Train<short>(training, 300, Inputs, Fixtures.Weights, Outputs, default, Fixtures.Options);
        DriftGuard guard = new(product, new ReadOnlyTensorSpan<float>(Fixtures.Weights, [Inputs, Outputs]), 1, new() { Interval = 1 });
        guard.Multiply<short>(x, 100, plain.AsSpan(0, 100 * Outputs));
        guard.Product.Should().BeSameAs(product);
        double expected = product.Evaluate<short>(x, 100, Fixtures.Weights).NormalizedMeanSquaredError;
        guard.NormalizedMeanSquaredError.Should().BeApproximately(expected, 1e-12 * expected);
        guard.Multiply<short>(new ReadOnlyTensorSpan<short>(x, [100, Inputs]), new TensorSpan<float>(plain.AsSpan(0, 100 * Outputs), [100, Outputs]));
        guard.Check<short>(new ReadOnlyTensorSpan<short>(x, [100, Inputs]));
        guard.CheckedRows.Should().Be(300);
    }

    [Fact]
    public void Wide_outputs_are_exact_at_every_tail()
    {
        foreach (int outputs in (int[])[1, 7, 8, 15, 16, 17, 31, 33, 70])
        {
            float[] b = Data.Uniform(outputs, Inputs * outputs);
            MaddnessMatmul product = Fixtures.Model.Bind(b, outputs);
            DriftGuard guard = new(product, b, 1e9, new() { Interval = 1 });
            guard.Check(Known.AsSpan(0, 100 * Inputs), 100);
            float[] y = new float[100 * outputs];
            product.Multiply(Known.AsSpan(0, 100 * Inputs), 100, y);
            double[] exact = Data.Product(Known, 100, Inputs, b, outputs);
            double mean = exact.Average();
            double expected = exact.Zip(y, (e, f) => (e - f) * (e - f)).Sum() / exact.Sum(e => (e - mean) * (e - mean));
            guard.NormalizedMeanSquaredError.Should().BeApproximately(expected, 1e-11 * expected, "{0} outputs", outputs);
        }
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        Refusal.Of<ArgumentNullException>(() => _ = new DriftGuard(null!, Fixtures.Weights, 1), "product");
        Refusal.Of<ArgumentNullException>(() => _ = new DriftGuard(null!, new ReadOnlyTensorSpan<float>(Fixtures.Weights, [Inputs, Outputs]), 1), "product");
        Refusal.Of(() => _ = new DriftGuard(Fixtures.Product, new float[7], 1), "b", "7 elements");
        Refusal.Of(() => _ = new DriftGuard(Fixtures.Product, new ReadOnlyTensorSpan<float>(new float[60], [5, 12]), 1), "b", "5 x 12", "expected 12 x 5");
        Refusal.Of(() => _ = new DriftGuard(Fixtures.Product, [.. Fixtures.Weights[1..], float.NaN], 1), "b", "NaN", "row 11, column 4");
        foreach (double bound in (double[])[0, -1, double.NaN, double.PositiveInfinity])
        {
            Refusal.Of<ArgumentOutOfRangeException>(() => Guard(bound, 1, 1), "bound", "expected a finite value above 0");
        }

        Refusal.Of<ArgumentOutOfRangeException>(() => Guard(1, 0, 1), "Interval", "DriftGuardOptions.Interval is 0; expected at least 1");
        Refusal.Of<ArgumentOutOfRangeException>(() => Guard(1, 1, 0), "Window", "DriftGuardOptions.Window is 0; expected 1 to 100000");
        Refusal.Of<ArgumentOutOfRangeException>(() => Guard(1, 1, 100_001), "Window", "100001");
        DriftGuard guard = Guard(1, 1, 1);
        Refusal.Of(() => guard.Check(new float[13], 1), "a", "13 elements");
        Refusal.Of(() => guard.Check<short>(new short[12], 1), "a", "Int16");
        Refusal.Of(() => guard.Multiply(new float[12], 1, new float[4]), "destination", "4 elements");
        guard.Check([], 0);
        (guard.Rows, guard.CheckedRows).Should().Be((0, 0), "refused calls and empty ones count nothing");
    }

    private static DriftGuard Guard(double bound, int interval, int window) => new(Fixtures.Product, Fixtures.Weights, bound, new() { Interval = interval, Window = window });

    private static float[] Last(float[] rows, int count) => rows[^(count * Inputs)..];
}
