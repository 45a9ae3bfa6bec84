using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>What takes the codes of some rows while they are in cache.</summary>
internal unsafe interface ICodeConsumer
{
    /// <summary>Takes the codes of <paramref name="rows"/> rows, the first of which is row <paramref name="start"/> of A.</summary>
    void Consume<TKernel>(byte* codes, int start, int rows)
        where TKernel : struct, IKernel;
}

/// <summary>What is done with encoded rows: a consumer for each thread.</summary>
internal interface ITileTask<TConsumer>
    where TConsumer : struct, ICodeConsumer, allows ref struct
{
    /// <summary>Whether consumers write more than the caches hold, which no line of A but the tested ones should hold up: see <see cref="WatchedLine"/>.</summary>
    bool WritesToMemory { get; }

    /// <summary>Scratch that the consumer of a thread with so many rows needs.</summary>
    long ScratchBytes<TKernel>(int rows)
        where TKernel : struct, IKernel;

    /// <summary>The consumer of a thread with so many rows.</summary>
    TConsumer Start<TKernel>(int rows, ref Scratch scratch)
        where TKernel : struct, IKernel;
}
