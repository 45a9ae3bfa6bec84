using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>Codes → accumulate → dequantise → activate → Y in one pass: those of encoded rows never leave the cache.</summary>
internal struct Product<TCodes>(PackedTables tables, Summation summation, Activation activation, in TCodes codes, in PinnedMatrix<float> destination, WorkerShares shares)
    : IKernelOperation, RowPartition.IOutputsBody, ITileTask<Accumulator>
    where TCodes : struct, ICodeSource
{
    private readonly PackedTables _tables = tables;
    private readonly Summation _summation = summation;
    private readonly Activation _activation = activation;

    /// <summary>Not readonly: calls of its methods would copy it first.</summary>
    private TCodes _codes = codes;

    private readonly PinnedMatrix<float> _destination = destination;
    private readonly WorkerShares _shares = shares;

    /// <inheritdoc/>
    public OutputRange Outputs { private get; set; }

    /// <inheritdoc/>
    public bool WritesToMemory => TilePlan.IsBeyondCaches(_destination);

    /// <inheritdoc/>
    public void Invoke<TKernel>()
        where TKernel : struct, IKernel => RowPartition.Run<TKernel, Product<TCodes>>(ref this, _codes.Rows, _destination.Columns, _shares);

    /// <inheritdoc/>
    public void Run<TKernel>(int start, int rows)
        where TKernel : struct, IKernel => _codes.Run<TKernel, Product<TCodes>, Accumulator>(ref this, start, rows);

    /// <inheritdoc/>
    public long ScratchBytes<TKernel>(int rows)
        where TKernel : struct, IKernel => Accumulator.ScratchBytes(_destination);

    /// <inheritdoc/>
    public Accumulator Start<TKernel>(int rows, ref Scratch scratch)
        where TKernel : struct, IKernel => Accumulator.Create<TKernel>(_tables, Outputs, _summation, _activation, _destination, ref scratch);
}
