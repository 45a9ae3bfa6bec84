using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>
/// Where passes write whose destination is larger than the caches. While one pass fills one half, the pass before leaves the other for the destination, a few lines after each block of rows: stores past
/// the caches are slow but need no attention, as long as no more of them are under way than the CPU can remember. Rows stand whole lines apart, and one more where they would
/// fight for the same cache sets.
/// </summary>
internal unsafe struct StreamedStage
{
    private const int FloatsPerLine = 16;

    /// <summary>Rows 1 KB or a multiple of it apart fall into few cache sets.</summary>
    private const int ConflictingStride = 256;

    private readonly PinnedMatrix<float> _destination;
    private readonly int _rowsPerAdvance;
    private float* _filling;
    private float* _leaving;
    private int _leavingStart;
    private int _leavingRows;
    private int _leftRows;

    /// <summary>Memory for two passes; <paramref name="blocksPerPass"/> says how often <see cref="Advance"/> will be called in each.</summary>
    internal StreamedStage(PinnedMatrix<float> destination, float* memory, int blocksPerPass)
    {
        _destination = destination;
        Stride = StrideFor(destination.Columns);
        _filling = memory;
        _leaving = memory + ((nint)TilePlan.PassRows * Stride);
        _rowsPerAdvance = (TilePlan.PassRows + blocksPerPass - 1) / blocksPerPass;
    }

    /// <summary>The rows of the pass at work; null where there is no stage.</summary>
    internal readonly float* Rows => _filling;

    /// <summary>Floats from one row to the next.</summary>
    internal int Stride { get; }

    /// <summary>Floats of memory that a stage for the destination takes.</summary>
    internal static long FloatsFor(PinnedMatrix<float> destination) => 2L * TilePlan.PassRows * StrideFor(destination.Columns);

    /// <summary>Sends some rows of the pass before on their way.</summary>
    internal void Advance() => Leave(Math.Min(_rowsPerAdvance, _leavingRows - _leftRows));

    /// <summary>The pass at work is done: it leaves from now on.</summary>
    internal void Finish(int start, int rows)
    {
        Leave(_leavingRows - _leftRows);
        float* filled = _filling;
        _filling = _leaving;
        _leaving = filled;
        _leavingStart = start;
        _leavingRows = rows;
        _leftRows = 0;
    }

    /// <summary>Sends the last rows, and makes all visible to whoever this thread tells.</summary>
    internal void Complete()
    {
        Leave(_leavingRows - _leftRows);
        StreamingStore.Fence();
    }

    private static int StrideFor(int outputs)
    {
        int stride = (outputs + FloatsPerLine - 1) / FloatsPerLine * FloatsPerLine;
        return stride % ConflictingStride == 0 ? stride + FloatsPerLine : stride;
    }

    private void Leave(int rows)
    {
        for (int row = 0; row < rows; row++)
        {
            StreamingStore.Copy(_leaving + ((nint)_leftRows * Stride), _destination.Row(_leavingStart + _leftRows), _destination.Columns);
            _leftRows++;
        }
    }
}
