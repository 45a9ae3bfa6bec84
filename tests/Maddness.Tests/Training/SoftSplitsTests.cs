using Maddness.Training;

namespace Maddness.Tests.Training;

public sealed class SoftSplitsTests
{
    private const int Rows = 1000;

    [Fact]
    public void AThresholdMovesToWhereTheTargetsStep()
    {
        (TrainingRows rows, LearnedTree tree, float[][] tables, OutputTargets targets) = Step(misplaced: 450);
        new SoftSplits(rows, [tree], tables, targets, null, new TrainingScope(1, null, default)).Optimize(50, 1);

        tree.Thresholds[1].Should().BeInRange(490, 510, "targets step after the value 500");
        tree.Codes.Should().Equal(Enumerable.Range(0, Rows).Select(n => tree.Encode(rows.Row(n))));
    }

    [Fact]
    public void AThresholdMovesToWhereTheArgMaxChanges()
    {
        // Logits of 4 and −4 of two classes are saturated: only the rows between the threshold and the step pull at it.
        (TrainingRows rows, LearnedTree tree, float[][] tables, OutputTargets targets) = Step(misplaced: 450);
        OutputTargets logits = new(Rows, 2);
        for (int n = 0; n < Rows; n++)
        {
            logits.Values[n * OutputTargets.Lanes] = targets.Values[n * OutputTargets.Lanes];
        }

        new SoftSplits(rows, [tree], tables, logits, new LogitTargets([], 2, logits, 0.25f, [0, 0]), new TrainingScope(1, null, default)).Optimize(50, 1);

        tree.Thresholds[1].Should().BeInRange(490, 510, "the arg-max changes after the value 500");
    }

    [Fact]
    public void NodesThatAreNotSplitStaySo()
    {
        (TrainingRows rows, LearnedTree tree, float[][] tables, OutputTargets targets) = Step(misplaced: 450);
        new SoftSplits(rows, [tree], tables, targets, null, new TrainingScope(1, null, default)).Optimize(5, 1);

        tree.Thresholds.Skip(2).Should().OnlyContain(v => float.IsPositiveInfinity(v));
    }

    [Fact]
    public void TheSameSeedGivesTheSameThresholdsOnAnyThreads()
    {
        (TrainingRows rows, LearnedTree tree, float[][] tables, OutputTargets targets) = Step(misplaced: 430);
        (_, LearnedTree other, float[][] otherTables, _) = Step(misplaced: 430);
        new SoftSplits(rows, [tree], tables, targets, null, new TrainingScope(1, null, default)).Optimize(3, 7);
        new SoftSplits(rows, [other], otherTables, targets, null, new TrainingScope(4, null, default)).Optimize(3, 7);

        other.Thresholds.Should().Equal(tree.Thresholds);
    }

    /// <summary>Rows 0 to 999 of that value, targets −1 up to 500 and 1 above, and a tree of 16 leaves whose root splits elsewhere.</summary>
    private static (TrainingRows Rows, LearnedTree Tree, float[][] Tables, OutputTargets Targets) Step(float misplaced)
    {
        TrainingRows rows = new(ElementType.Float32, [.. Enumerable.Range(0, Rows).Select(n => (float)n)], Rows, 1);
        float[] thresholds = new float[16];
        thresholds.AsSpan(1).Fill(float.PositiveInfinity);
        thresholds[1] = misplaced;
        LearnedTree tree = new(new int[4], thresholds, new byte[Rows]);
        float[] table = new float[16 * OutputTargets.Lanes];
        table[0] = -1;
        table[8 * OutputTargets.Lanes] = 1;
        OutputTargets targets = new(Rows, 1);
        for (int n = 0; n < Rows; n++)
        {
            targets.Values[n * OutputTargets.Lanes] = n > 500 ? 1 : -1;
        }

        return (rows, tree, [table], targets);
    }
}
