using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>Codes → accumulate → the largest output of each row, in one pass that stores no output; where a kernel has no such loop, or outputs are shared or taken in turn, through <see cref="Search{TCodes}"/>.</summary>
internal unsafe struct ArgMax<TCodes>(PackedTables tables, Summation summation, in TCodes codes, int* indices, WorkerShares shares, WorkerShares searchShares)
    : IKernelOperation, RowPartition.IBody, ITileTask<ArgMaxFinder>
    where TCodes : struct, ICodeSource
{
    private readonly PackedTables _tables = tables;
    private readonly Summation _summation = summation;

    /// <summary>Not readonly: calls of its methods would copy it first.</summary>
    private TCodes _codes = codes;

    private readonly int* _indices = indices;
    private readonly WorkerShares _shares = shares;
    private readonly WorkerShares _searchShares = searchShares;

    /// <inheritdoc/>
    public bool WritesToMemory => false;

    /// <inheritdoc/>
    public void Invoke<TKernel>()
        where TKernel : struct, IKernel
    {
        _tables.PrepareSearch<TKernel>();
        bool hasEstimates = ArgMaxFinder.IsAvailable<TKernel>(_tables, _summation, _codes.Rows);
        if (hasEstimates && _shares.OfOutputs == 1)
        {
            RowPartition.Run<TKernel, ArgMax<TCodes>>(ref this, _codes.Rows, _shares.OfRows);
            return;
        }

        new Search<TCodes>(_tables, _summation, _codes, 1, _indices, null, hasEstimates ? _shares : _searchShares).Invoke<TKernel>();
    }

    /// <inheritdoc/>
    public void Run<TKernel>(int start, int rows)
        where TKernel : struct, IKernel => _codes.Run<TKernel, ArgMax<TCodes>, ArgMaxFinder>(ref this, start, rows);

    /// <inheritdoc/>
    public long ScratchBytes<TKernel>(int rows)
        where TKernel : struct, IKernel => ArgMaxFinder.ScratchBytes<TKernel>(_tables);

    /// <inheritdoc/>
    public ArgMaxFinder Start<TKernel>(int rows, ref Scratch scratch)
        where TKernel : struct, IKernel => ArgMaxFinder.Create<TKernel>(_tables, _indices, ref scratch);
}
