namespace Maddness;

/// <summary>What a <see cref="DriftGuard"/> saw when its running error passed the bound.</summary>
public sealed class DriftEventArgs : EventArgs
{
    internal DriftEventArgs(double error, double bound, long rows, long checkedRows)
    {
        NormalizedMeanSquaredError = error;
        Bound = bound;
        Rows = rows;
        CheckedRows = checkedRows;
    }

    /// <summary>The error over the window, above <see cref="Bound"/>: mean squared error / variance of the exact outputs.</summary>
    public double NormalizedMeanSquaredError { get; }

    /// <summary>The bound that it passed.</summary>
    public double Bound { get; }

    /// <summary>Rows that the guard had seen.</summary>
    public long Rows { get; }

    /// <summary>Rows of them that had been computed exactly as well.</summary>
    public long CheckedRows { get; }
}
