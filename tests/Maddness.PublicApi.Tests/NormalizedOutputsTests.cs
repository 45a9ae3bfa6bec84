using Maddness.PublicApi.Tests.Support;

namespace Maddness.PublicApi.Tests;

/// <summary>Training for outputs that count alike, whatever their spread.</summary>
public class NormalizedOutputsTests
{
    private const int Rows = 1500;
    private const int HeldOutRows = 500;
    private const int Inputs = 24;
    private const int Outputs = 6;

    private static readonly TrainingOptions Options = new() { Codebooks = 3 };

    // Independent columns, of which each output reads four of its own: what one output gains another one loses.
    private static readonly float[] A = Data.Uniform(1, Rows * Inputs);
    private static readonly float[] HeldOut = Data.Uniform(2, HeldOutRows * Inputs);

    [Fact]
    public void Outputs_of_little_spread_count_as_much_as_others()
    {
        float[] b = WeightsOf(output => MathF.Pow(10, output - 3));
        ApproximationReport plain = Train(b, Options).Evaluate(HeldOut, HeldOutRows, b), normalized = Train(b, Options with { NormalizeOutputs = true }).Evaluate(HeldOut, HeldOutRows, b);
        plain.OutputErrors[0].Should().BeGreaterThan(0.9, "next to nothing of the error is in the output of the least spread");
        normalized.OutputErrors[0].Should().BeLessThan(0.9);
        normalized.MeanOutputError.Should().BeLessThan(0.95 * plain.MeanOutputError);
        normalized.NormalizedMeanSquaredError.Should().BeGreaterThan(plain.NormalizedMeanSquaredError);
    }

    [Fact]
    public void The_errors_of_single_outputs_are_those_of_outputs_of_one_spread()
    {
        float[] even = WeightsOf(_ => 1), uneven = WeightsOf(output => MathF.Pow(8, output - 3));
        IReadOnlyList<double> expected = Train(even, Options with { NormalizeOutputs = true }).Evaluate(HeldOut, HeldOutRows, even).OutputErrors;
        IReadOnlyList<double> found = Train(uneven, Options with { NormalizeOutputs = true }).Evaluate(HeldOut, HeldOutRows, uneven).OutputErrors;

        // Steps of powers of two, so that all but the tables' scales is the same.
        found.Should().Equal(expected, (left, right) => Math.Abs(left - right) < 1e-4 * right);
    }

    [Fact]
    public void Outputs_that_do_not_vary_take_nothing_from_the_others()
    {
        // Two outputs more: of zeros, and one that is the same for all rows but for the rounding of shares that sum to one. Others read every second column: with what rounding weighs all columns would count alike.
        float[] a = Data.Shares(Array.ConvertAll(A, v => v + 1.5f), Inputs), held = Data.Shares(Array.ConvertAll(HeldOut, v => v + 1.5f), Inputs), b = WeightsOf(output => output + 1), wide = new float[Inputs * (Outputs + 2)];
        for (int i = 0; i < Inputs; i++)
        {
            b.AsSpan(i * Outputs, i % 4 / 2 * Outputs).Clear();
            b.AsSpan(i * Outputs, Outputs).CopyTo(wide.AsSpan(i * (Outputs + 2)));
            wide[(i * (Outputs + 2)) + Outputs + 1] = 3;
        }

        TrainingOptions options = Options with { NormalizeOutputs = true, Objective = Objective.Reconstruction };
        ApproximationReport narrow = MaddnessTrainer.Train(a, Rows, Inputs, b, Outputs, options: options).Evaluate(held, HeldOutRows, b);
        ApproximationReport report = MaddnessTrainer.Train(a, Rows, Inputs, wide, Outputs + 2, options: options).Evaluate(held, HeldOutRows, wide);
        report.OutputErrors.Skip(Outputs).Should().OnlyContain(e => double.IsNaN(e));
        report.MeanOutputError.Should().BeApproximately(narrow.MeanOutputError, 0.05 * narrow.MeanOutputError);
    }

