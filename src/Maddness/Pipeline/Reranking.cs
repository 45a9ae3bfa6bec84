using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>
/// Finds candidates by the approximate product, computes these outputs exactly, and keeps the best: the exact values are the fused-multiply-add chains of <see cref="ExactMatmul"/>, bit for bit.
/// </summary>
internal unsafe struct Reranking<T>(
    EncodePlan plan,
    PackedTables tables,
    Summation summation,
    float* transposedB,
    in PinnedMatrix<T> source,
    int candidates,
    int k,
    int* indices,
    float* values,
    int workers) : IKernelOperation, RowPartition.IBody
    where T : unmanaged
{
    /// <summary>Chains computed side by side: each waits for its last addition, so several fill the time.</summary>
    private const int Chains = 4;

    /// <summary>Candidates held at once, unless a single row has more.</summary>
    private const int BlockCandidates = 1 << 20;

    private readonly EncodePlan _plan = plan;
    private readonly PackedTables _tables = tables;
    private readonly Summation _summation = summation;
    private readonly float* _transposedB = transposedB;
    private readonly PinnedMatrix<T> _source = source;
    private readonly int _candidates = candidates;
    private readonly int _k = k;
    private readonly int* _indices = indices;
    private readonly float* _values = values;
    private readonly int _workers = workers;

    /// <inheritdoc/>
    public void Invoke<TKernel>()
        where TKernel : struct, IKernel => RowPartition.Run<TKernel, Reranking<T>>(ref this, _source.Rows, _workers);

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public void Run<TKernel>(int start, int rows)
        where TKernel : struct, IKernel
    {
        int inputs = _source.Columns;
        int blockRows = Math.Clamp(BlockCandidates / _candidates, 1, Math.Min(rows, TilePlan.GatherRows));
        byte[] rented = Scratch.Rent(
            Scratch.SizeOf<int>((long)blockRows * _candidates) + Scratch.SizeOf<float>((long)blockRows * _candidates) + Scratch.SizeOf<float>(inputs));
        fixed (byte* memory = rented)
        {
            Scratch scratch = new(memory, rented.Length);
            int* candidates = scratch.Take<int>((long)blockRows * _candidates);
            float* scores = scratch.Take<float>((long)blockRows * _candidates);
            float* row = scratch.Take<float>(inputs);
            for (int done = 0; done < rows; done += blockRows)
            {
                int count = Math.Min(blockRows, rows - done);
                PinnedMatrix<T> block = new(_source.Row(start + done), count, inputs, _source.RowStride, _source.ColumnStride);
                new Search<T>(_plan, _tables, _summation, block, _candidates, candidates, scores, 1).Invoke<TKernel>();
                for (int i = 0; i < count; i++)
                {
                    for (int input = 0; input < inputs; input++)
                    {
                        row[input] = ElementTypes.ToSingle(block.Row(i)[input * block.ColumnStride]);
                    }

                    nint first = (nint)i * _candidates;
                    Compute(row, inputs, candidates + first, scores + first);
                    Keep(candidates + first, scores + first, (nint)(start + done + i) * _k);
                }
            }
        }

        Scratch.Return(rented);
    }

    /// <summary>Replaces approximate by exact outputs.</summary>
    [MethodImpl(Compiled.Once)]
    private void Compute(float* row, int inputs, int* candidates, float* scores)
    {
        for (int first = 0; first < _candidates; first += Chains)
        {
            // A last incomplete group computes its last candidate again and again; only the first result is kept.
            int last = _candidates - 1;
            int* group = candidates + first;
            float* b0 = _transposedB + ((nint)group[0] * inputs);
            float* b1 = _transposedB + ((nint)candidates[Math.Min(first + 1, last)] * inputs);
            float* b2 = _transposedB + ((nint)candidates[Math.Min(first + 2, last)] * inputs);
            float* b3 = _transposedB + ((nint)candidates[Math.Min(first + 3, last)] * inputs);
            float sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
            for (int input = 0; input < inputs; input++)
            {
                float value = row[input];
                sum0 = MathF.FusedMultiplyAdd(value, b0[input], sum0);
                sum1 = MathF.FusedMultiplyAdd(value, b1[input], sum1);
                sum2 = MathF.FusedMultiplyAdd(value, b2[input], sum2);
                sum3 = MathF.FusedMultiplyAdd(value, b3[input], sum3);
            }

            scores[first] = sum0;
            if (first + 1 <= last)
            {
                scores[first + 1] = sum1;
            }

            if (first + 2 <= last)
            {
                scores[first + 2] = sum2;
            }

            if (first + 3 <= last)
            {
                scores[first + 3] = sum3;
            }
        }

        float* bias = _tables.Bias.Pointer;
        for (int i = 0; i < _candidates; i++)
        {
            // −0 where there is no bias: the sum keeps its bits.
            scores[i] += bias[candidates[i]];
        }
    }

    /// <summary>The k best of the candidates, in descending order; the lowest index first among equals, and what is no number last.</summary>
    [MethodImpl(Compiled.Once)]
    private void Keep(int* candidates, float* scores, nint target)
    {
        int* indices = _indices + target;
        float* values = _values + target;
        int found = 0;
        for (int i = 0; i < _candidates; i++)
        {
            int place = found;
            while (place > 0 && IsBetter(scores[i], candidates[i], values[place - 1], indices[place - 1]))
            {
                if (place < _k)
                {
                    values[place] = values[place - 1];
                    indices[place] = indices[place - 1];
                }

                place--;
            }

            if (place < _k)
            {
                values[place] = scores[i];
                indices[place] = candidates[i];
                found = Math.Min(found + 1, _k);
            }
        }

        static bool IsBetter(float value, int index, float other, int otherIndex) =>
            value > other || (value == other && index < otherIndex) || (float.IsNaN(other) && (!float.IsNaN(value) || index < otherIndex));
    }
}
