using Maddness.Kernels;
using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>A → encode → accumulate → the largest output of each row, in one pass that stores no output; where a kernel has no such loop, through <see cref="Search{T}"/>.</summary>
internal readonly unsafe struct ArgMax<T>(EncodePlan plan, PackedTables tables, Summation summation, PinnedMatrix<T> source, int* indices, int workers)
    : IKernelOperation
    where T : unmanaged
{
    private readonly EncodePlan _plan = plan;
    private readonly PackedTables _tables = tables;
    private readonly Summation _summation = summation;
    private readonly PinnedMatrix<T> _source = source;
    private readonly int* _indices = indices;
    private readonly int _workers = workers;

    /// <inheritdoc/>
    public void Invoke<TKernel>()
        where TKernel : struct, IKernel
    {
        if (ArgMaxFinder.IsAvailable<TKernel>(_tables, _summation, _source.Rows))
        {
            RowPartition.Run(new Body<TKernel>(this), _source.Rows, _workers);
            return;
        }

        new Search<T>(_plan, _tables, _summation, _source, 1, _indices, null, _workers).Invoke<TKernel>();
    }

    private readonly struct Body<TKernel>(ArgMax<T> argMax) : RowPartition.IBody
        where TKernel : struct, IKernel
    {
        private readonly ArgMax<T> _argMax = argMax;

        public void Run(int start, int rows)
        {
            HashTrees trees = _argMax._plan.Trees;
            int tileRows = TilePlan.RowsFor(rows, trees.Codebooks);
            int codeBytes = tileRows / TilePlan.BlockRows * TilePlan.CodeBlockStride(trees.Codebooks);
            byte[] rented = Scratch.Rent(Scratch.SizeOf<byte>(codeBytes) + Encoder<T>.ScratchBytes(_argMax._plan) + ArgMaxFinder.ScratchBytes<TKernel>(_argMax._tables));
            fixed (byte* memory = rented)
            {
                Scratch scratch = new(memory, rented.Length);
                byte* codes = scratch.Take<byte>(codeBytes);

                // The partner of an odd last codebook must read as zero.
                new Span<byte>(codes, codeBytes).Clear();
                Encoder<T> encoder = new(_argMax._plan, _argMax._source, ref scratch);
                ArgMaxFinder finder = ArgMaxFinder.Create<TKernel>(_argMax._tables, ref scratch);
                int count;
                for (int done = 0; done < rows; done += count)
                {
                    count = Math.Min(tileRows, rows - done);
                    encoder.Encode<TKernel>(start + done, count, codes);
                    finder.Find<TKernel>(codes, count, _argMax._indices + start + done);
                }
            }

            Scratch.Return(rented);
        }
    }
}
