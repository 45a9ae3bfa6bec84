using Maddness.Kernels;
using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>
/// A → encode → accumulate → the k largest outputs of each row. Outputs never leave the cache: what a classifier or a search wants costs no stores.
/// Values are written unless nobody wants them: then k is 1.
/// </summary>
internal readonly unsafe struct Search<T>(EncodePlan plan, PackedTables tables, Summation summation, PinnedMatrix<T> source, int k, int* indices, float* values, int workers)
    : IKernelOperation
    where T : unmanaged
{
    private readonly EncodePlan _plan = plan;
    private readonly PackedTables _tables = tables;
    private readonly Summation _summation = summation;
    private readonly PinnedMatrix<T> _source = source;
    private readonly int _k = k;
    private readonly int* _indices = indices;
    private readonly float* _values = values;
    private readonly int _workers = workers;

    /// <inheritdoc/>
    public void Invoke<TKernel>()
        where TKernel : struct, IKernel => RowPartition.Run(new Body<TKernel>(this), _source.Rows, _workers);

    private readonly struct Body<TKernel>(Search<T> search) : RowPartition.IBody
        where TKernel : struct, IKernel
    {
        private readonly Search<T> _search = search;

        public void Run(int start, int rows)
        {
            HashTrees trees = _search._plan.Trees;
            int outputs = _search._tables.Tables.Outputs;

            // One vector more than needed: rows a power of two apart would fight for the same cache sets.
            int stride = ((outputs + TopSelection.Padding - 1) / TopSelection.Padding * TopSelection.Padding) + TopSelection.Padding;
            int passRows = Math.Min(rows, stride <= TilePlan.MaxSearchStride ? TilePlan.PassRows : TilePlan.BlockRows);
            int tileRows = TilePlan.RowsFor(rows, trees.Codebooks);
            int codeStride = TilePlan.CodeBlockStride(trees.Codebooks);
            int codeBytes = tileRows / TilePlan.BlockRows * codeStride;
            PinnedMatrix<float> block = new(null, passRows, outputs, stride, 1);
            byte[] rented = Scratch.Rent(
                Scratch.SizeOf<byte>(codeBytes)
                + Scratch.SizeOf<float>((long)passRows * stride)
                + Encoder<T>.ScratchBytes(_search._plan)
                + Accumulator.ScratchBytes<TKernel>(_search._tables, block));
            fixed (byte* memory = rented)
            {
                Scratch scratch = new(memory, rented.Length);
                byte* codes = scratch.Take<byte>(codeBytes);

                // The partner of an odd last codebook must read as zero.
                new Span<byte>(codes, codeBytes).Clear();
                float* outputRows = scratch.Take<float>((long)passRows * stride);

                // What stands behind a row's outputs is never the largest.
                new Span<float>(outputRows, passRows * stride).Fill(float.NegativeInfinity);
                block = new(outputRows, passRows, outputs, stride, 1);
                Encoder<T> encoder = new(_search._plan, _search._source, ref scratch);
                Accumulator accumulator = Accumulator.Create<TKernel>(_search._tables, _search._summation, block, ref scratch);
                int count;
                for (int done = 0; done < rows; done += count)
                {
                    count = Math.Min(tileRows, rows - done);
                    encoder.Encode<TKernel>(start + done, count, codes);
                    for (int first = 0; first < count; first += passRows)
                    {
                        int passCount = Math.Min(passRows, count - first);
                        accumulator.Accumulate<TKernel>(codes + (first / TilePlan.BlockRows * codeStride), 0, passCount);
                        Select(block, outputs, start + done + first, passCount);
                    }
                }
            }

            Scratch.Return(rented);
        }

        private void Select(PinnedMatrix<float> block, int outputs, int start, int rows)
        {
            if (_search._values == null)
            {
                // Without values there is one index: the arg-max.
                TopSelection.ArgMax(block.Row(0), block.RowStride, rows, outputs, _search._indices + start);
                return;
            }

            int k = _search._k;
            for (int row = 0; row < rows; row++)
            {
                nint target = (nint)(start + row) * k;
                TopSelection.Select(block.Row(row), outputs, k, _search._indices + target, _search._values + target);
            }
        }
    }
}
