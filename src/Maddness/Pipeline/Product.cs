using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>A → encode → accumulate → dequantise → activate → Y in one pass: codes never leave the cache.</summary>
internal struct Product<T>(Approximation approximation, Activation activation, in PinnedMatrix<T> source, in PinnedMatrix<float> destination, WorkerShares shares)
    : IKernelOperation, RowPartition.IOutputsBody, ITileTask<Accumulator>
    where T : unmanaged
{
    private readonly Approximation _approximation = approximation;
    private readonly Activation _activation = activation;
    private readonly PinnedMatrix<T> _source = source;
    private readonly PinnedMatrix<float> _destination = destination;
    private readonly WorkerShares _shares = shares;

    /// <inheritdoc/>
    public OutputRange Outputs { private get; set; }

    /// <inheritdoc/>
    public bool WritesToMemory => TilePlan.IsBeyondCaches(_destination);

    /// <inheritdoc/>
    public void Invoke<TKernel>()
        where TKernel : struct, IKernel => RowPartition.Run<TKernel, Product<T>>(ref this, _source.Rows, _destination.Columns, _shares);

    /// <inheritdoc/>
    public void Run<TKernel>(int start, int rows)
        where TKernel : struct, IKernel => EncodedTiles.Run<TKernel, T, Product<T>, Accumulator>(_approximation.Plan, _source, ref this, start, rows);

    /// <inheritdoc/>
    public long ScratchBytes<TKernel>(int rows)
        where TKernel : struct, IKernel => Accumulator.ScratchBytes(_destination);

    /// <inheritdoc/>
    public Accumulator Start<TKernel>(int rows, ref Scratch scratch)
        where TKernel : struct, IKernel => Accumulator.Create<TKernel>(_approximation.Tables, Outputs, _approximation.Summation, _activation, _destination, ref scratch);
}
