using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>
/// Finds candidates by the approximate product, computes these outputs exactly, and keeps the best: the exact values are the fused-multiply-add chains of <see cref="ExactMatmul"/>, bit for bit.
/// </summary>
internal unsafe struct Reranking<T>(
    Approximation approximation,
    TransposedWeights weights,
    in PinnedMatrix<T> source,
    int candidates,
    int k,
    int* indices,
    float* values,
    WorkerShares shares) : IKernelOperation, RowPartition.IBody
    where T : unmanaged
{
    /// <summary>Rows that are no consecutive floats are copied so many at a time: as many as kernels have lanes for.</summary>
    private const int CopiedRows = 8;

    /// <summary>Candidates held at once, unless a single row has more.</summary>
    private const int BlockCandidates = 1 << 20;

    private readonly Approximation _approximation = approximation;
    private readonly TransposedWeights _weights = weights;
    private readonly PinnedMatrix<T> _source = source;
    private readonly int _candidates = candidates;
    private readonly int _k = k;
    private readonly int* _indices = indices;
    private readonly float* _values = values;
    private readonly WorkerShares _shares = shares;

    /// <inheritdoc/>
    public void Invoke<TKernel>()
        where TKernel : struct, IKernel => RowPartition.Run<TKernel, Reranking<T>>(ref this, _source.Rows, _shares.OfRows);

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public void Run<TKernel>(int start, int rows)
        where TKernel : struct, IKernel
    {
        int inputs = _source.Columns;
        int blockRows = Math.Clamp(BlockCandidates / _candidates, 1, Math.Min(rows, _shares.AreInTurn ? Search<EncodedRows<T>>.RowsInTurn : TilePlan.GatherRows));
        bool areFloats = typeof(T) == typeof(float) && _source.ColumnStride == 1;
        int copiedRows = areFloats ? 0 : Math.Min(blockRows, CopiedRows);
        long blockCandidates = (long)blockRows * _candidates;
        byte[] rented = Scratch.Rent(Scratch.SizeOf<int>(blockCandidates) + Scratch.SizeOf<float>(blockCandidates) + Scratch.SizeOf<float>((long)copiedRows * inputs) + Scratch.SizeOf<ulong>(_candidates) + Scratch.SizeOf<int>(_candidates) + RankingMemory.Bytes);
        fixed (byte* memory = rented)
        {
            Scratch scratch = new(memory, rented.Length);
            int* candidates = scratch.Take<int>(blockCandidates);
            float* scores = scratch.Take<float>(blockCandidates);
            float* copies = scratch.Take<float>((long)copiedRows * inputs);
            ulong* keys = scratch.Take<ulong>(_candidates);
            int* positions = scratch.Take<int>(_candidates);
            RankingMemory ranking = new(ref scratch);
            SelectedOutputs selected = new() { Inputs = inputs, TransposedB = _weights.Pointer, OutputStride = _weights.Stride, Count = _candidates };
            for (int done = 0; done < rows; done += blockRows)
            {
                int count = Math.Min(blockRows, rows - done);
                PinnedMatrix<T> block = new(_source.Row(start + done), count, inputs, _source.RowStride, _source.ColumnStride);
                Find<TKernel>(block, start + done, candidates, scores);
                int step = areFloats ? count : copiedRows;
                for (int first = 0; first < count; first += step)
                {
                    selected.Rows = Math.Min(step, count - first);
                    selected.A = areFloats ? (float*)block.Row(first) : copies;
                    selected.RowStride = areFloats ? block.RowStride : inputs;
                    selected.Places = candidates + ((nint)first * _candidates);
                    selected.Values = scores + ((nint)first * _candidates);
                    if (!areFloats)
                    {
                        Copy(block, first, selected.Rows, copies);
                    }

                    TKernel.MultiplySelected(selected);
                }

                for (int row = 0; row < count; row++)
                {
                    nint first = (nint)row * _candidates;
                    AddBias(candidates + first, scores + first);
                    Keep(candidates + first, scores + first, keys, positions, ranking, (nint)(start + done + row) * _k);
                }
            }
        }

        Scratch.Return(rented);
    }

    /// <summary>The candidates of a block of rows, and what they are estimated to be.</summary>
    private void Find<TKernel>(in PinnedMatrix<T> block, int start, int* candidates, float* scores)
        where TKernel : struct, IKernel
    {
        if (_shares.OfOutputs > 1 && !_shares.AreInTurn)
        {
            new Search<EncodedRows<T>>(_approximation.Tables, _approximation.Summation, new(_approximation.Plan, block), _candidates, candidates, scores, _shares).Invoke<TKernel>();
            return;
        }

        // Of the whole matrix, so that lines of rows behind the block are asked for; row start is the block's first.
        nint before = (nint)start * _candidates;
        new Search<EncodedRows<T>>(_approximation.Tables, _approximation.Summation, new(_approximation.Plan, _source), _candidates, candidates - before, scores - before, _shares).Run<TKernel>(start, block.Rows);
    }

    /// <summary>Copies rows of any layout, as floats side by side.</summary>
    [MethodImpl(Compiled.Once)]
    private static void Copy(in PinnedMatrix<T> block, int start, int rows, float* copies)
    {
        for (int row = 0; row < rows; row++)
        {
            T* source = block.Row(start + row);
            for (int input = 0; input < block.Columns; input++)
            {
                *copies++ = ElementTypes.ToSingle(source[input * block.ColumnStride]);
            }
        }
    }

    [MethodImpl(Compiled.Once)]
    private void AddBias(int* candidates, float* scores)
    {
        // −0 where there is no bias: the sum keeps its bits.
        float* bias = _approximation.Tables.Bias.Pointer;
        for (int i = 0; i < _candidates; i++)
        {
            scores[i] += bias[candidates[i]];
        }
    }

    /// <summary>The k best of the candidates, in descending order; the lowest index first among equals, and what is no number last.</summary>
    private void Keep(int* candidates, float* scores, ulong* keys, int* positions, in RankingMemory memory, nint target)
    {
        if (_candidates > TopSelection.MaxRanked || !TryRank(candidates, scores, memory, target))
        {
            TopSelection.Sort(candidates, scores, _candidates, keys, positions, _k, _indices + target, _values + target);
        }
    }

    /// <summary>The same for values that are all numbers, no two of them equal: candidates stand in another order than equals should.</summary>
    [MethodImpl(Compiled.Once)]
    private bool TryRank(int* candidates, float* scores, in RankingMemory memory, nint target)
    {
        float* values = memory.Candidates, ranked = memory.Ranked;
        int* places = memory.RankedPlaces;
        bool areNumbers = true;
        for (int i = 0; i < _candidates; i++)
        {
            values[i] = scores[i];
            areNumbers &= !float.IsNaN(scores[i]);
        }

        if (!areNumbers)
        {
            return false;
        }

        TopSelection.Rank(values, candidates, _candidates, places, ranked);
        for (int i = 1; i < Math.Min(_candidates, _k + 1); i++)
        {
            if (ranked[i] == ranked[i - 1])
            {
                return false;
            }
        }

        new Span<int>(places, _k).CopyTo(new Span<int>(_indices + target, _k));
        new Span<float>(ranked, _k).CopyTo(new Span<float>(_values + target, _k));
        return true;
    }
}
