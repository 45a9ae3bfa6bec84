using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>Codes in the layout of <see cref="EncodedMatrix"/>: a tile of them is unpacked, and handed on.</summary>
internal readonly unsafe struct PackedCodes(byte* packed, int rows, int codebooks, int levels) : ICodeSource
{
    private readonly byte* _packed = packed;
    private readonly int _codebooks = codebooks;
    private readonly int _levels = levels;

    /// <inheritdoc/>
    public int Rows { get; } = rows;

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public void Run<TKernel, TTask, TConsumer>(ref TTask task, int start, int rows)
        where TKernel : struct, IKernel
        where TTask : struct, ITileTask<TConsumer>
        where TConsumer : struct, ICodeConsumer, allows ref struct
    {
        int tileRows = TilePlan.RowsFor(rows, _codebooks);
        int codeBytes = tileRows / CodeBlock.Rows * TilePlan.CodeBlockStride(_codebooks);
        int packedBlock = EncodedMatrix.BlockBytes(_codebooks, _levels);
        byte[] rented = Scratch.Rent(Scratch.SizeOf<byte>(codeBytes) + task.ScratchBytes<TKernel>(rows));
        fixed (byte* memory = rented)
        {
            Scratch scratch = new(memory, rented.Length);
            byte* codes = scratch.Take<byte>(codeBytes);
            TConsumer consumer = task.Start<TKernel>(rows, ref scratch);
            int count;
            for (int done = 0; done < rows; done += count)
            {
                count = Math.Min(tileRows, rows - done);
                int blocks = (count + CodeBlock.Rows - 1) / CodeBlock.Rows;
                CodePacking.Unpack(_packed + ((long)(start + done) / CodeBlock.Rows * packedBlock), _codebooks, _levels, blocks, codes);
                consumer.Consume<TKernel>(codes, start + done, count);
            }
        }

        Scratch.Return(rented);
    }
}
