using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Pipeline;

/// <summary>
/// The error (the normalised mean squared error) over the last rows that were checked. Three numbers a row make it exact: one mean for all entries of the window,
/// found anew each time, so that nothing is ever subtracted and no rounding adds up over months. Not safe for concurrent use.
/// </summary>
internal sealed class DriftWindow
{
    private readonly int _outputs;

    // Per row: Σ(ŷ − y)², mean of y, Σ(y − mean of the row)². The oldest row's place is the next one's.
    private readonly double[] _squaredErrors;
    private readonly double[] _means;
    private readonly double[] _variations;
    private int _next;
    private int _count;

    internal DriftWindow(int rows, int outputs)
    {
        _outputs = outputs;
        _squaredErrors = new double[rows];
        _means = new double[rows];
        _variations = new double[rows];
    }

    internal bool IsFull => _count == _means.Length;

    /// <summary>Σ(ŷ − y)² / Σ(y − mean y)² over the window: ∞ where all exact outputs are equal and estimates are not exact, NaN while there are no rows, or where all of this is 0.</summary>
    internal double Error { get; private set; } = double.NaN;

    /// <summary>Takes a row in, in the place of the oldest if the window is full.</summary>
    [MethodImpl(Compiled.Once)]
    internal void Add(double squaredError, double mean, double variation)
    {
        (_squaredErrors[_next], _means[_next], _variations[_next]) = (squaredError, mean, variation);
        _next = (_next + 1) % _means.Length;
        _count = Math.Min(_count + 1, _means.Length);

        // Means from the first one's distance, so that equal outputs have exactly no variation.
        double grandMean = 0;
        for (int i = 0; i < _count; i++)
        {
            grandMean += (_means[i] - _means[0]) / _count;
        }

        double errors = 0, total = 0;
        for (int i = 0; i < _count; i++)
        {
            double distance = _means[i] - _means[0] - grandMean;
            errors += _squaredErrors[i];
            total += _variations[i] + (_outputs * distance * distance);
        }

        Error = errors / total;
    }

    internal void Clear()
    {
        (_next, _count, Error) = (0, 0, double.NaN);
    }
}
