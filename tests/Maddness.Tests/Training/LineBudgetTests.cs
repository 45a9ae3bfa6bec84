using System.Numerics;
using Maddness.Training;

namespace Maddness.Tests.Training;

public class LineBudgetTests
{
    /// <summary>The oracle tries all sets of lines.</summary>
    [Fact]
    public void The_best_lines_within_a_budget_are_found()
    {
        Random random = new(1);
        for (int round = 0; round < 60; round++)
        {
            double[] gains = [.. Enumerable.Range(0, 3 + (round % 8)).Select(_ => random.NextDouble() < 0.2 ? 0 : random.NextDouble())];
            for (int lines = 1; lines <= gains.Length + 1; lines++)
            {
                for (int runs = 1; runs <= 4; runs++)
                {
                    int[] found = CacheLines.Best(gains, new LineBudget(lines, runs));
                    found.Should().BeInAscendingOrder().And.OnlyHaveUniqueItems().And.HaveCountLessThanOrEqualTo(lines);
                    found.Count(l => !found.Contains(l - 1)).Should().BeLessThanOrEqualTo(runs);
                    double most = Enumerable.Range(0, 1 << gains.Length)
                        .Where(set => BitOperations.PopCount((uint)set) <= lines && BitOperations.PopCount((uint)(set & ~(set << 1))) <= runs)
                        .Max(set => gains.Where((_, i) => (set >> i & 1) == 1).Sum());
                    found.Sum(l => gains[l]).Should().BeApproximately(most, 1e-12);
                }
            }
        }
    }

    [Fact]
    public void As_many_lines_as_there_are_or_any_runs_take_no_table()
    {
        double[] gains = [.. Enumerable.Range(0, 2_000).Select(i => (double)(i % 7))];
        long before = GC.GetAllocatedBytesForCurrentThread();
        CacheLines.Best(gains, new LineBudget(3, 3)).Should().Equal(6, 13, 20);
        CacheLines.Best(gains, new LineBudget(1_000, 1_000)).Should().HaveCount(1_000).And.OnlyContain(i => i % 7 >= 3);
        CacheLines.Best(gains, new LineBudget(2_000, 1)).Should().HaveCount(2_000);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(4_000_000, "the table of all choices would take 64 GB");
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(int.MaxValue)]
    public void As_many_lines_as_there_are_or_more_are_no_limit_with_few_rows_either(int limit)
    {
        // Three passes from 24 codebooks on, the first of which would be allowed twice the lines.
        float[] a = [.. Enumerable.Range(0, 8 * 64).Select(i => (float)Math.Sin(i * i))], b = [.. Enumerable.Range(0, 64 * 5).Select(i => (float)Math.Cos(i * i))];
        TrainingOptions options = new() { Codebooks = 24, Objective = Objective.Output };
        MaddnessMatmul free = MaddnessTrainer.Train(a, 8, 64, b, 5, default, options);
        MaddnessMatmul limited = MaddnessTrainer.Train(a, 8, 64, b, 5, default, options with { MaxCacheLines = limit });
        limited.Trees.Columns.ToArray().Should().Equal(free.Trees.Columns.ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(9)]
    [InlineData(30)]
    public void No_limit_is_none_for_the_choice_of_objectives_either(int rows)
    {
        float[] a = Samples.Rows(rows, 64, 3), b = Samples.Rows(64, 6, 4);
        TrainingOptions options = new() { Codebooks = 4 };
        MaddnessMatmul free = MaddnessTrainer.Train(a, rows, 64, b, 6, default, options), unlimited = MaddnessTrainer.Train(a, rows, 64, b, 6, default, options with { MaxCacheLines = int.MaxValue });
        unlimited.Objective.Should().Be(free.Objective);
        unlimited.Trees.Columns.ToArray().Should().Equal(free.Trees.Columns.ToArray());
        unlimited.Tables.Entries.ToArray().Should().Equal(free.Tables.Entries.ToArray());
    }

    [Fact]
    public void Nothing_is_tried_where_trees_read_few_lines_anyway()
    {
        LineBudget.Candidates(32, 15, null).Should().BeEmpty();
        LineBudget.Candidates(32, 16, null).Should().Equal(new LineBudget(8, 2));
        LineBudget.Candidates(32, 20, null).Should().Equal(new LineBudget(8, 2), new LineBudget(10, 2));
        LineBudget.Candidates(32, 64, null).Should().Equal(new LineBudget(8, 2), new LineBudget(12, 2));
        LineBudget.Candidates(128, 64, null).Should().Equal(new LineBudget(8, 2), new LineBudget(32, 2));
        LineBudget.Candidates(128, 256, null).Should().Equal(new LineBudget(32, 2), new LineBudget(48, 2));
        LineBudget.Candidates(11, 400, null).Should().Equal(new LineBudget(8, 2));
        LineBudget.Candidates(10, 400, null).Should().BeEmpty("eight lines in two runs lie in up to ten");
        LineBudget.Candidates(8, 400, null).Should().BeEmpty();
        LineBudget.Candidates(4, 400, null).Should().BeEmpty();
        LineBudget.Candidates(32, 16, 32).Should().BeEmpty();
        LineBudget.Candidates(32, 16, 1).Should().Equal(new LineBudget(1, 1));
        LineBudget.Candidates(32, 16, 2).Should().Equal(new LineBudget(2, 2));
        LineBudget.Candidates(32, 16, 8).Should().Equal(new LineBudget(8, 2), new LineBudget(8, 8));
    }

    [Fact]
    public void A_budget_that_nobody_asked_for_may_cost_more()
    {
        LineBudget.Tolerance(isGenerous: true).Should().Be(1.1);
        LineBudget.Tolerance(isGenerous: false).Should().Be(1.05);
    }

    [Fact]
    public void Earlier_rounds_are_allowed_evenly_more_up_to_twice()
    {
        LineBudget budget = new(8, 2);
        Enumerable.Range(0, 3).Select(i => budget.Before(2 - i, 2)).Should().Equal(new LineBudget(16, 4), new LineBudget(12, 3), budget);
        Enumerable.Range(0, 2).Select(i => budget.Before(1 - i, 1)).Should().Equal(new LineBudget(16, 4), budget);
        budget.Before(0, 0).Should().Be(budget);
        new LineBudget(1, 1).Before(1, 2).Should().Be(new LineBudget(1, 1), "half a line more is none");
    }
}
