using Maddness.Common;
using Maddness.Model;
using Maddness.Pipeline;
using Maddness.Tests.Support;

namespace Maddness.Tests.Pipeline;

public class WorkerPlanTests
{
    private static readonly LookupTables Tables = RandomModel.Tables(new Random(1), 8, 4, 100);

    /// <summary>By rows, for up to so many threads.</summary>
    private static readonly Dictionary<string, Func<int, int, int>> Plans = new()
    {
        ["encoding"] = (rows, degree) => WorkerPlan.ForEncoding(rows, 8, degree),
        ["sums"] = (rows, degree) => ThreadsOf(WorkerPlan.ForSums(rows, Tables, degree)),
        ["a product"] = (rows, degree) => ThreadsOf(WorkerPlan.ForProduct(rows, Tables, degree)),
        ["an arg-max"] = (rows, degree) => ThreadsOf(WorkerPlan.ForArgMax(rows, Tables, degree)),
        ["a search"] = (rows, degree) => ThreadsOf(WorkerPlan.ForSearch(rows, Tables, 5, degree)),
        ["reranking"] = (rows, degree) => ThreadsOf(WorkerPlan.ForReranking(rows, Tables, 10, 512, degree)),
        ["an exact product"] = (rows, degree) => WorkerPlan.ForExact(rows, 512, 100, degree),
    };

