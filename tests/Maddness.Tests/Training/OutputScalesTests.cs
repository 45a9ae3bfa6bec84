using Maddness.Training;

namespace Maddness.Tests.Training;

public class OutputScalesTests
{
    private const int Rows = 3000;
    private const int Inputs = 5;
    private const int Outputs = 3;

    [Fact]
    public void Factors_are_those_of_the_outputs_deviations()
    {
        // Far from zero, so that sums of squares as they are would have lost all digits.
        float[] a = [.. Samples.Rows(Rows, Inputs, 1).Select(v => v + 1000)], b = Samples.Rows(Inputs, Outputs, 2);
        TrainingRows data = new(ElementType.Float32, a, Rows, Inputs);
        double[] expected = [.. Enumerable.Range(0, Outputs).Select(m => 1 / Deviation(m))];
        Check(long.MaxValue, 1e-4);

        // Of some rows, one in twelve.
        Check(1, 0.2);

        void Check(long work, double tolerance)
        {
            float[] scales = OutputScales.Of(data, b, Outputs, 1, CancellationToken.None, work);
            scales.Zip(expected).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < tolerance * pair.Second);
            OutputScales.Of(data, b, Outputs, 3, CancellationToken.None, work).Should().Equal(scales);
        }

        double Deviation(int m)
        {
            double[] y = [.. Enumerable.Range(0, Rows).Select(n => Enumerable.Range(0, Inputs).Sum(d => (double)a[(n * Inputs) + d] * b[(d * Outputs) + m]))];
            double mean = y.Average();
            return Math.Sqrt(y.Average(v => (v - mean) * (v - mean)));
        }
    }

    [Fact]
    public void Columns_times_their_factors_are_taken_back()
    {
        float[] b = [1, 2, 3, 4, 5, 6], scales = [2, 0.5f, 4];
        OutputScales.Apply(scales, b);
        b.Should().Equal(2, 1, 12, 8, 2.5f, 24);
        OutputScales.TakeBack(scales, b);
        b.Should().Equal(1, 2, 3, 4, 5, 6);
    }
}
