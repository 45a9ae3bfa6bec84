using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;
using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>A → codes in the layout of <see cref="EncodedMatrix"/>.</summary>
internal unsafe struct Encoding<T>(EncodePlan plan, in PinnedMatrix<T> source, byte* packed, int workers) : IKernelOperation, RowPartition.IBody, ITileTask<Encoding<T>.Packer>
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
        where TKernel : struct, IKernel
    {
        int pairRows = _source.RowStride == 1 ? TKernel.PairRows<T>(_plan.Trees.Levels) : 0;
        int done = pairRows == 0 ? 0 : _source.Rows / pairRows * pairRows;
        if (done == 0)
        {
            RowPartition.Run<TKernel, Encoding<T>>(ref this, _source.Rows, _workers);
            return;
        }

        PairBody pairs = new(_plan, _source, _packed);
        RowPartition.Run<TKernel, PairBody>(ref pairs, done, _workers, TilePlan.GatherRows);
        if (done < _source.Rows)
        {
            PinnedMatrix<T> rest = new(_source.Row(done), _source.Rows - done, _source.Columns, _source.RowStride, _source.ColumnStride);
            Encoding<T> encoding = new(_plan, rest, _packed + ((long)done / CodeBlock.Rows * BlockBytes(_plan.Trees)), 1);
            encoding.Run<TKernel>(0, rest.Rows);
        }
    }

    /// <inheritdoc/>
    public void Run<TKernel>(int start, int rows)
        where TKernel : struct, IKernel => new EncodedRows<T>(_plan, _source).Run<TKernel, Encoding<T>, Packer>(ref this, start, rows);

    /// <inheritdoc/>
    public long ScratchBytes<TKernel>(int rows)
        where TKernel : struct, IKernel => 0;

    /// <inheritdoc/>
    public Packer Start<TKernel>(int rows, ref Scratch scratch)
        where TKernel : struct, IKernel => new(_plan.Trees, _packed);

    private static int BlockBytes(HashTrees trees) => EncodedMatrix.BlockBytes(trees.Codebooks, trees.Levels);

    /// <summary>Columns, straight to packed codes: tile by tile, so that the lines that pairs share stay in the first cache.</summary>
    private readonly struct PairBody(EncodePlan plan, in PinnedMatrix<T> source, byte* packed) : RowPartition.IBody
    {
        private readonly EncodePlan _plan = plan;
        private readonly PinnedMatrix<T> _source = source;
        private readonly byte* _packed = packed;

        [MethodImpl(Compiled.Once)]
        public void Run<TKernel>(int start, int rows)
            where TKernel : struct, IKernel
        {
            HashTrees trees = _plan.Trees;
            byte[] rented = Scratch.Rent(Scratch.SizeOf<nint>(trees.Columns.Length));
            fixed (byte* memory = rented)
            {
                Scratch scratch = new(memory, rented.Length);
                EncodeTile<T> tile = new()
                {
                    Thresholds = _plan.Thresholds.Pointer,
                    ColumnOffsets = Encoder<T>.Offsets(trees.Columns, _source.ColumnStride, ref scratch),
                    CodeBlockStride = BlockBytes(trees),
                    Codebooks = trees.Codebooks,
                    Levels = trees.Levels,
                };
                int tileRows = Math.Max(TilePlan.GatherRows, TilePlan.RowsFor(rows, trees.Codebooks) / TilePlan.GatherRows * TilePlan.GatherRows);
                for (int done = 0; done < rows; done += tileRows)
                {
                    tile.Source = _source.Row(start + done);
                    tile.Codes = _packed + ((long)(start + done) / CodeBlock.Rows * tile.CodeBlockStride);
                    tile.Blocks = Math.Min(tileRows, rows - done) / CodeBlock.Rows;
                    TKernel.EncodePairs(tile);
                }
            }

            Scratch.Return(rented);
        }
    }

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
            long block = start / CodeBlock.Rows;
            CodePacking.Pack(codes, _trees.Codebooks, _trees.Levels, rows, _packed + (block * BlockBytes(_trees)));
        }
    }
}
