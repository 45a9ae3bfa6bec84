using Maddness.Model;

namespace Maddness.Tests.Training;

public class HashTreeTests
{
    private static readonly TrainingOptions AllColumns = new() { Codebooks = 3, CandidateColumns = null, Objective = Objective.Reconstruction };

    [Theory]
    [InlineData(16, false)]
    [InlineData(16, true)]
    [InlineData(32, true)]
    [InlineData(64, false)]
    public void Every_level_of_float_trees_is_the_best_that_brute_force_finds(int leaves, bool relu)
    {
        float[] a = Samples.Rows(70, 11, leaves, relu);
        MaddnessModel model = MaddnessTrainer.Train(a, 70, 11, AllColumns with { Leaves = leaves });
        RequireBestTrees(model.Trees, [0, 4, 8, 11], a, null, float.PositiveInfinity);
    }

    [Fact]
    public void Every_level_of_short_trees_is_the_best() => RequireBestIntegerTrees<short>(300, -20, ElementType.Int16, short.MaxValue);

    [Fact]
    public void Every_level_of_sbyte_trees_is_the_best() => RequireBestIntegerTrees<sbyte>(8, -3, ElementType.Int8, sbyte.MaxValue);

    [Fact]
    public void Every_level_of_byte_trees_is_the_best() => RequireBestIntegerTrees<byte>(10, 6, ElementType.UInt8, byte.MaxValue);

    [Fact]
    public void Data_far_from_zero_lose_no_precision()
    {
        // 2^23: integers of a few units are still exact in float32, but their squares beside it are not, even in double.
        float[] a = [.. Samples.Integers<short>(70, 11, 4, 8, 0).Select(v => v + 8388608f + 200)];
        RequireBestTrees(MaddnessTrainer.Train(a, 70, 11, AllColumns).Trees, [0, 4, 8, 11], a, null, float.PositiveInfinity);
    }

    [Fact]
    public void Columns_are_weighted_by_a_known_B_unless_told_otherwise()
    {
        float[] a = Samples.Rows(60, 11, 5);
        float[] b = [.. Enumerable.Range(0, 22).Select(i => (i % 5 == 0 ? 10 : 0.5f) * (i - 9))];
        double[] weights = [.. Enumerable.Range(0, 11).Select(j => Math.Sqrt(Math.Pow(b[2 * j], 2) + Math.Pow(b[(2 * j) + 1], 2)))];
        MaddnessMatmul weighted = MaddnessTrainer.Train(a, 60, 11, b, 2, options: AllColumns);
        RequireBestTrees(weighted.Trees, [0, 4, 8, 11], a, weights, float.PositiveInfinity);
        MaddnessMatmul plain = MaddnessTrainer.Train(a, 60, 11, b, 2, options: AllColumns with { WeightColumns = false });
        RequireBestTrees(plain.Trees, [0, 4, 8, 11], a, null, float.PositiveInfinity);
        plain.Trees.Fingerprint.Should().NotBe(weighted.Trees.Fingerprint);
    }

    [Fact]
    public void Few_candidates_are_the_columns_of_largest_error()
    {
        // Column 2 varies most by far, so one candidate at the root must be it.
        float[] a = Samples.Rows(50, 4, 3);
        for (int n = 0; n < 50; n++)
        {
            a[(n * 4) + 2] *= 100;
        }

        MaddnessTrainer.Train(a, 50, 4, new() { Codebooks = 1, CandidateColumns = 1 }).Trees.Columns[0].Should().Be(2);
    }

    [Fact]
    public void Among_equal_columns_the_lowest_wins()
    {
        float[] column = Samples.Rows(40, 1, 1);
        float[] a = [.. column.SelectMany(v => new[] { 0f, v, v, v })];
        MaddnessTrainer.Train(a, 40, 4, new() { Codebooks = 1 }).Trees.Columns.Should().Equal(1, 1, 1, 1);
    }

    [Fact]
    public void Among_equal_thresholds_the_lowest_wins_and_pure_nodes_keep_all_on_the_left()
    {
        HashTrees trees = MaddnessTrainer.Train([2f, 0f, 1f], 3, 1, new() { Codebooks = 1 }).Trees;
        float none = float.PositiveInfinity;
        trees.Thresholds.Should().Equal(0, 0.5f, none, 1.5f, none, none, none, none, none, none, none, none, none, none, none, none);
    }

