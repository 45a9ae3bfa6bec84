using Maddness.Kernels;
using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>A → encode → accumulate → dequantise → Y in one pass: codes never leave the cache.</summary>
internal readonly unsafe struct Product<T>(EncodePlan plan, PackedTables tables, Summation summation, PinnedMatrix<T> source, PinnedMatrix<float> destination, int workers)
    : IKernelOperation
    where T : unmanaged
{
    private readonly EncodePlan _plan = plan;
    private readonly PackedTables _tables = tables;
    private readonly Summation _summation = summation;
    private readonly PinnedMatrix<T> _source = source;
    private readonly PinnedMatrix<float> _destination = destination;
    private readonly int _workers = workers;

    /// <inheritdoc/>
    public void Invoke<TKernel>()
        where TKernel : struct, IKernel => RowPartition.Run(new Body<TKernel>(this), _source.Rows, _workers);

    private readonly struct Body<TKernel>(Product<T> product) : RowPartition.IBody
        where TKernel : struct, IKernel
    {
        private readonly Product<T> _product = product;

        public void Run(int start, int rows)
        {
            HashTrees trees = _product._plan.Trees;
            int tileRows = TilePlan.RowsFor(rows, trees.Codebooks);
            int codeBytes = tileRows / TilePlan.BlockRows * TilePlan.CodeBlockStride(trees.Codebooks);
            byte[] rented = Scratch.Rent(
                Scratch.SizeOf<byte>(codeBytes) + Encoder<T>.ScratchBytes(_product._plan) + Accumulator.ScratchBytes<TKernel>(_product._tables, _product._destination));
            fixed (byte* memory = rented)
            {
                Scratch scratch = new(memory, rented.Length);
                byte* codes = scratch.Take<byte>(codeBytes);

                // The partner of an odd last codebook must read as zero.
                new Span<byte>(codes, codeBytes).Clear();
                Encoder<T> encoder = new(_product._plan, _product._source, ref scratch);
                Accumulator accumulator = Accumulator.Create<TKernel>(_product._tables, _product._summation, _product._destination, ref scratch);
                int count;
                for (int done = 0; done < rows; done += count)
                {
                    count = Math.Min(tileRows, rows - done);
                    encoder.Encode<TKernel>(start + done, count, codes);
                    accumulator.Accumulate<TKernel>(codes, start + done, count);
                }
            }

            Scratch.Return(rented);
        }
    }
}