    public static TheoryData<string> Names => [.. Plans.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void More_rows_are_for_more_threads_up_to_those_allowed(string name)
    {
        Func<int, int, int> plan = Plans[name];
        foreach (int degree in (int[])[1, 2, 7, 1000])
        {
            plan(0, degree).Should().Be(1);
            plan(1, degree).Should().Be(1, "a row is too little");
            plan(10_000_000, degree).Should().Be(degree);
            plan(int.MaxValue, degree).Should().Be(degree);
            int last = 1;
            for (int rows = 1; rows < 10_000_000; rows += 1 + (rows / 3))
            {
                int workers = plan(rows, degree);
                workers.Should().BeInRange(last, degree, $"of {rows} rows");
                last = workers;
            }
        }
    }

    [Fact]
    public void Threads_start_where_they_save_time()
    {
        // As measured: 512 inputs, 100 outputs, 8 codebooks, two threads allowed; and none has fewer than 32 rows.
        WorkerPlan.ForProduct(256, Tables, 2).Should().Be(new WorkerShares(1, 1));
        WorkerPlan.ForProduct(512, Tables, 2).Should().Be(new WorkerShares(2, 1));
        WorkerPlan.ForArgMax(512, Tables, 2).Should().Be(new WorkerShares(2, 1));
        WorkerPlan.ForReranking(256, Tables, 10, 512, 2).Should().Be(new WorkerShares(2, 1), "candidates are work");
        WorkerPlan.ForSearch(256, Tables, 100, 2).Should().Be(new WorkerShares(2, 1), "so are outputs that are ranked");
        WorkerPlan.ForReranking(130, Tables, 100, 512, 16).Should().Be(new WorkerShares(4, 1));
        WorkerPlan.ForExact(16, 512, 100, 16).Should().Be(4);
        WorkerPlan.ForExact(512, 512, 1, 16).Should().Be(10, "one output takes as long as eight");
    }

    [Fact]
    public void Few_rows_are_shared_by_outputs()
    {
        LookupTables wide = RandomModel.Tables(new Random(2), 16, 4, 4000);
        WorkerPlan.ForProduct(1, wide, 16).Should().Be(new WorkerShares(1, 1), "64,000 look-ups are too few");
        WorkerPlan.ForProduct(16, wide, 4).Should().Be(new WorkerShares(1, 4));
        WorkerPlan.ForProduct(64, wide, 4).Should().Be(new WorkerShares(2, 2));
        WorkerPlan.ForSums(100, wide, 4).Should().Be(new WorkerShares(3, 1));
        WorkerPlan.ForSums(100, wide, 9).Should().Be(new WorkerShares(3, 3));
        WorkerPlan.ForProduct(32, wide, 1000).Should().Be(new WorkerShares(1, 10), "each has as much to do as is worth a thread");
        WorkerPlan.ForProduct(64, wide, 1000).Should().Be(new WorkerShares(2, 10));
        WorkerPlan.ForProduct(256, wide, 1000).Should().Be(new WorkerShares(8, 10));
        WorkerPlan.ForProduct(32, RandomModel.Tables(new Random(3), 200, 4, 600), 100).Should().Be(new WorkerShares(1, 2), "parts of 256 outputs are worth encoding rows again");
        WorkerPlan.ForSearch(32, wide, 10, 4).Should().Be(new WorkerShares(1, 4));
        WorkerPlan.ForSearch(32, wide, 100, 4).Should().Be(new WorkerShares(1, 2), "each part finds all that are wanted");
        WorkerPlan.ForSearch(32, wide, 4000, 4).Should().Be(new WorkerShares(1, 1));
        LookupTables widest = RandomModel.Tables(new Random(3), 1, 4, 1_000_000);
        WorkerPlan.ForSearch(32, widest, 10_000, 2).Should().Be(new WorkerShares(1, 2));
        WorkerPlan.ForSearch(32, widest, 20_000, 2).Should().Be(new WorkerShares(1, 1), "all that would be found are more than a million");
        WorkerPlan.ForArgMax(32, wide, 4).Should().Be(new WorkerShares(1, 4));
        WorkerPlan.ForReranking(32, wide, 10, 64, 4).Should().Be(new WorkerShares(1, 4));
        WorkerPlan.ForReranking(64, wide, 10, 64, 4).Should().Be(new WorkerShares(2, 1), "exact products are shared by rows");
    }

    [Fact]
    public void Searches_of_many_outputs_take_one_part_after_the_other()
    {
        // 16 · 16 bytes of tables and 64 floats for each output: 4 MB a part.
        LookupTables wide = RandomModel.Tables(new Random(4), 16, 4, 40_000), wider = RandomModel.Tables(new Random(4), 2, 4, 70_000);
        WorkerPlan.ForSearch(16, wide, 10, 1).Should().Be(new WorkerShares(1, 4, AreInTurn: true));
        WorkerPlan.ForSearch(15, wide, 10, 1).Should().Be(new WorkerShares(1, 1), "few rows read few entries");
        WorkerPlan.ForSearch(16, wide, 512, 1).Should().Be(new WorkerShares(1, 4, AreInTurn: true));
        WorkerPlan.ForSearch(16, wide, 513, 1).Should().Be(new WorkerShares(1, 1), "more are sorted");
        WorkerPlan.ForSearch(64, wide, 10, 2).Should().Be(new WorkerShares(2, 4, AreInTurn: true), "each thread for its rows");
        WorkerPlan.ForSearch(32, wide, 10, 2).Should().Be(new WorkerShares(1, 2), "threads share outputs");
        WorkerPlan.ForArgMax(16, wide, 1).Should().Be(new WorkerShares(1, 1), "estimates take no floats");
        WorkerPlan.ForArgMax(16, wider, 1).Should().Be(new WorkerShares(1, 4, AreInTurn: true));
        WorkerPlan.ForProduct(16, wide, 1).Should().Be(new WorkerShares(1, 1));
        WorkerPlan.ForReranking(16, wide, 10, 64, 1).Should().Be(new WorkerShares(1, 4, AreInTurn: true));
        WorkerPlan.ForReranking(64, wide, 10, 64, 2).Should().Be(new WorkerShares(2, 4, AreInTurn: true));

        // Tables that no cache holds: estimates would read them again and again.
        LookupTables large = RandomModel.Tables(new Random(4), 32, 4, 40_000), larger = RandomModel.Tables(new Random(4), 64, 4, 40_000);
        WorkerPlan.ForArgMax(100_000, wide, 1).Should().Be(new WorkerShares(1, 1), "these are 10 MB");
        WorkerPlan.ForArgMax(393, large, 1).Should().Be(new WorkerShares(1, 1), "20 MB are not read often");
        WorkerPlan.ForArgMax(394, large, 1).Should().Be(new WorkerShares(1, 7, AreInTurn: true));
        WorkerPlan.ForArgMax(255, larger, 1).Should().Be(new WorkerShares(1, 1), "nor are 41 MB by so few rows");
        WorkerPlan.ForArgMax(256, larger, 1).Should().Be(new WorkerShares(1, 12, AreInTurn: true));
        WorkerPlan.ForArgMax(511, larger, 2).Should().Be(new WorkerShares(2, 1), "each thread has too few");

        // Large tables of few outputs, which are no parts.
        LookupTables deep = RandomModel.Tables(new Random(5), 1024, 6, 255), deeper = RandomModel.Tables(new Random(5), 1024, 6, 600);
        WorkerPlan.ForSearch(16, deep, 1, 1).Should().Be(new WorkerShares(1, 1));
        WorkerPlan.ForSearch(16, deeper, 1, 1).Should().Be(new WorkerShares(1, 2, AreInTurn: true));
    }

    [Fact]
    public void Threads_are_no_more_than_some_for_each_processor()
    {
        ArgumentChecks.Parallelism(1).Should().Be(1);
        ArgumentChecks.Parallelism(4).Should().Be(4);
        ArgumentChecks.Parallelism(-1).Should().Be(Environment.ProcessorCount);
        ArgumentChecks.Parallelism(int.MaxValue).Should().Be(4 * Environment.ProcessorCount);
    }

    private static int ThreadsOf(WorkerShares shares) => shares.OfRows * shares.OfOutputs;
}