    [Fact]
    public void Equal_values_are_never_separated_and_negative_zero_is_zero()
    {
        float[] a = [0f, -0f, 0f, -0f, 5f, 5f, 5f, 9f];
        MaddnessModel model = MaddnessTrainer.Train(a, 8, 1, new() { Codebooks = 1 });
        int[] codes = TrainingOracle.Encode(model.Trees, a)[0];
        codes[..4].Should().OnlyContain(code => code == codes[0]);
        codes[4..7].Should().OnlyContain(code => code == codes[4]);
        codes.Distinct().Should().HaveCount(3);
        model.Trees.Thresholds[1..].Distinct().Should().BeEquivalentTo([2.5f, 7f, float.PositiveInfinity]);
    }

    [Fact]
    public void Neighbours_one_ulp_apart_are_separated_at_the_lower_one()
    {
        float lower = 1.0000001f;
        float upper = MathF.BitIncrement(lower);
        float[] a = [lower, upper];
        MaddnessModel model = MaddnessTrainer.Train(a, 2, 1, new() { Codebooks = 1 });
        model.Trees.Thresholds[1].Should().Be(lower);
        TrainingOracle.Encode(model.Trees, a)[0].Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Constant_data_do_not_split()
    {
        byte[] a = [.. Enumerable.Repeat((byte)255, 60)];
        MaddnessModel model = MaddnessTrainer.Train<byte>(a, 10, 6, new() { Codebooks = 2, PrototypeLayout = PrototypeLayout.CodebookLocal });
        model.Trees.Columns.Should().Equal(0, 0, 0, 0, 3, 3, 3, 3);
        model.Trees.Thresholds.Where((_, i) => i % 16 != 0).Should().OnlyContain(v => v == 255);
        model.Prototypes.Values.Should().OnlyContain(v => v == 255);
    }

    [Fact]
    public void The_first_ranges_are_one_wider() => MaddnessTrainer.Train(Samples.Rows(5, 11, 1), 5, 11, new() { Codebooks = 4 })
        .Prototypes.RangeStarts.Should().Equal(0, 3, 6, 9, 11);

    private static void RequireBestIntegerTrees<T>(double scale, double shift, ElementType type, float unsplit)
        where T : unmanaged, System.Numerics.INumberBase<T>
    {
        T[] a = Samples.Integers<T>(70, 11, 4, scale, shift);
        MaddnessModel model = MaddnessTrainer.Train<T>(a, 70, 11, AllColumns);
        model.Trees.ElementType.Should().Be(type);
        model.Trees.Thresholds.Should().OnlyContain(v => v == MathF.Floor(v));
        RequireBestTrees(model.Trees, [0, 4, 8, 11], Samples.Floats(a), null, unsplit);
    }

    private static void RequireBestTrees(HashTrees trees, int[] starts, float[] a, double[]? weights, float unsplit)
    {
        int columns = trees.Inputs;
        for (int c = 0; c < trees.Codebooks; c++)
        {
            List<List<int>> buckets = [[.. Enumerable.Range(0, a.Length / columns)]];
            for (int level = 0; level < trees.Levels; level++)
            {
                double best = TrainingOracle.BestLoss(a, columns, buckets, starts[c], starts[c + 1], weights);
                int column = trees.Columns[(c * trees.Levels) + level];
                column.Should().BeInRange(starts[c], starts[c + 1] - 1);
                List<List<int>> next = [];
                for (int b = 0; b < buckets.Count; b++)
                {
                    float threshold = trees.Thresholds[(c * trees.Leaves) + (1 << level) + b];
                    float[] values = [.. buckets[b].Select(n => a[(n * columns) + column])];
                    RequireMidpoint(values, threshold, unsplit);
                    next.Add([.. buckets[b].Where(n => !(a[(n * columns) + column] > threshold))]);
                    next.Add([.. buckets[b].Where(n => a[(n * columns) + column] > threshold)]);
                }

                buckets = next;
                double loss = buckets.Sum(bucket => TrainingOracle.Loss(a, columns, bucket, starts[c], starts[c + 1], weights));
                loss.Should().BeLessThanOrEqualTo((best * (1 + 1e-6)) + 1e-9, "level {0} of codebook {1} must be the best", level, c);
            }
        }
    }

    private static void RequireMidpoint(float[] values, float threshold, float unsplit)
    {
        if (values.Distinct().Count() < 2)
        {
            threshold.Should().Be(unsplit);
            return;
        }

        float lower = values.Where(v => v <= threshold).Max();
        float upper = values.Where(v => v > threshold).Min();
        double middle = ((double)lower + upper) / 2;
        ((double)threshold).Should().BeLessThanOrEqualTo(middle);
        ((double)(float.IsInfinity(unsplit) ? MathF.BitIncrement(threshold) : threshold + 1)).Should().BeGreaterThan(middle);
    }
}
