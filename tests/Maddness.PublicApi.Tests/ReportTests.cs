using Maddness.PublicApi.Tests.Support;

namespace Maddness.PublicApi.Tests;

/// <summary>The report against the definitions of the design, computed here a second time, plainly, in double precision.</summary>
public class ReportTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 6)]
    [InlineData(63, 5)]
    [InlineData(64, 5)]
    [InlineData(200, 1)]
    [InlineData(333, 37)]
    public void All_figures_follow_their_definitions(int rows, int outputs)
    {
        float[] x = Data.Rows(21, rows, 12), b = Data.Uniform(22, 12 * outputs);
        float[] bias = [.. Data.Uniform(23, outputs).Select(v => 3 * v)];
        MaddnessMatmul without = Fixtures.Model.Bind(b, outputs);
        foreach (Summation summation in Enum.GetValues<Summation>())
        {
            float[] estimate = Multiply(without.WithSummation(summation), x, rows);
            double[] exact = Data.Product(x, rows, 12, b, outputs);
            Check(without.WithSummation(summation).Evaluate(x, rows, b), exact, estimate, rows, outputs, null);
            Check(Fixtures.Model.Bind(b, outputs, bias).WithSummation(summation).Evaluate(x, rows, b), exact, estimate, rows, outputs, bias);
        }
    }

    [Fact]
    public void The_bias_counts_for_the_arg_max_and_for_nothing_else()
    {
        float[] x = Data.Rows(21, 300, 12);
        float[] bias = [0, 0, 1000, 0, 0];
        ApproximationReport without = Fixtures.Product.Evaluate(x, 300, Fixtures.Weights);
        MaddnessMatmul product = MaddnessTrainer.Train(Fixtures.Training, 200, 12, Fixtures.Weights, 5, bias, Fixtures.Options);
        ApproximationReport with = product.Evaluate(x, 300, Fixtures.Weights);
        without.ArgMaxAgreement.Should().BeLessThan(1);
        with.ArgMaxAgreement.Should().Be(1);
        (with.NormalizedMeanSquaredError, with.RootMeanSquaredError, with.MaxAbsoluteError, with.MeanCosineSimilarity)
            .Should().Be((without.NormalizedMeanSquaredError, without.RootMeanSquaredError, without.MaxAbsoluteError, without.MeanCosineSimilarity));
        with.OutputErrors.Should().Equal(without.OutputErrors);
    }

    [Fact]
    public void The_lowest_index_wins_ties()
    {
        // Outputs are the columns of small integers themselves: exact products tie often, approximate ones do not tie where exact ones do.
        short[] training = [.. new Random(5).GetItems<short>([0, 1, 2, 3], 3 * 400)];
        float[] identity = [1, 0, 0, 0, 1, 0, 0, 0, 1];
        MaddnessMatmul product = MaddnessTrainer.Train<short>(training, 400, 3, identity, 3, default, new() { Codebooks = 1 });
        float[] estimate = new float[1200];
        product.Multiply<short>(training, 400, estimate);
        double[] exact = Array.ConvertAll(training, v => (double)v);
        double[] estimates = Array.ConvertAll(estimate, v => (double)v);
        double lowest = Agreement(FirstLargest), highest = Agreement(LastLargest);
        highest.Should().NotBe(lowest, "the case must tell the two rules apart");
        product.Evaluate<short>(training, 400, identity).ArgMaxAgreement.Should().Be(lowest);

        double Agreement(Func<double[], int, int, int> rule) => Enumerable.Range(0, 400).Count(row => rule(exact, row, 3) == rule(estimates, row, 3)) / 400.0;
    }

    [Fact]
    public void Rows_of_norm_0_are_left_out_of_the_cosine_and_counted()
    {
        float[] x = Data.Rows(21, 100, 12);
        foreach (int row in (int[])[0, 50, 99])
        {
            x.AsSpan(row * 12, 12).Clear();
        }

        ApproximationReport report = Fixtures.Product.Evaluate(x, 100, Fixtures.Weights);
        report.RowsWithoutDirection.Should().Be(3);
        Check(report, Data.Product(x, 100, 12, Fixtures.Weights, 5), Multiply(Fixtures.Product, x, 100), 100, 5, null);

        // A B of zeros: neither product has a direction anywhere, all outputs tie, and nothing varies.
        MaddnessMatmul zero = Fixtures.Model.Bind(new float[60], 5);
        report = zero.Evaluate(x, 100, new float[60]);
        (report.RowsWithoutDirection, report.ArgMaxAgreement, report.RootMeanSquaredError, report.MaxAbsoluteError).Should().Be((100, 1, 0, 0));
        report.MeanCosineSimilarity.Should().Be(double.NaN);
        report.NormalizedMeanSquaredError.Should().Be(double.NaN);
        report.OutputErrors.Should().HaveCount(5).And.OnlyContain(e => double.IsNaN(e));
        report.MeanOutputError.Should().Be(double.NaN);
    }

    [Fact]
    public void Rows_whose_approximate_outputs_are_all_0_have_no_direction()
    {
        // Learned from rows of zeros.
        MaddnessMatmul product = MaddnessTrainer.Train(new float[200 * 12], 200, 12, Fixtures.Weights, 5, default, Fixtures.Options);
        float[] x = Data.Rows(21, 100, 12);
        Multiply(product, x, 100).Should().OnlyContain(y => y == 0);
        ApproximationReport report = product.Evaluate(x, 100, Fixtures.Weights);
        (report.RowsWithoutDirection, report.MeanCosineSimilarity).Should().Be((100, double.NaN));
    }

    [Fact]
    public void The_error_of_constant_outputs_is_undefined()
    {
        for (int outputs = 1; outputs <= 60; outputs++)
        {
            // Equal rows and equal columns of B: all exact outputs are the same number, whatever it is.
            float[] row = Data.Uniform(outputs, 12);
            float[] x = [.. Enumerable.Repeat(row, 70).SelectMany(r => r)];
            float[] b = [.. Data.Uniform(outputs + 100, 12).SelectMany(v => Enumerable.Repeat(v, outputs))];
            ApproximationReport report = Fixtures.Model.Bind(b, outputs).Evaluate(x, 70, b);
            report.NormalizedMeanSquaredError.Should().Be(double.NaN, "with {0} equal outputs", outputs);
            report.OutputErrors.Should().OnlyContain(e => double.IsNaN(e));
            report.RootMeanSquaredError.Should().BeGreaterThan(0);
        }
    }

    [Fact]
    public void A_constant_column_has_no_error_of_its_own_but_counts_in_the_whole()
    {
        float[] x = Data.Rows(21, 150, 12), b = [.. Fixtures.Weights];
        for (int i = 0; i < 12; i++)
        {
            b[(i * 5) + 3] = 0;
        }

        ApproximationReport report = Fixtures.Model.Bind(b, 5).Evaluate(x, 150, b);
        report.OutputErrors.Select(double.IsNaN).Should().Equal(false, false, false, true, false);
        report.NormalizedMeanSquaredError.Should().BeInRange(0, 1);
        Close(report.MeanOutputError, (report.OutputErrors[0] + report.OutputErrors[1] + report.OutputErrors[2] + report.OutputErrors[4]) / 4);
    }

    [Fact]
    public void A_column_that_varies_by_rounding_alone_has_no_error_of_its_own()
    {
        // Shares of one: the sum of all differs from row to row in its last digits.
        const int Rows = 150;
        float[] x = Data.Shares(Array.ConvertAll(Data.Rows(21, Rows, 12), Math.Abs), 12), b = [.. Fixtures.Weights];
        for (int i = 0; i < 12; i++)
        {
            b[(i * 5) + 2] = 1;
        }

        Data.Product(x, Rows, 12, b, 5).Where((_, i) => i % 5 == 2).Distinct().Count().Should().BeGreaterThan(1, "the case must be one of rounding");
        ApproximationReport report = MaddnessTrainer.Train(x, Rows, 12, b, 5, default, Fixtures.Options).Evaluate(x, Rows, b);
        report.OutputErrors.Select(double.IsNaN).Should().Equal(false, false, true, false, false);
        report.MeanOutputError.Should().BeInRange(0, 1);
    }

    [Fact]
    public void A_large_common_mean_does_not_spoil_the_variance()
    {
        // All outputs are near 1e6 and vary by about 1: naive sums of squares would lose half the digits.
        float[] training = Data.Rows(1, 200, 12), x = Data.Rows(21, 300, 12), b = [.. Fixtures.Weights];
        for (int row = 0; row < 300; row++)
        {
            if (row < 200)
            {
                training[row * 12] = 1e6f;
            }

            x[row * 12] = 1e6f;
        }

        b.AsSpan(0, 5).Fill(1);
        MaddnessMatmul product = MaddnessTrainer.Train(training, 200, 12, b, 5, default, Fixtures.Options);
        Check(product.Evaluate(x, 300, b), Data.Product(x, 300, 12, b, 5), Multiply(product, x, 300), 300, 5, null);
    }

    [Fact]
    public void The_first_largest_error_is_named()
    {
        // The same row twice: the error stands in the first one.
        float[] row = Data.Rows(30, 1, 12);
        float[] x = [.. row, .. row, .. row];
        ApproximationReport report = Fixtures.Product.Evaluate(x, 3, Fixtures.Weights);
        report.MaxAbsoluteErrorRow.Should().Be(0);
        float[] y = Multiply(Fixtures.Product, row, 1);
        double[] exact = Data.Product(row, 1, 12, Fixtures.Weights, 5);
        Enumerable.Range(0, 5).MaxBy(m => Math.Abs(y[m] - exact[m])).Should().Be(report.MaxAbsoluteErrorOutput);
    }

    private static void Check(ApproximationReport report, double[] exact, float[] estimate, int rows, int outputs, float[]? bias)
    {
        (report.Rows, report.Outputs).Should().Be((rows, outputs));
        double[] errors = [.. exact.Select((y, i) => Math.Abs(estimate[i] - y))];
        double squared = errors.Sum(e => e * e), mean = exact.Average();
        Close(report.NormalizedMeanSquaredError, squared / exact.Sum(y => (y - mean) * (y - mean)));
        Close(report.RootMeanSquaredError, Math.Sqrt(squared / errors.Length));
        Close(report.MaxAbsoluteError, errors.Max());
        Close(errors[(report.MaxAbsoluteErrorRow * outputs) + report.MaxAbsoluteErrorOutput], errors.Max());

        report.OutputErrors.Should().HaveCount(outputs);
        for (int m = 0; m < outputs; m++)
        {
            int[] column = [.. Enumerable.Range(0, rows).Select(n => (n * outputs) + m)];
            double own = column.Average(i => exact[i]);
            Close(report.OutputErrors[m], column.Sum(i => errors[i] * errors[i]) / column.Sum(i => (exact[i] - own) * (exact[i] - own)));
        }

        List<double> cosines = [];
        int agreements = 0;
        for (int n = 0; n < rows; n++)
        {
            double dot = 0, normOfExact = 0, normOfEstimate = 0;
            for (int m = 0; m < outputs; m++)
            {
                (double y, double e) = (exact[(n * outputs) + m], estimate[(n * outputs) + m]);
                (dot, normOfExact, normOfEstimate) = (dot + (y * e), normOfExact + (y * y), normOfEstimate + (e * e));
            }

            if (normOfExact > 0 && normOfEstimate > 0)
            {
                cosines.Add(dot / Math.Sqrt(normOfExact * normOfEstimate));
            }

            double[] biased = [.. Enumerable.Range(0, outputs).Select(m => exact[(n * outputs) + m] + (bias?[m] ?? 0))];
            double[] biasedEstimate = [.. Enumerable.Range(0, outputs).Select(m => (double)(estimate[(n * outputs) + m] + (bias?[m] ?? 0f)))];
            agreements += FirstLargest(biased, 0, outputs) == FirstLargest(biasedEstimate, 0, outputs) ? 1 : 0;
        }

        report.RowsWithoutDirection.Should().Be(rows - cosines.Count);
        Close(report.MeanCosineSimilarity, cosines.Count == 0 ? double.NaN : cosines.Average());
        report.ArgMaxAgreement.Should().Be((double)agreements / rows);
    }

    private static int FirstLargest(double[] values, int row, int outputs)
    {
        double[] part = values[(row * outputs)..((row + 1) * outputs)];
        return Array.IndexOf(part, part.Max());
    }

    private static int LastLargest(double[] values, int row, int outputs)
    {
        double[] part = values[(row * outputs)..((row + 1) * outputs)];
        return Array.LastIndexOf(part, part.Max());
    }

    private static float[] Multiply(MaddnessMatmul product, float[] x, int rows)
    {
        float[] y = new float[rows * product.Outputs];
        product.Multiply(x, rows, y);
        return y;
    }

    private static void Close(double actual, double expected)
    {
        // Division of 0 by 0, or of anything by a variance of 0, is undefined in the report.
        if (double.IsNaN(expected) || double.IsInfinity(expected))
        {
            actual.Should().Be(double.NaN);
        }
        else
        {
            actual.Should().BeApproximately(expected, 1e-9 * Math.Max(1e-9, Math.Abs(expected)));
        }
    }
}
