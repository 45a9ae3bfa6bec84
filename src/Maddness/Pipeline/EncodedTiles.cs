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
    /// <summary>Takes <paramref name="rows"/> rows of <paramref name="source"/> from <paramref name="start"/> on: the rows of one thread. The task comes by reference for the reason that <see cref="RowPartition"/> gives.</summary>
    [MethodImpl(Compiled.Once)]
    internal static void Run<TKernel, T, TTask, TConsumer>(EncodePlan plan, in PinnedMatrix<T> source, ref TTask task, int start, int rows)
        where TKernel : struct, IKernel
        where T : unmanaged
        where TTask : struct, ITileTask<TConsumer>
        where TConsumer : struct, ICodeConsumer, allows ref struct
    {
        HashTrees trees = plan.Trees;
        int tileRows = TilePlan.RowsFor(rows, trees.Codebooks);
        int codeBytes = tileRows / CodeBlock.Rows * TilePlan.CodeBlockStride(trees.Codebooks);
        Encoder<T>.Reading reading = Encoder<T>.ReadingOf<TKernel>(plan, source);
        byte[] rented = Scratch.Rent(Scratch.SizeOf<byte>(codeBytes) + Encoder<T>.ScratchBytes(plan, source, reading) + task.ScratchBytes<TKernel>(rows));
        fixed (byte* memory = rented)
        {
            Scratch scratch = new(memory, rented.Length);
            byte* codes = scratch.Take<byte>(codeBytes);

            if (int.IsOddInteger(trees.Codebooks))
            {
                // Encoders write whole blocks of all codebooks, and sums read nothing else but the partner of an odd last one: it must read as zero.
                new Span<byte>(codes, codeBytes).Clear();
            }

            Encoder<T> encoder = new(plan, source, reading, task.WritesToMemory, ref scratch);
            TConsumer consumer = task.Start<TKernel>(rows, ref scratch);
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
