namespace Maddness.Pipeline;

/// <summary>Splits rows among threads: contiguous ranges of whole encode tiles, so that the work on a row never depends on the number of threads.</summary>
internal static class RowPartition
{
    /// <summary>What one thread does with its rows.</summary>
    internal interface IBody
    {
        /// <summary>Treats <paramref name="rows"/> rows from <paramref name="start"/> on.</summary>
        void Run(int start, int rows);
    }

    /// <summary>Runs the body over all rows, on the calling thread alone if <paramref name="workers"/> is 1.</summary>
    internal static void Run<TBody>(TBody body, int rows, int workers)
        where TBody : struct, IBody
    {
        if (workers == 1)
        {
            body.Run(0, rows);
            return;
        }

        RunParallel(body, rows, workers);
    }

    /// <summary>Apart, because a method with a closure allocates it on entry, whether it is used or not.</summary>
    private static void RunParallel<TBody>(TBody body, int rows, int workers)
        where TBody : struct, IBody
    {
        long tiles = ((long)rows + TilePlan.GatherRows - 1) / TilePlan.GatherRows;
        Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, worker =>
        {
            int start = (int)(tiles * worker / workers * TilePlan.GatherRows);
            int end = (int)Math.Min(rows, tiles * (worker + 1) / workers * TilePlan.GatherRows);
            body.Run(start, end - start);
        });
    }
}
