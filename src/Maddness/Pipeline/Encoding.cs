using Maddness.Kernels;
using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>A → codes in the layout of <see cref="EncodedMatrix"/>.</summary>
internal readonly unsafe struct Encoding<T>(EncodePlan plan, PinnedMatrix<T> source, byte* packed, int workers) : IKernelOperation
    where T : unmanaged
{
    private readonly EncodePlan _plan = plan;
    private readonly PinnedMatrix<T> _source = source;
    private readonly byte* _packed = packed;
    private readonly int _workers = workers;

    /// <inheritdoc/>
    public void Invoke<TKernel>()
        where TKernel : struct, IKernel => RowPartition.Run(new Body<TKernel>(this), _source.Rows, _workers);

    private readonly struct Body<TKernel>(Encoding<T> encoding) : RowPartition.IBody
        where TKernel : struct, IKernel
    {
        private readonly Encoding<T> _encoding = encoding;

        public void Run(int start, int rows)
        {
            HashTrees trees = _encoding._plan.Trees;
            int tileRows = TilePlan.RowsFor(rows, trees.Codebooks);
            int codeBytes = tileRows / TilePlan.BlockRows * TilePlan.CodeBlockStride(trees.Codebooks);
            int packedBlock = EncodedMatrix.BlockBytes(trees.Codebooks, trees.Levels);
            byte[] rented = Scratch.Rent(Scratch.SizeOf<byte>(codeBytes) + Encoder<T>.ScratchBytes(_encoding._plan));
            fixed (byte* memory = rented)
            {
                Scratch scratch = new(memory, rented.Length);
                byte* codes = scratch.Take<byte>(codeBytes);

                // The partner of an odd last codebook must read as zero.
                new Span<byte>(codes, codeBytes).Clear();
                Encoder<T> encoder = new(_encoding._plan, _encoding._source, ref scratch);
                int count;
                for (int done = 0; done < rows; done += count)
                {
                    count = Math.Min(tileRows, rows - done);
                    encoder.Encode<TKernel>(start + done, count, codes);

                    // Starts of ranges and tiles are multiples of a block, so blocks are packed whole, by one thread each.
                    byte* target = _encoding._packed + ((long)(start + done) / TilePlan.BlockRows * packedBlock);
                    CodePacking.Pack(codes, trees.Codebooks, trees.Levels, count, target);
                }
            }

            Scratch.Return(rented);
        }
    }
}
