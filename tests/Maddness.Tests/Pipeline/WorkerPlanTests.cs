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
        ["sums"] = (rows, degree) => WorkerPlan.ForSums(rows, Tables, degree),
        ["a product"] = (rows, degree) => WorkerPlan.ForProduct(rows, Tables, degree),
        ["a search"] = (rows, degree) => WorkerPlan.ForSearch(rows, Tables, 5, degree),
        ["reranking"] = (rows, degree) => WorkerPlan.ForReranking(rows, Tables, 10, 512, degree),
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
        // As measured: 512 inputs, 100 outputs, 8 codebooks, two threads allowed; and no more than tiles of 64 rows.
        WorkerPlan.ForProduct(256, Tables, 2).Should().Be(1);
        WorkerPlan.ForProduct(512, Tables, 2).Should().Be(2);
        WorkerPlan.ForReranking(256, Tables, 10, 512, 2).Should().Be(2, "candidates are work");
        WorkerPlan.ForSearch(256, Tables, 100, 2).Should().Be(2, "so are outputs that are ranked");
        WorkerPlan.ForReranking(130, Tables, 100, 512, 16).Should().Be(3);
        WorkerPlan.ForExact(16, 512, 100, 16).Should().Be(4);
    }
}
