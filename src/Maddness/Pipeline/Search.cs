using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>
/// A → encode → accumulate → the k largest outputs of each row. Outputs never leave the cache: what a classifier or a search wants costs no stores.
/// Values are written unless nobody wants them: then k is 1. Threads that share outputs find the k largest of theirs, and the k largest of these are those of all.
/// </summary>
internal unsafe struct Search<T>(Approximation approximation, in PinnedMatrix<T> source, int k, int* indices, float* values, WorkerShares shares)
    : IKernelOperation, RowPartition.IOutputsBody, ITileTask<TopFinder>
    where T : unmanaged
{
    /// <summary>Rows that a thread treats before it turns to the next ones, where it takes parts of the outputs in turn: many enough for the reading of tables not to count.</summary>
    private const int RowsInTurn = 1024;

    private readonly Approximation _approximation = approximation;
    private readonly PinnedMatrix<T> _source = source;
    private readonly int _k = k;
    private readonly WorkerShares _shares = shares;
    private int* _indices = indices;
    private float* _values = values;

    /// <inheritdoc/>
    public bool WritesToMemory => false;

    /// <inheritdoc/>
    public OutputRange Outputs { private get; set; } = OutputRange.All(approximation.Tables.Tables.Outputs);

    /// <inheritdoc/>
    public void Invoke<TKernel>()
        where TKernel : struct, IKernel
    {
        if (_shares.AreInTurn)
        {
            InTurn body = new(this);
            RowPartition.Run<TKernel, InTurn>(ref body, _source.Rows, _shares.OfRows);
        }
        else if (_shares.OfOutputs > 1)
        {
            RunParts<TKernel>(0, _source.Rows);
        }
        else
        {
            RowPartition.Run<TKernel, Search<T>>(ref this, _source.Rows, _approximation.Tables.Tables.Outputs, _shares);
        }
    }

    /// <inheritdoc/>
    public void Run<TKernel>(int start, int rows)
        where TKernel : struct, IKernel => EncodedTiles.Run<TKernel, T, Search<T>, TopFinder>(_approximation.Plan, _source, ref this, start, rows);

    /// <inheritdoc/>
    public long ScratchBytes<TKernel>(int rows)
        where TKernel : struct, IKernel => TopFinder.ScratchBytes(Outputs, rows);

    /// <inheritdoc/>
    public TopFinder Start<TKernel>(int rows, ref Scratch scratch)
        where TKernel : struct, IKernel
    {
        int part = Outputs.Number * _k;
        return TopFinder.Create<TKernel>(
            _approximation.Tables, Outputs, _approximation.Summation, rows, _k, _shares.OfOutputs * _k, _indices + part, _values == null ? null : _values + part, ref scratch);
    }

    /// <summary>Finds the largest outputs of each part of them, and of these the largest: all rows that threads share, or those of one thread, a block of them at a time.</summary>
    [MethodImpl(Compiled.Once)]
    private void RunParts<TKernel>(int first, int count)
        where TKernel : struct, IKernel
    {
        int blockRows = _shares.AreInTurn ? Math.Min(count, RowsInTurn) : count;
        int candidates = _shares.OfOutputs * _k;
        long all = (long)blockRows * candidates;
        byte[] rented = Scratch.Rent(Scratch.SizeOf<int>(all) + Scratch.SizeOf<float>(all) + Scratch.SizeOf<ulong>(candidates) + Scratch.SizeOf<int>(candidates));
        fixed (byte* memory = rented)
        {
            Scratch scratch = new(memory, rented.Length);
            int* indices = scratch.Take<int>(all);
            float* values = scratch.Take<float>(all);
            ulong* keys = scratch.Take<ulong>(candidates);
            int* places = scratch.Take<int>(candidates);
            Search<T> parts = this;
            for (int start = first; start < first + count; start += blockRows)
            {
                // Row start is the block's first.
                parts._indices = indices - ((nint)start * candidates);
                parts._values = values - ((nint)start * candidates);
                int rows = Math.Min(blockRows, first + count - start);
                if (_shares.AreInTurn)
                {
                    parts.RunInTurn<TKernel>(start, rows);
                }
                else
                {
                    RowPartition.Run<TKernel, Search<T>>(ref parts, rows, _approximation.Tables.Tables.Outputs, _shares);
                }

                for (int row = 0; row < rows; row++)
                {
                    nint from = (nint)row * candidates, to = (nint)(start + row) * _k;
                    TopSelection.Sort(indices + from, values + from, candidates, keys, places, _k, _indices + to, _values == null ? null : _values + to);
                }
            }
        }

        Scratch.Return(rented);
    }

    [MethodImpl(Compiled.Once)]
    private void RunInTurn<TKernel>(int start, int rows)
        where TKernel : struct, IKernel
    {
        for (int part = 0; part < _shares.OfOutputs; part++)
        {
            Outputs = OutputRange.Part(_approximation.Tables.Tables.Outputs, part, _shares.OfOutputs);
            Run<TKernel>(start, rows);
        }
    }

    /// <summary>One thread's rows, one part of the outputs after the other.</summary>
    private struct InTurn(Search<T> search) : RowPartition.IBody
    {
        private Search<T> _search = search;

        public void Run<TKernel>(int start, int rows)
            where TKernel : struct, IKernel => _search.RunParts<TKernel>(start, rows);
    }
}
