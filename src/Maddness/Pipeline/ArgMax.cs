using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>A → encode → accumulate → the largest output of each row, in one pass that stores no output; where a kernel has no such loop, or threads share outputs, through <see cref="Search{T}"/>.</summary>
internal unsafe struct ArgMax<T>(Approximation approximation, in PinnedMatrix<T> source, int* indices, WorkerShares shares)
    : IKernelOperation, RowPartition.IBody, ITileTask<ArgMaxFinder>
    where T : unmanaged
{
    private readonly Approximation _approximation = approximation;
    private readonly PinnedMatrix<T> _source = source;
    private readonly int* _indices = indices;
    private readonly WorkerShares _shares = shares;

    /// <inheritdoc/>
    public bool WritesToMemory => false;

    /// <inheritdoc/>
    public void Invoke<TKernel>()
        where TKernel : struct, IKernel
    {
        _approximation.Tables.PrepareSearch<TKernel>();
        if (_shares.OfOutputs == 1 && ArgMaxFinder.IsAvailable<TKernel>(_approximation.Tables, _approximation.Summation, _source.Rows))
        {
            RowPartition.Run<TKernel, ArgMax<T>>(ref this, _source.Rows, _shares.OfRows);
            return;
        }

        new Search<T>(_approximation, _source, 1, _indices, null, _shares).Invoke<TKernel>();
    }

    /// <inheritdoc/>
    public void Run<TKernel>(int start, int rows)
        where TKernel : struct, IKernel => EncodedTiles.Run<TKernel, T, ArgMax<T>, ArgMaxFinder>(_approximation.Plan, _source, ref this, start, rows);

    /// <inheritdoc/>
    public long ScratchBytes<TKernel>(int rows)
        where TKernel : struct, IKernel => ArgMaxFinder.ScratchBytes<TKernel>(_approximation.Tables);

    /// <inheritdoc/>
    public ArgMaxFinder Start<TKernel>(int rows, ref Scratch scratch)
        where TKernel : struct, IKernel => ArgMaxFinder.Create<TKernel>(_approximation.Tables, _indices, ref scratch);
}