    [Fact]
    public void One_output_is_learned_as_it_is()
    {
        float[] b = Data.Uniform(5, Inputs);
        MaddnessMatmul plain = MaddnessTrainer.Train(A, Rows, Inputs, b, 1, options: Options), normalized = MaddnessTrainer.Train(A, Rows, Inputs, b, 1, options: Options with { NormalizeOutputs = true });
        Data.Saved(normalized.Save).Should().Equal(Data.Saved(plain.Save));
    }

    [Fact]
    public void Magnitudes_near_the_ends_of_float32_are_learned()
    {
        // 1e-38, where factors would be subnormal or infinite, to 1e36.
        float[] b = WeightsOf(output => output == 0 ? 1e-38f : output == 1 ? 1e36f : 1);
        ApproximationReport report = Train(b, Options with { NormalizeOutputs = true }).Evaluate(HeldOut, HeldOutRows, b);
        report.OutputErrors.Should().OnlyContain(e => e > 0 && e < 0.9, "as they are, five of six have about 1");
    }

    [Fact]
    public void Tables_are_rounded_as_finely_as_others()
    {
        // Sixteen levels in each of eight columns: only rounding is left of the error, which a step for sums of four would make seven times as large.
        const int Wide = 8;
        Random random = new(3);
        float[] a = [.. Enumerable.Range(0, 8500 * Wide).Select(_ => random.Next(16) * 0.1f)], b = Data.Uniform(4, Wide * Wide);
        double plain = Error(new() { Codebooks = Wide }), normalized = Error(new() { Codebooks = Wide, NormalizeOutputs = true });
        normalized.Should().BeLessThan(1.5 * plain);
        plain.Should().BeLessThan(1e-4);

        double Error(TrainingOptions options) => MaddnessTrainer.Train(a.AsSpan(0, 8000 * Wide), 8000, Wide, b, Wide, options: options).Evaluate(a.AsSpan(8000 * Wide), 500, b).MeanOutputError;
    }

    [Fact]
    public void An_output_that_varies_in_a_single_row_does_not_take_the_others_place()
    {
        float[] a = [.. A], held = [.. HeldOut], b = WeightsOf(output => output == 5 ? 1e6f : 1);
        for (int n = 0; n < Rows + HeldOutRows; n++)
        {
            for (int i = 5; i < Inputs; i += Outputs)
            {
                (n < Rows ? ref a[(n * Inputs) + i] : ref held[((n - Rows) * Inputs) + i]) = n == 777 ? 1 : 0;
            }
        }

        double[] plain = [.. MaddnessTrainer.Train(a, Rows, Inputs, WithoutLast(b), Outputs - 1, options: Options).Evaluate(held, HeldOutRows, WithoutLast(b)).OutputErrors];
        IReadOnlyList<double> normalized = MaddnessTrainer.Train(a, Rows, Inputs, b, Outputs, options: Options with { NormalizeOutputs = true }).Evaluate(held, HeldOutRows, b).OutputErrors;
        normalized[5].Should().Be(double.NaN, "no held-out row varies there");
        normalized.Take(5).Average().Should().BeLessThan(1.2 * plain.Average());

        static float[] WithoutLast(float[] b) => [.. b.Where((_, i) => i % Outputs != 5)];
    }

    private static MaddnessMatmul Train(float[] b, TrainingOptions options) => MaddnessTrainer.Train(A, Rows, Inputs, b, Outputs, options: options);

    private static float[] WeightsOf(Func<int, float> spread)
    {
        float[] b = new float[Inputs * Outputs], values = Data.Uniform(3, Inputs);
        for (int i = 0; i < Inputs; i++)
        {
            int output = i % Outputs;
            b[(i * Outputs) + output] = spread(output) * (values[i] + (values[i] > 0 ? 1 : -1));
        }

        return b;
    }
}
