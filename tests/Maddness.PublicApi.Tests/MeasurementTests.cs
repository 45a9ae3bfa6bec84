using System.Numerics.Tensors;
using Maddness.PublicApi.Tests.Support;

namespace Maddness.PublicApi.Tests;

/// <summary>Measuring block by block, with labels, and measuring the speed.</summary>
public class MeasurementTests
{
    private const int Rows = 333;
    private const int Inputs = 12;
    private const int Outputs = 5;

    private static readonly float[] A = Data.Rows(31, Rows, Inputs);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(200)]
    [InlineData(333)]
    public void Blocks_give_the_report_of_all_rows(int step)
    {
        ApproximationMeasurement measurement = new(Fixtures.Product, Fixtures.Weights);
        for (int start = 0; start < Rows; start += step)
        {
            int rows = Math.Min(step, Rows - start);
            measurement.Add<float>(A.AsSpan(start * Inputs, rows * Inputs), rows);
            measurement.Rows.Should().Be(start + rows);
        }

        measurement.Report().Should().BeEquivalentTo(Fixtures.Product.Evaluate(A, Rows, Fixtures.Weights));
    }

    [Fact]
    public void Labels_tell_how_often_the_largest_output_is_right()
    {
        double[] exact = Data.Product(A, Rows, Inputs, Fixtures.Weights, Outputs);
        float[] estimate = new float[Rows * Outputs];
        Fixtures.Product.Multiply(A, Rows, estimate);
        int[] labels = [.. Enumerable.Range(0, Rows).Select(n => n % 3 == 0 ? n % Outputs : Largest(exact, n))];
        ApproximationMeasurement measurement = new(Fixtures.Product, Fixtures.Weights);
        measurement.Add<float>(A.AsSpan(0, 100 * Inputs), 100, labels.AsSpan(0, 100));
        measurement.Add<float>(A.AsSpan(100 * Inputs), Rows - 100, labels.AsSpan(100));
        ApproximationReport report = measurement.Report();
        report.Top1Exact.Should().Be(Enumerable.Range(0, Rows).Count(n => Largest(exact, n) == labels[n]) / (double)Rows);
        report.Top1Approximate.Should().Be(Enumerable.Range(0, Rows).Count(n => Largest(Array.ConvertAll(estimate, v => (double)v), n) == labels[n]) / (double)Rows);
        Fixtures.Product.Evaluate(A, Rows, Fixtures.Weights).Top1Exact.Should().BeNull();
    }

    [Fact]
    public void What_cannot_be_measured_is_refused()
    {
        ApproximationMeasurement measurement = new(Fixtures.Product, Fixtures.Weights);
        Refusal.Of<InvalidOperationException>(() => measurement.Report(), null, "0 rows");
        Refusal.Of(() => _ = new ApproximationMeasurement(Fixtures.Product, new float[7]), "b", "7 elements");
        Refusal.Of(() => _ = new ApproximationMeasurement(Fixtures.Product, default), "b", "0 elements");
        Refusal.Of<ArgumentNullException>(() => _ = new ApproximationMeasurement(null!, Fixtures.Weights), "product");
        Refusal.Of(() => measurement.Add<float>(A, 10), "a", "expected 10 x 12");
        Refusal.Of(() => measurement.Add<short>(new short[12], 1), "a", "Int16");
        Refusal.Of(() => measurement.Add<float>(A, Rows, new int[3]), "labels", "3 elements", "333");
        Refusal.Of(() => measurement.Add<float>([.. A.AsSpan(0, 11), float.NaN], 1), "a", "NaN");
        measurement.Add<float>(A, Rows, new int[Rows]);
        Refusal.Of(() => measurement.Add<float>(A, Rows), "labels", "all blocks");
        measurement.Rows.Should().Be(Rows);
        Refusal.Of(() => Fixtures.Product.MeasureSpeed<float>([], 0, Fixtures.Weights), "a", "0 rows");
        Refusal.Of(() => Fixtures.Product.MeasureSpeed<float>(A, Rows, new float[3]), "b", "3 elements");
    }

    [Fact]
    public void Tensors_that_cannot_be_measured_are_refused()
    {
        ApproximationMeasurement measurement = new(Fixtures.Product, Fixtures.Weights);
        Refusal.Of(() => _ = new ApproximationMeasurement(Fixtures.Product, Tensor(Fixtures.Weights, Outputs, Inputs)), "b", "is 5 x 12", "expected 12 x 5");
        Refusal.Of<ArgumentNullException>(() => _ = new ApproximationMeasurement(null!, Tensor(Fixtures.Weights, Inputs, Outputs)), "product");
        Refusal.Of(() => measurement.Add(Tensor(A, Rows * 2, Inputs / 2)), "a", "666 x 6", "12 columns");
        Refusal.Of(() => measurement.Add(Tensor(A, Rows, Inputs), new int[3]), "labels", "3 elements", "333");
        Refusal.Of(() => measurement.Add(new ReadOnlyTensorSpan<float>(A, [A.Length])), "a", "rank 1");
        measurement.Rows.Should().Be(0);
        Refusal.Of(() => Fixtures.Product.MeasureSpeed(Tensor(A, Rows * 2, Inputs / 2), Tensor(Fixtures.Weights, Inputs, Outputs)), "a", "666 x 6", "12 columns");
        Refusal.Of(() => Fixtures.Product.MeasureSpeed(Tensor(A, Rows, Inputs), Tensor(Fixtures.Weights, Outputs, Inputs)), "b", "is 5 x 12");
        Refusal.Of(() => Fixtures.Product.MeasureSpeed(Tensor([], 0, Inputs), Tensor(Fixtures.Weights, Inputs, Outputs)), "a", "0 rows");
    }

    [Fact]
    public void A_measurement_that_was_stopped_within_a_block_refuses_to_go_on()
    {
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();
        ApproximationMeasurement measurement = new(Fixtures.Product, Fixtures.Weights);
        measurement.Add<float>(A, Rows);
        FluentActions.Invoking(() => measurement.Add<float>(A, Rows, default, cancelled.Token)).Should().Throw<OperationCanceledException>();
        Refusal.Of<InvalidOperationException>(() => measurement.Report(), null, "was stopped", "expected a new one");
        Refusal.Of<InvalidOperationException>(() => measurement.Add<float>(A, Rows), null, "was stopped");
    }

    [Fact]
    public void A_report_says_what_it_holds()
    {
        ApproximationReport report = Fixtures.Product.Evaluate(A, Rows, Fixtures.Weights);
        report.ToString().Should().Match($"error {report.NormalizedMeanSquaredError.ToString("G4", System.Globalization.CultureInfo.InvariantCulture)}, same arg-max in * of {Rows} rows of 5 outputs");
    }

    [Fact]
    public void The_speed_is_measured_on_the_kernel_in_use()
    {
        Fractions fractions = new();
        SpeedReport speed = Fixtures.Product.MeasureSpeed<float>(A, Rows, Fixtures.Weights, fractions);
        fractions.Values.Should().HaveCountGreaterThan(1).And.BeInAscendingOrder().And.EndWith(1.0).And.OnlyContain(f => f > 0);
        speed.Rows.Should().Be(Rows);
        speed.Kernel.Should().Be(KernelSelection.Current);
        speed.NanosecondsPerRowExact.Should().BePositive();
        speed.NanosecondsPerRowApproximate.Should().BePositive();
        speed.SpeedupOverExact.Should().Be(speed.NanosecondsPerRowExact / speed.NanosecondsPerRowApproximate);

        // Every second row of a tensor.
        speed = Fixtures.Product.MeasureSpeed(new ReadOnlyTensorSpan<float>(A, [Rows / 2, Inputs], [2 * Inputs, 1]), Tensor(Fixtures.Weights, Inputs, Outputs));
        speed.Rows.Should().Be(Rows / 2);
        speed.NanosecondsPerRowApproximate.Should().BePositive();
    }

    private static ReadOnlyTensorSpan<float> Tensor(float[] values, int rows, int columns) => new(values, [rows, columns]);

    private sealed class Fractions : IProgress<double>
    {
        internal List<double> Values { get; } = [];

        public void Report(double value) => Values.Add(value);
    }

    private static int Largest(double[] y, int row) => Enumerable.Range(0, Outputs).MaxBy(m => y[(row * Outputs) + m]);
}
