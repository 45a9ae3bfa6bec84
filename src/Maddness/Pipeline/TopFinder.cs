using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>Finds the k largest outputs of each row among floats in scratch, a pass of a few blocks of rows at a time.</summary>
internal readonly unsafe ref struct TopFinder : ICodeConsumer
{
    private readonly PinnedMatrix<float> _block;
    private readonly int _firstOutput;
    private readonly int _k;
    private readonly int _stride;
    private readonly bool _isMerged;
    private readonly int* _indices;
    private readonly float* _values;
    private readonly Accumulator _accumulator;
    private readonly RankingMemory _memory;

    private TopFinder(PinnedMatrix<float> block, int firstOutput, int k, int stride, bool isMerged, int* indices, float* values, Accumulator accumulator, RankingMemory memory)
    {
        _memory = memory;
        _block = block;
        _firstOutput = firstOutput;
        _k = k;
        _stride = stride;
        _isMerged = isMerged;
        _indices = indices;
        _values = values;
        _accumulator = accumulator;
    }

    /// <summary>Scratch needed for one thread with so many rows.</summary>
    internal static long ScratchBytes(OutputRange outputs, int rows, int k)
    {
        PinnedMatrix<float> block = BlockFor(outputs, rows, k, null);
        return Scratch.SizeOf<float>(FloatsOf(block)) + Accumulator.ScratchBytes(block) + RankingMemory.Bytes;
    }

    /// <param name="tables">The tables.</param>
    /// <param name="outputs">The outputs that are searched.</param>
    /// <param name="summation">How their entries are added.</param>
    /// <param name="rows">Rows of the thread.</param>
    /// <param name="k">How many to find, no more than outputs.</param>
    /// <param name="stride">From what is found of one row to that of the next.</param>
    /// <param name="isMerged">Whether indices and values are those of the k largest outputs before these, and then of them all.</param>
    /// <param name="indices">N × k.</param>
    /// <param name="values">N × k, or null: then k is 1, and nothing is merged.</param>
    /// <param name="scratch">What <see cref="ScratchBytes"/> asked for.</param>
    [MethodImpl(Compiled.Once)]
    internal static TopFinder Create<TKernel>(
        PackedTables tables, OutputRange outputs, Summation summation, int rows, int k, int stride, bool isMerged, int* indices, float* values, scoped ref Scratch scratch)
        where TKernel : struct, IKernel
    {
        PinnedMatrix<float> block = BlockFor(outputs, rows, k, null);
        block = BlockFor(outputs, rows, k, scratch.Take<float>(FloatsOf(block)));

        // What stands behind a row's outputs is never the largest.
        for (int row = 0; row < block.Rows && block.ColumnStride == 1; row++)
        {
            new Span<float>(block.Row(row) + block.Columns, (int)block.RowStride - block.Columns).Fill(float.NegativeInfinity);
        }

        // Of a destination for all outputs the block holds those of the range, which are all that is written.
        PinnedMatrix<float> destination = new(block.First - (outputs.First * block.ColumnStride), block.Rows, block.Columns, block.RowStride, block.ColumnStride);
        return new(block, outputs.First, k, stride, isMerged, indices, values, Accumulator.Create<TKernel>(tables, outputs, summation, Activation.None, destination, ref scratch), new RankingMemory(ref scratch));
    }

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public void Consume<TKernel>(byte* codes, int start, int rows)
        where TKernel : struct, IKernel
    {
        int stride = _accumulator.CodeBlockStride;
        if (_block.Rows == 1)
        {
            for (int row = 0; row < rows; row++)
            {
                ConsumeRow<TKernel>(codes + (row / CodeBlock.Rows * stride) + (row % CodeBlock.Rows), start + row);
            }

            return;
        }

        // A pass takes whole blocks, or all rows there are.
        for (int done = 0; done < rows; done += _block.Rows)
        {
            int count = Math.Min(_block.Rows, rows - done);
            _accumulator.Consume<TKernel>(codes + (done / CodeBlock.Rows * stride), 0, count);
            Select(start + done, count);
        }
    }

    /// <summary>The same for a single row, whose codes stand in those of a block from <paramref name="codes"/> on.</summary>
    internal void ConsumeRow<TKernel>(byte* codes, int row)
        where TKernel : struct, IKernel
    {
        _accumulator.ConsumeRow<TKernel>(codes, 0);
        Select(row, 1);
    }

    /// <summary>Where the outputs of a pass stand: row by row, or output by output where rows are to be lanes.</summary>
    private static PinnedMatrix<float> BlockFor(OutputRange outputs, int rows, int k, float* memory)
    {
        // Lanes are for all outputs: they neither merge nor add a first one.
        if (outputs.First == 0 && LaneSelection.IsWorth(outputs.Count, k, rows))
        {
            return new(memory, TilePlan.PassRows, outputs.Count, 1, TilePlan.PassRows);
        }

        // One vector more than needed: rows a power of two apart would fight for the same cache sets.
        int stride = checked(((outputs.Count + TopSelection.Padding - 1) / TopSelection.Padding * TopSelection.Padding) + TopSelection.Padding);
        int most = stride <= TilePlan.MaxSearchStride ? TilePlan.PassRows : stride <= TilePlan.MaxBlockSearchStride ? CodeBlock.Rows : 1;
        return new(memory, Math.Min(rows, most), outputs.Count, stride, 1);
    }

    private static long FloatsOf(in PinnedMatrix<float> block) => Math.Max(block.Rows * (long)block.RowStride, block.Columns * (long)block.ColumnStride);

    [MethodImpl(Compiled.Once)]
    private void Select(int start, int rows)
    {
        int outputs = _block.Columns;
        if (_block.ColumnStride != 1)
        {
            for (int row = 0; row < rows; row += LaneSelection.Rows)
            {
                nint target = (nint)(start + row) * _stride;
                LaneSelection.Select(_block.Row(row), _block.ColumnStride, outputs, _k, Math.Min(LaneSelection.Rows, rows - row), _indices + target, _values + target, _stride);
            }

            return;
        }

        if (_isMerged)
        {
            for (int row = 0; row < rows; row++)
            {
                nint target = (nint)(start + row) * _k;
                TopSelection.Merge(_block.Row(row), outputs, _firstOutput, _k, _indices + target, _values + target, _memory);
            }

            return;
        }

        if (_k == 1 && _stride == 1)
        {
            TopSelection.ArgMax(_block.Row(0), _block.RowStride, rows, outputs, _indices + start);
            for (int row = 0; row < rows && _values != null; row++)
            {
                _values[start + row] = _block.Row(row)[_indices[start + row]];
            }

            return;
        }

        for (int row = 0; row < rows; row++)
        {
            nint target = (nint)(start + row) * _stride;
            TopSelection.Select(_block.Row(row), outputs, _k, _indices + target, _values + target, _memory);
            for (int i = 0; i < _k && _firstOutput > 0; i++)
            {
                _indices[target + i] += _firstOutput;
            }
        }
    }
}
