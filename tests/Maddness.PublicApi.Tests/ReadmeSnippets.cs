using Maddness.PublicApi.Tests.Support;

namespace Maddness.PublicApi.Tests;

/// <summary>The code of README.md, one block in each test, compared with it by <see cref="ReadmeTests"/>.</summary>
public class ReadmeSnippets
{
    [Fact]
    public void Learn_decide_multiply_save()
    {
        float[] trainingRows = Data.Rows(1, 2000, 64);
        float[] heldOutRows = Data.Rows(2, 500, 64);
        float[] weights = Data.Uniform(3, 64 * 10);
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            // snippet
            MaddnessMatmul product = MaddnessTrainer.Train(trainingRows, rows: 2000, inputs: 64, weights, outputs: 10);

            ApproximationReport report = product.Evaluate(heldOutRows, rows: 500, weights);
            Console.WriteLine($"error {report.NormalizedMeanSquaredError:F3}, same arg-max in {report.ArgMaxAgreement:P1} of the rows");
            if (report.NormalizedMeanSquaredError < 0.1) // your limit
            {
                float[] y = new float[500 * 10];
                product.Multiply(heldOutRows, rows: 500, y);
                product.Save(path);
                MaddnessMatmul loaded = MaddnessMatmul.Load(path);
            }
            // end snippet
            File.Exists(path).Should().BeTrue("the error is {0}", report.NormalizedMeanSquaredError);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
