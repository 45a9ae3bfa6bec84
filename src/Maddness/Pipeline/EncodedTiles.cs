using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;
using Maddness.Model;

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

/// <summary>The loop that all operations on rows of A share: a tile of rows is encoded, and its codes are handed on before they leave the cache.</summary>
internal static unsafe class EncodedTiles
{
    internal static void Run<TKernel, T, TTask, TConsumer>(EncodePlan plan, PinnedMatrix<T> source, in TTask task, int workers)
        where TKernel : struct, IKernel
        where T : unmanaged
        where TTask : struct, ITileTask<TConsumer>
        where TConsumer : struct, ICodeConsumer, allows ref struct =>
        RowPartition.Run(new Body<TKernel, T, TTask, TConsumer>(plan, source, task), source.Rows, workers);

    private readonly struct Body<TKernel, T, TTask, TConsumer>(EncodePlan plan, PinnedMatrix<T> source, TTask task) : RowPartition.IBody
        where TKernel : struct, IKernel
        where T : unmanaged
        where TTask : struct, ITileTask<TConsumer>
        where TConsumer : struct, ICodeConsumer, allows ref struct
    {
        private readonly EncodePlan _plan = plan;
        private readonly PinnedMatrix<T> _source = source;
        private readonly TTask _task = task;

        [MethodImpl(Compiled.Once)]
        public void Run(int start, int rows)
        {
            HashTrees trees = _plan.Trees;
            int tileRows = TilePlan.RowsFor(rows, trees.Codebooks);
            int codeBytes = tileRows / TilePlan.BlockRows * TilePlan.CodeBlockStride(trees.Codebooks);
            byte[] rented = Scratch.Rent(Scratch.SizeOf<byte>(codeBytes) + Encoder<T>.ScratchBytes<TKernel>(_plan, _source) + _task.ScratchBytes<TKernel>(rows));
            fixed (byte* memory = rented)
            {
                Scratch scratch = new(memory, rented.Length);
                byte* codes = scratch.Take<byte>(codeBytes);

                // The partner of an odd last codebook must read as zero.
                new Span<byte>(codes, codeBytes).Clear();
                Encoder<T> encoder = Encoder<T>.Create<TKernel>(_plan, _source, _task.WritesToMemory, ref scratch);
                TConsumer consumer = _task.Start<TKernel>(rows, ref scratch);
                int count;
                for (int done = 0; done < rows; done += count)
                {
                    count = Math.Min(tileRows, rows - done);
                    encoder.Encode<TKernel>(start + done, count, codes);
                    consumer.Consume<TKernel>(codes, start + done, count);
                }
            }

            Scratch.Return(rented);
        }
    }
}
