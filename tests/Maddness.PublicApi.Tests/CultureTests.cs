using System.Globalization;
using Maddness.PublicApi.Tests.Support;

namespace Maddness.PublicApi.Tests;

public class CultureTests
{
    [Fact]
    public void Refusals_do_not_change_with_the_culture()
    {
        float[] a = Data.Rows(1, 50, Fixtures.Inputs), y = new float[50 * Fixtures.Outputs];
        int[] indices = new int[50];
        Action[] refused =
        [
            () => Fixtures.Product.Multiply(a, 50, y, -7),
            () => Fixtures.Product.TopK(a, 50, -3, indices, y),
            () => Fixtures.Model.Bind([.. Fixtures.Weights], Fixtures.Outputs, [0, 0, float.NegativeInfinity, 0, 0]),
            () => Fixtures.Model.Bind(Array.ConvertAll(Fixtures.Weights, w => w * 3e38f), Fixtures.Outputs),
            () => _ = new DriftGuard(Fixtures.Product, Fixtures.Weights, -1.5),
            () => MaddnessTrainer.Train(a, 50, Fixtures.Inputs, new TrainingOptions { Codebooks = 2, RidgeStrength = 1.5e-7 }),
            () => MaddnessTrainer.Train([float.NegativeInfinity], 1, 1, new TrainingOptions { Codebooks = 1 }),
        ];
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
            string[] expected = [.. refused.Select(FirstLine)];
            expected.Should().Contain(line => line.Contains("-1.5")).And.Contain(line => line.Contains("1.5E-07")).And.Contain(line => line.Contains("up to 3.4028235E+38"));

            // Decimal commas, and a minus that is no hyphen.
            CultureInfo other = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            (other.NumberFormat.NumberDecimalSeparator, other.NumberFormat.NegativeSign) = (",", "\u2212");
            CultureInfo.CurrentCulture = other;
            refused.Select(FirstLine).Should().Equal(expected);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    /// <summary>What the library says; the runtime adds a line of its own.</summary>
    private static string FirstLine(Action refused)
    {
        try
        {
            refused();
            return "nothing was refused";
        }
        catch (ArgumentException e)
        {
            return e.Message.Split(Environment.NewLine)[0];
        }
    }
}
