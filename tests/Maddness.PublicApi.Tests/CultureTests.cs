using System.Globalization;
using System.Security.Cryptography;
using System.Text;
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
            () => MaddnessMatmul.Load(new MemoryStream(WithThreshold(float.NegativeInfinity))),
        ];
        string[] expected = In(CultureInfo.InvariantCulture, refused, FirstLine);
        expected.Should().Contain(line => line.Contains("-1.5")).And.Contain(line => line.Contains("1.5E-07")).And.Contain(line => line.Contains("up to 3.4028235E+38")).And.Contain(line => line.Contains("is -Infinity; expected a number"));
        In(Other(), refused, FirstLine).Should().Equal(expected);
    }

    [Fact]
    public void Records_are_written_alike_in_any_culture_by_the_names_of_all_their_properties()
    {
        object[] records =
        [
            new SpeedReport(10, 1234.5, 8, KernelLevel.Avx2),
            new PlanningOptions { MaxError = 0.05, MaxDegreeOfParallelism = -1 },
            new TrainingOptions { RidgeStrength = 0.25, MaxDegreeOfParallelism = -1, MaxCacheLines = 4 },
            new DriftGuardOptions { Name = "a" },
            new PlanningProgress(1, 2, 3, 16, Objective.Output, new TrainingProgress(TrainingStage.LearningTrees, 1, 2)),
        ];
        string[] expected = In(CultureInfo.InvariantCulture, records, record => record.ToString()!);
        expected[0].Should().Be("SpeedReport { Rows = 10, NanosecondsPerRowExact = 1234.5, NanosecondsPerRowApproximate = 8, Kernel = Avx2, SpeedupOverExact = 154.3125 }");
        expected[1].Should().Be("PlanningOptions { MaxError = 0.05, MaxOutputError = , MinAgreement = , MaxCodebooks = 128, MaxTrainingRows = 65536, Seed = 0, MaxDegreeOfParallelism = -1 }");
        In(Other(), records, record => record.ToString()!).Should().Equal(expected);
        foreach ((object record, string text) in records.Zip(expected))
        {
            text.Should().StartWith(record.GetType().Name + " { ").And.EndWith(" }").And.ContainAll(record.GetType().GetProperties().Select(property => $" {property.Name} = "));
        }
    }

    private static string[] In<T>(CultureInfo culture, IEnumerable<T> items, Func<T, string> text)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = culture;
            return [.. items.Select(text)];
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    /// <summary>Decimal commas, a minus that is no hyphen, and an infinity of its own.</summary>
    private static CultureInfo Other()
    {
        CultureInfo other = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (other.NumberFormat.NumberDecimalSeparator, other.NumberFormat.NegativeSign, other.NumberFormat.NegativeInfinitySymbol) = (",", "\u2212", "\u2212\u221E");
        return other;
    }

    /// <summary>A model file with this first threshold, and the checksum that fits.</summary>
    private static byte[] WithThreshold(float threshold)
    {
        const int Digits = 44, AfterDigits = 108;
        byte[] file = Data.Saved(Fixtures.Product.Save);
        int tables = Fixtures.Options.Codebooks * Fixtures.Options.Leaves * Fixtures.Outputs, thresholds = Fixtures.Options.Codebooks * (Fixtures.Options.Leaves - 1) * sizeof(float);
        BitConverter.TryWriteBytes(file.AsSpan(file.Length - tables - thresholds), threshold);
        byte[] hash = SHA256.HashData([.. file[..Digits], .. file[AfterDigits..]]);
        Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash), file.AsSpan(Digits));
        return file;
    }

    /// <summary>What the library says; the runtime adds a line of its own.</summary>
    private static string FirstLine(Action refused)
    {
        try
        {
            refused();
            return "nothing was refused";
        }
        catch (Exception e) when (e is ArgumentException or ModelFormatException)
        {
            return e.Message.Split(Environment.NewLine)[0];
        }
    }
}
