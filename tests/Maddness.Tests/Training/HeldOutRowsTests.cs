using Maddness.Model;
using Maddness.Tests.Support;
using Maddness.Training;

namespace Maddness.Tests.Training;

public class HeldOutRowsTests
{
    /// <summary>The oracle multiplies in double, finds leaves by walking down, and knows nothing of means.</summary>
    [Fact]
    public void The_error_is_that_of_the_sums_of_tables()
    {
        const int Columns = 12;
        float[] a = [.. Samples.Rows(90, Columns, 5).Select(v => v + 40)];
        float[] b = Samples.Rows(Columns, 3, 6);
        TrainingOptions options = new() { Codebooks = 2, Objective = Objective.Output };
        TrainingScope scope = new(1, null, CancellationToken.None);
        TrainingRows fit = new(ElementType.Float32, a[..(60 * Columns)], 60, Columns);
        TrainingRows test = new(ElementType.Float32, a[(60 * Columns)..], 30, Columns);
        foreach (OutputMethod method in new[] { OutputMethod.Ranges, OutputMethod.Passes })
        {
            LearnedTables learned = new OutputLearner(fit, b, 3, options, scope).Learn(new OutputPlan(method, null, 1), null);
            HashTrees trees = learned.Trees.ToHashTrees(fit, 4);
            double expected = 0;
            for (int n = 0; n < test.Rows; n++)
            {
                for (int m = 0; m < 3; m++)
                {
                    double difference = learned.Offsets[m];
                    for (int c = 0; c < 2; c++)
                    {
                        int code = Oracle.Code(trees, c, column => a[((60 + n) * Columns) + column]);
                        difference += learned.Tables[(((c * 16) + code) * 3) + m];
                    }

                    for (int d = 0; d < Columns; d++)
                    {
                        difference -= (double)a[((60 + n) * Columns) + d] * b[(d * 3) + m];
                    }

                    expected += difference * difference;
                }
            }

            double actual = new OutputLearner(fit, b, 3, options, scope).HeldOut(test).Error(learned, CancellationToken.None);
            actual.Should().BeApproximately(expected, 1e-4 * expected);
        }
    }

    [Fact]
    public void Penalties_fitted_together_give_what_each_gives_alone()
    {
        float[] a = Samples.Rows(120, 10, 5);
        float[] b = Samples.Rows(10, 40, 6);
        TrainingScope scope = new(1, null, CancellationToken.None);
        TrainingRows data = new(ElementType.Float32, a, 120, 10);
        LearnedTrees trees = LearnedTrees.Learn(data, null, new() { Codebooks = 3 }, scope);
        double[][] both = TableFitter.Fit(data, trees, b, 40, [0.5, 20], scope);
        both[0].Should().NotEqual(both[1]);
        both[0].Should().Equal(TableFitter.Fit(data, trees, b, 40, [0.5], scope)[0]);
        both[1].Should().Equal(TableFitter.Fit(data, trees, b, 40, [20], scope)[0]);
    }
}
