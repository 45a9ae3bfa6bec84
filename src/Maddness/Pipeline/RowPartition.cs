using Maddness.Common;
using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>Splits rows among threads: contiguous ranges of whole blocks of codes, which no two threads share; and outputs, where there are few rows.</summary>
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

    /// <summary>What one thread does with some outputs of its rows.</summary>
    internal interface IOutputsBody : IBody
    {
        /// <summary>The outputs of the thread.</summary>
        OutputRange Outputs { set; }
    }

    /// <summary>Runs the body over all rows and outputs.</summary>
    internal static void Run<TKernel, TBody>(ref TBody body, int rows, int outputs, WorkerShares shares)
        where TKernel : struct, IKernel
        where TBody : struct, IOutputsBody
    {
        body.Outputs = OutputRange.All(outputs);
        if (shares.OfOutputs == 1)
        {
            Run<TKernel, TBody>(ref body, rows, shares.OfRows);
            return;
        }

        RunOutputs<TKernel, TBody>(body, rows, outputs, shares);
    }

    /// <summary>Runs the body over all rows, on the calling thread alone, and in place, if <paramref name="workers"/> is 1: copies of what describes a call took a tenth of the time of a single row. (A body that came as an <c>in</c> argument would be copied, too: a method of an interface may write to it.)</summary>
    /// <param name="body">What is done.</param>
    /// <param name="rows">With so many rows.</param>
    /// <param name="workers">Threads.</param>
    /// <param name="step">All but the first start at a multiple of so many rows.</param>
    internal static void Run<TKernel, TBody>(ref TBody body, int rows, int workers, int step = CodeBlock.Rows)
        where TKernel : struct, IKernel
        where TBody : struct, IBody
    {
        if (workers == 1)
        {
            body.Run<TKernel>(0, rows);
            return;
        }

        RunParallel<TKernel, TBody>(body, rows, workers, step);
    }

    /// <summary>Apart, because a method with a closure allocates it on entry, whether it is used or not.</summary>
    private static void RunParallel<TKernel, TBody>(TBody body, int rows, int workers, int step)
        where TKernel : struct, IKernel
        where TBody : struct, IBody
    {
        Workers.Run(workers, rows / workers / PartRows, (part, parts) =>
        {
            int start = Workers.StartOf(rows, step, part, parts);
            body.Run<TKernel>(start, Workers.StartOf(rows, step, part + 1, parts) - start);
        });
    }

    private static void RunOutputs<TKernel, TBody>(TBody body, int rows, int outputs, WorkerShares shares)
        where TKernel : struct, IKernel
        where TBody : struct, IOutputsBody
    {
        Workers.Run(shares.OfRows * shares.OfOutputs, 1, (part, _) =>
        {
            TBody own = body;
            (int ofRows, int ofOutputs) = Math.DivRem(part, shares.OfOutputs);
            own.Outputs = OutputRange.Part(outputs, ofOutputs, shares.OfOutputs);
            int start = Workers.StartOf(rows, CodeBlock.Rows, ofRows, shares.OfRows);
            own.Run<TKernel>(start, Workers.StartOf(rows, CodeBlock.Rows, ofRows + 1, shares.OfRows) - start);
        });
    }
}
