using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>
/// Codes → accumulate → the k largest outputs of each row. Outputs never leave the cache: what a classifier or a search wants costs no stores.
/// Values are written unless nobody wants them: then k is 1. Threads that share outputs find the k largest of theirs, and the k largest of these are those of all.
/// </summary>
internal unsafe struct Search<TCodes>(PackedTables tables, Summation summation, in TCodes codes, int k, int* indices, float* values, WorkerShares shares)
    : IKernelOperation, RowPartition.IOutputsBody, ITileTask<TopFinder>
    where TCodes : struct, ICodeSource
{
    /// <summary>Rows that a thread treats before it turns to the next ones, where it takes parts of the outputs in turn: many enough for the reading of tables not to count.</summary>
    internal const int RowsInTurn = 1024;

    private readonly PackedTables _tables = tables;
    private readonly Summation _summation = summation;

    /// <summary>Not readonly: calls of its methods would copy it first.</summary>
    private TCodes _codes = codes;

    private readonly int _k = k;
    private readonly WorkerShares _shares = shares;
    private int* _indices = indices;
    private float* _values = values;

    /// <inheritdoc/>
    public bool WritesToMemory => false;

    /// <inheritdoc/>
    public OutputRange Outputs { private get; set; } = OutputRange.All(tables.Tables.Outputs);

    /// <inheritdoc/>
    public void Invoke<TKernel>()
        where TKernel : struct, IKernel
    {
        if (_shares.AreInTurn)
        {
            RowPartition.Run<TKernel, Search<TCodes>>(ref this, _codes.Rows, _shares.OfRows);
        }
        else if (_shares.OfOutputs > 1)
        {
            RunShared<TKernel>();
        }
        else
        {
            RowPartition.Run<TKernel, Search<TCodes>>(ref this, _codes.Rows, _tables.Tables.Outputs, _shares);
        }
    }

    /// <inheritdoc/>
    public void Run<TKernel>(int start, int rows)
        where TKernel : struct, IKernel
    {
        if (_shares.AreInTurn)
        {
            RunInTurn<TKernel>(start, rows);
        }
        else
        {
            RunTiles<TKernel>(start, rows);
        }
    }

    /// <inheritdoc/>
    public long ScratchBytes<TKernel>(int rows)
        where TKernel : struct, IKernel => TopFinder.ScratchBytes(Outputs, rows, _k);

    /// <inheritdoc/>
    public TopFinder Start<TKernel>(int rows, ref Scratch scratch)
        where TKernel : struct, IKernel
    {
        // Of parts in turn there is one list, of parts at a time one for each.
        int lists = _shares.AreInTurn ? 1 : _shares.OfOutputs;
        int own = _shares.AreInTurn ? 0 : Outputs.Number * _k;
        return TopFinder.Create<TKernel>(
            _tables,
            Outputs,
            _summation,
            rows,
            _k,
            lists * _k,
            _shares.AreInTurn && Outputs.Number > 0,
            _indices + own,
            _values == null ? null : _values + own,
            ref scratch);
    }

    private void RunTiles<TKernel>(int start, int rows)
        where TKernel : struct, IKernel => _codes.Run<TKernel, Search<TCodes>, TopFinder>(ref this, start, rows);

    /// <summary>One thread's rows, one part of the outputs after the other: the largest so far are kept.</summary>
    [MethodImpl(Compiled.Once)]
    private void RunInTurn<TKernel>(int start, int rows)
        where TKernel : struct, IKernel
    {
        // Of whoever wants no values k is 1.
        float* values = stackalloc float[_values == null ? RowsInTurn : 1];

        // Threads share this body.
        Search<TCodes> part = this;
        int count;
        for (int done = 0; done < rows; done += count)
        {
            count = Math.Min(RowsInTurn, rows - done);
            part._values = _values == null ? values - (start + done) : _values;
            for (int number = 0; number < _shares.OfOutputs; number++)
            {
                part.Outputs = OutputRange.Part(_tables.Tables.Outputs, number, _shares.OfOutputs);
                part.RunTiles<TKernel>(start + done, count);
            }
        }
    }

    /// <summary>Threads find the largest outputs of their part of them, and of these are the largest.</summary>
    [MethodImpl(Compiled.Once)]
    private void RunShared<TKernel>()
        where TKernel : struct, IKernel
    {
        int candidates = _shares.OfOutputs * _k;
        long all = (long)_codes.Rows * candidates;
        byte[] rented = Scratch.Rent(Scratch.SizeOf<int>(all) + Scratch.SizeOf<float>(all) + Scratch.SizeOf<ulong>(candidates) + Scratch.SizeOf<int>(candidates));
        fixed (byte* memory = rented)
        {
            Scratch scratch = new(memory, rented.Length);
            Search<TCodes> parts = this;
            parts._indices = scratch.Take<int>(all);
            parts._values = scratch.Take<float>(all);
            ulong* keys = scratch.Take<ulong>(candidates);
            int* places = scratch.Take<int>(candidates);
            RowPartition.Run<TKernel, Search<TCodes>>(ref parts, _codes.Rows, _tables.Tables.Outputs, _shares);
            for (int row = 0; row < _codes.Rows; row++)
            {
                nint from = (nint)row * candidates, to = (nint)row * _k;
                TopSelection.Sort(parts._indices + from, parts._values + from, candidates, keys, places, _k, _indices + to, _values == null ? null : _values + to);
            }
        }

        Scratch.Return(rented);
    }
}
