using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>Finds the k largest outputs of each row among floats in scratch, a pass of a few blocks of rows at a time.</summary>
internal readonly unsafe ref struct TopFinder : ICodeConsumer
{
    private readonly PinnedMatrix<float> _block;
    private readonly int _k;
    private readonly int* _indices;
    private readonly float* _values;
    private readonly Accumulator _accumulator;

    private TopFinder(PinnedMatrix<float> block, int k, int* indices, float* values, Accumulator accumulator)
    {
        _block = block;
        _k = k;
        _indices = indices;
        _values = values;
        _accumulator = accumulator;
    }

    /// <summary>Scratch needed for one thread with so many rows.</summary>
    internal static long ScratchBytes(PackedTables tables, int rows)
    {
        PinnedMatrix<float> block = BlockFor(tables, rows, null);
        return Scratch.SizeOf<float>(block.Rows * (long)block.RowStride) + Accumulator.ScratchBytes(block);
    }

    /// <param name="tables">The tables.</param>
    /// <param name="summation">How their entries are added.</param>
    /// <param name="rows">Rows of the thread.</param>
    /// <param name="k">How many to find.</param>
    /// <param name="indices">N × k.</param>
    /// <param name="values">N × k, or null: then k is 1.</param>
    /// <param name="scratch">What <see cref="ScratchBytes"/> asked for.</param>
    [MethodImpl(Compiled.Once)]
    internal static TopFinder Create<TKernel>(PackedTables tables, Summation summation, int rows, int k, int* indices, float* values, scoped ref Scratch scratch)
        where TKernel : struct, IKernel
    {
        PinnedMatrix<float> block = BlockFor(tables, rows, null);
        int floats = checked((int)(block.Rows * block.RowStride));
        block = BlockFor(tables, rows, scratch.Take<float>(floats));

        // What stands behind a row's outputs is never the largest.
        for (int row = 0; row < block.Rows; row++)
        {
            new Span<float>(block.Row(row) + block.Columns, (int)block.RowStride - block.Columns).Fill(float.NegativeInfinity);
        }

        return new(block, k, indices, values, Accumulator.Create<TKernel>(tables, OutputRange.All(tables.Tables.Outputs), summation, Activation.None, block, ref scratch));
    }

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public void Consume<TKernel>(byte* codes, int start, int rows)
        where TKernel : struct, IKernel
    {
        // A pass takes whole blocks, or all rows there are.
        int stride = _accumulator.CodeBlockStride;
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

    /// <summary>Where the outputs of a pass stand.</summary>
    private static PinnedMatrix<float> BlockFor(PackedTables tables, int rows, float* memory)
    {
        // One vector more than needed: rows a power of two apart would fight for the same cache sets.
        int outputs = tables.Tables.Outputs;
        int stride = ((outputs + TopSelection.Padding - 1) / TopSelection.Padding * TopSelection.Padding) + TopSelection.Padding;
        return new(memory, Math.Min(rows, stride <= TilePlan.MaxSearchStride ? TilePlan.PassRows : CodeBlock.Rows), outputs, stride, 1);
    }

    [MethodImpl(Compiled.Once)]
    private void Select(int start, int rows)
    {
        int outputs = _block.Columns;
        if (_k == 1)
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
            nint target = (nint)(start + row) * _k;
            TopSelection.Select(_block.Row(row), outputs, _k, _indices + target, _values + target);
        }
    }
}
