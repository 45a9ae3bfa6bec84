using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>Codes in the layout of <see cref="EncodedMatrix"/> → accumulate → dequantise → Y.</summary>
internal readonly unsafe struct Scan(PackedTables tables, Summation summation, byte* packed, int levels, PinnedMatrix<float> destination, int workers) : IKernelOperation
{
    private readonly PackedTables _tables = tables;
    private readonly Summation _summation = summation;
    private readonly byte* _packed = packed;
    private readonly int _levels = levels;
    private readonly PinnedMatrix<float> _destination = destination;
    private readonly int _workers = workers;

    /// <inheritdoc/>
    public void Invoke<TKernel>()
        where TKernel : struct, IKernel => RowPartition.Run(new Body<TKernel>(this), _destination.Rows, _workers);

    private readonly struct Body<TKernel>(Scan scan) : RowPartition.IBody
        where TKernel : struct, IKernel
    {
        private readonly Scan _scan = scan;

        [MethodImpl(Compiled.Once)]
        public void Run(int start, int rows)
        {
            int codebooks = _scan._tables.Tables.Codebooks;
            int tileRows = TilePlan.RowsFor(rows, codebooks);
            int codeBytes = tileRows / TilePlan.BlockRows * TilePlan.CodeBlockStride(codebooks);
            int packedBlock = EncodedMatrix.BlockBytes(codebooks, _scan._levels);
            byte[] rented = Scratch.Rent(Scratch.SizeOf<byte>(codeBytes) + Accumulator.ScratchBytes<TKernel>(_scan._tables, _scan._destination));
            fixed (byte* memory = rented)
            {
                Scratch scratch = new(memory, rented.Length);
                byte* codes = scratch.Take<byte>(codeBytes);
                Accumulator accumulator = Accumulator.Create<TKernel>(_scan._tables, _scan._summation, _scan._destination, ref scratch);
                int count;
                for (int done = 0; done < rows; done += count)
                {
                    count = Math.Min(tileRows, rows - done);
                    int blocks = (count + TilePlan.BlockRows - 1) / TilePlan.BlockRows;
                    byte* source = _scan._packed + ((long)(start + done) / TilePlan.BlockRows * packedBlock);
                    CodePacking.Unpack(source, codebooks, _scan._levels, blocks, codes);
                    accumulator.Consume<TKernel>(codes, start + done, count);
                }
            }

            Scratch.Return(rented);
        }
    }
}
