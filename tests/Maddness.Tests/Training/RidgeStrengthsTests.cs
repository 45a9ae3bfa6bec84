using Maddness.Training;

namespace Maddness.Tests.Training;

public class RidgeStrengthsTests
{
    private const int Inputs = 64, Outputs = 2;

    [Theory]
    [InlineData(1_500, 16, 64, true)]
    [InlineData(1_500, 4, 16, false)]
    [InlineData(6_000, 24, 64, true)]
    [InlineData(6_500, 24, 64, false)]
    public void Strong_penalties_are_tried_where_leaves_have_few_rows(int rows, int codebooks, int leaves, bool isStrong)
    {
        // Of noise there is nothing to learn: the strongest penalty is the best. Four rows for each leaf of all codebooks are enough, also where no more than 5,000 rows are tried.
        float[] a = Samples.Rows(rows, Inputs, seed: 1), b = Samples.Rows(Inputs, Outputs, seed: 3);
        TrainingRows data = new(ElementType.Float32, a, rows, Inputs);
        TrainingOptions options = new() { Codebooks = codebooks, Leaves = leaves };

        double ridge = ObjectiveSelector.Choose(data, b, Outputs, null, null, options, new(1, null, CancellationToken.None)).Ridge;
        (ridge > 16).Should().Be(isStrong, "it is {0}", ridge);
    }
}
