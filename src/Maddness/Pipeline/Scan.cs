using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>Codes in the layout of <see cref="EncodedMatrix"/> → accumulate → dequantise → activate → Y.</summary>
internal unsafe struct Scan(PackedTables tables, Summation summation, Activation activation, byte* packed, int levels, in PinnedMatrix<float> destination, WorkerShares shares)
    : IKernelOperation, RowPartition.IOutputsBody
{
    private readonly PackedTables _tables = tables;
    private readonly Summation _summation = summation;
    private readonly Activation _activation = activation;
    private readonly byte* _packed = packed;
    private readonly int _levels = levels;
    private readonly PinnedMatrix<float> _destination = destination;
    private readonly WorkerShares _shares = shares;

    /// <inheritdoc/>
    public OutputRange Outputs { private get; set; }

    /// <inheritdoc/>
    public void Invoke<TKernel>()
        where TKernel : struct, IKernel => RowPartition.Run<TKernel, Scan>(ref this, _destination.Rows, _destination.Columns, _shares);

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public void Run<TKernel>(int start, int rows)
        where TKernel : struct, IKernel
    {
        int codebooks = _tables.Tables.Codebooks;
        int tileRows = TilePlan.RowsFor(rows, codebooks);
        int codeBytes = tileRows / CodeBlock.Rows * TilePlan.CodeBlockStride(codebooks);
        int packedBlock = EncodedMatrix.BlockBytes(codebooks, _levels);
        byte[] rented = Scratch.Rent(Scratch.SizeOf<byte>(codeBytes) + Accumulator.ScratchBytes(_destination));
        fixed (byte* memory = rented)
        {
            Scratch scratch = new(memory, rented.Length);
            byte* codes = scratch.Take<byte>(codeBytes);
            Accumulator accumulator = Accumulator.Create<TKernel>(_tables, Outputs, _summation, _activation, _destination, ref scratch);
            int count;
            for (int done = 0; done < rows; done += count)
            {
                count = Math.Min(tileRows, rows - done);
                int blocks = (count + CodeBlock.Rows - 1) / CodeBlock.Rows;
                byte* source = _packed + ((long)(start + done) / CodeBlock.Rows * packedBlock);
                CodePacking.Unpack(source, codebooks, _levels, blocks, codes);
                accumulator.Consume<TKernel>(codes, start + done, count);
            }
        }

        Scratch.Return(rented);
    }
}
