using Maddness.Training;

namespace Maddness.Tests.Training;

public class OutputComponentsTests
{
    private const int Rows = 300, Columns = 12, Outputs = 200;

    [Fact]
    public void The_basis_spans_what_outputs_vary_in_and_threads_do_not_change_a_bit()
    {
        // Twelve columns span all outputs: what the basis leaves of one is rounding.
        OutputComponents components = OutputComponents.Of(Data(), B(), Outputs, new TrainingScope(1, null, default));
        double[] basis = components.Basis!;
        for (int d = 0; d < Columns; d++)
        {
            for (int m = 0; m < Outputs; m++)
            {
                double projected = 0;
                for (int p = 0; p < components.Count; p++)
                {
                    projected += components.Factor[(d * components.Count) + p] * basis[(m * components.Count) + p];
                }

                projected.Should().BeApproximately(B()[(d * Outputs) + m], 1e-5);
            }
        }

        OutputComponents shared = OutputComponents.Of(Data(), B(), Outputs, new TrainingScope(3, null, default));
        shared.Basis.Should().Equal(basis);
        shared.Factor.Should().Equal(components.Factor);
    }

    [Fact]
    public void A_cancelled_training_does_not_look_for_components()
    {
        Action act = () => OutputComponents.Of(Data(), B(), Outputs, new TrainingScope(1, null, new CancellationToken(canceled: true)));
        act.Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void Very_many_outputs_are_judged_by_some_of_them()
    {
        // 5,000 outputs are copies of two, so that any of them tell the same: the error of all is told, and trees and strength are those chosen for two.
        float[] two = Samples.Rows(Columns, 2, 5);
        float[] many = [.. Enumerable.Range(0, Columns * 5000).Select(i => two[(i / 5000 * 2) + (i % 5000 / 2500)])];
        TrainingOptions options = new() { Codebooks = 2, WeightColumns = false };
        OutputPlan plan = ObjectiveSelector.Choose(Data(), many, 5000, null, null, options, new TrainingScope(1, null, default));
        OutputPlan expected = ObjectiveSelector.Choose(Data(), two, 2, null, null, options, new TrainingScope(1, null, default));
        (plan.SquaredError!.Value / expected.SquaredError!.Value).Should().BeApproximately(2500, 250);
        plan.Should().Be(expected with { SquaredError = plan.SquaredError });
    }

    [Fact]
    public void Outputs_that_judge_come_with_their_own_columns_and_bias()
    {
        float[] b = [.. Enumerable.Range(0, 3 * 10).Select(i => (float)i)];
        ObjectiveSelector.ColumnsOf(b, 10, [1, 4, 9]).Should().Equal(1, 4, 9, 11, 14, 19, 21, 24, 29);
        ObjectiveSelector.ColumnsOf(b.AsSpan(0, 10).ToArray(), 10, [0, 9]).Should().Equal(0, 9);
    }

    private static TrainingRows Data() => new(ElementType.Float32, Samples.Rows(Rows, Columns, 3), Rows, Columns);

    private static float[] B() => Samples.Rows(Columns, Outputs, 4);
}
