using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>Where the codes of rows come from: from rows of A, which are encoded, or from codes that were made earlier.</summary>
internal interface ICodeSource
{
    /// <summary>N.</summary>
    int Rows { get; }

    /// <summary>Has a task take the codes of <paramref name="rows"/> rows from <paramref name="start"/> on, a tile at a time: the rows of one thread. The task comes by reference for the reason that <see cref="RowPartition"/> gives.</summary>
    void Run<TKernel, TTask, TConsumer>(ref TTask task, int start, int rows)
        where TKernel : struct, IKernel
        where TTask : struct, ITileTask<TConsumer>
        where TConsumer : struct, ICodeConsumer, allows ref struct;
}
