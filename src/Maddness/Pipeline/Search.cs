using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>
/// A → encode → accumulate → the k largest outputs of each row. Outputs never leave the cache: what a classifier or a search wants costs no stores.
/// Values are written unless nobody wants them: then k is 1.
/// </summary>
internal unsafe struct Search<T>(Approximation approximation, in PinnedMatrix<T> source, int k, int* indices, float* values, int workers)
    : IKernelOperation, RowPartition.IBody, ITileTask<TopFinder>
    where T : unmanaged
{
    private readonly Approximation _approximation = approximation;
    private readonly PinnedMatrix<T> _source = source;
    private readonly int _k = k;
    private readonly int* _indices = indices;
    private readonly float* _values = values;
    private readonly int _workers = workers;

    /// <inheritdoc/>
    public bool WritesToMemory => false;

    /// <inheritdoc/>
    public void Invoke<TKernel>()
        where TKernel : struct, IKernel => RowPartition.Run<TKernel, Search<T>>(ref this, _source.Rows, _workers);

    /// <inheritdoc/>
    public void Run<TKernel>(int start, int rows)
        where TKernel : struct, IKernel => EncodedTiles.Run<TKernel, T, Search<T>, TopFinder>(_approximation.Plan, _source, ref this, start, rows);

    /// <inheritdoc/>
    public long ScratchBytes<TKernel>(int rows)
        where TKernel : struct, IKernel => TopFinder.ScratchBytes(_approximation.Tables, rows);

    /// <inheritdoc/>
    public TopFinder Start<TKernel>(int rows, ref Scratch scratch)
        where TKernel : struct, IKernel => TopFinder.Create<TKernel>(_approximation.Tables, _approximation.Summation, rows, _k, _indices, _values, ref scratch);
}
