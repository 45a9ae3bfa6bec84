using Maddness.Kernels;
using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>A → codes in the layout of <see cref="EncodedMatrix"/>.</summary>
internal readonly unsafe struct Encoding<T>(EncodePlan plan, PinnedMatrix<T> source, byte* packed, int workers) : IKernelOperation, ITileTask<Encoding<T>.Packer>
    where T : unmanaged
{
    private readonly EncodePlan _plan = plan;
    private readonly PinnedMatrix<T> _source = source;
    private readonly byte* _packed = packed;
    private readonly int _workers = workers;

    /// <inheritdoc/>
    public bool WritesToMemory => false;

    /// <inheritdoc/>
    public void Invoke<TKernel>()
        where TKernel : struct, IKernel => EncodedTiles.Run<TKernel, T, Encoding<T>, Packer>(_plan, _source, in this, _workers);

    /// <inheritdoc/>
    public long ScratchBytes<TKernel>(int rows)
        where TKernel : struct, IKernel => 0;

    /// <inheritdoc/>
    public Packer Start<TKernel>(int rows, ref Scratch scratch)
        where TKernel : struct, IKernel => new(_plan.Trees, _packed);

    /// <summary>Packs the codes of a tile where its rows' codes belong.</summary>
    internal readonly struct Packer(HashTrees trees, byte* packed) : ICodeConsumer
    {
        private readonly HashTrees _trees = trees;
        private readonly byte* _packed = packed;

        /// <inheritdoc/>
        public void Consume<TKernel>(byte* codes, int start, int rows)
            where TKernel : struct, IKernel
        {
            // Starts of ranges and tiles are multiples of a block, so blocks are packed whole, by one thread each.
            long block = start / TilePlan.BlockRows;
            CodePacking.Pack(codes, _trees.Codebooks, _trees.Levels, rows, _packed + (block * EncodedMatrix.BlockBytes(_trees.Codebooks, _trees.Levels)));
        }
    }
}
