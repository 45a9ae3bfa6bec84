using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;
using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>Rows of A: a tile of them is encoded, and its codes are handed on before they leave the cache.</summary>
internal readonly unsafe struct EncodedRows<T>(EncodePlan plan, in PinnedMatrix<T> source) : ICodeSource
    where T : unmanaged
{
    private readonly EncodePlan _plan = plan;
    private readonly PinnedMatrix<T> _source = source;

    /// <inheritdoc/>
    public int Rows => _source.Rows;

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public void Run<TKernel, TTask, TConsumer>(ref TTask task, int start, int rows)
        where TKernel : struct, IKernel
        where TTask : struct, ITileTask<TConsumer>
        where TConsumer : struct, ICodeConsumer, allows ref struct
    {
        HashTrees trees = _plan.Trees;
        int tileRows = TilePlan.RowsFor(rows, trees.Codebooks);
        int codeBytes = tileRows / CodeBlock.Rows * TilePlan.CodeBlockStride(trees.Codebooks);
        Encoder<T>.Reading reading = Encoder<T>.ReadingOf<TKernel>(_plan, _source);
        byte[] rented = Scratch.Rent(Scratch.SizeOf<byte>(codeBytes) + Encoder<T>.ScratchBytes(_plan, _source, reading) + task.ScratchBytes<TKernel>(rows));
        fixed (byte* memory = rented)
        {
            Scratch scratch = new(memory, rented.Length);
            byte* codes = scratch.Take<byte>(codeBytes);

            if (int.IsOddInteger(trees.Codebooks))
            {
                // Encoders write whole blocks of all codebooks, and sums read nothing else but the partner of an odd last one: it must read as zero.
                new Span<byte>(codes, codeBytes).Clear();
            }

            Encoder<T> encoder = new(_plan, _source, reading, task.WritesToMemory, ref scratch);
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
