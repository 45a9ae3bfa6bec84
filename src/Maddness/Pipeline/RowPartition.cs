using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>Splits rows among threads: contiguous ranges of whole encode tiles, so that the work on a row never depends on the number of threads.</summary>
internal static class RowPartition
{
    /// <summary>Rows that a part has at least where a thread's are more than one part: what is done once for each does not count there.</summary>
    private const int PartRows = 2048;

    /// <summary>What one thread does with its rows.</summary>
    internal interface IBody
    {
        /// <summary>Treats <paramref name="rows"/> rows from <paramref name="start"/> on.</summary>
        void Run<TKernel>(int start, int rows)
            where TKernel : struct, IKernel;
    }

    /// <summary>Runs the body over all rows, on the calling thread alone, and in place, if <paramref name="workers"/> is 1: copies of what describes a call took a tenth of the time of a single row. (A body that came as an <c>in</c> argument would be copied, too: a method of an interface may write to it.)</summary>
    internal static void Run<TKernel, TBody>(ref TBody body, int rows, int workers)
        where TKernel : struct, IKernel
        where TBody : struct, IBody
    {
        if (workers == 1)
        {
            body.Run<TKernel>(0, rows);
            return;
        }

        RunParallel<TKernel, TBody>(body, rows, workers);
    }

    /// <summary>Apart, because a method with a closure allocates it on entry, whether it is used or not.</summary>
    private static void RunParallel<TKernel, TBody>(TBody body, int rows, int workers)
        where TKernel : struct, IKernel
        where TBody : struct, IBody
    {
        long tiles = ((long)rows + TilePlan.GatherRows - 1) / TilePlan.GatherRows;
        Workers.Run(workers, rows / workers / PartRows, (part, parts) =>
        {
            int start = (int)(tiles * part / parts * TilePlan.GatherRows);
            int end = (int)Math.Min(rows, tiles * (part + 1) / parts * TilePlan.GatherRows);
            body.Run<TKernel>(start, end - start);
        });
    }
}
