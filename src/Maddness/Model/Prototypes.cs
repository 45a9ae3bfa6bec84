using System.Diagnostics;

namespace Maddness.Model;

/// <summary>
/// The prototypes of all codebooks: the sum over codebooks of the prototype of a row's code approximates the row (paper §4.2).
/// Dense prototypes span all columns; codebook-local ones only their codebook's range, so that tables for a new B cost C times less.
/// </summary>
internal sealed class Prototypes
{
    /// <param name="isDense">Whether every prototype spans all D columns.</param>
    /// <param name="leaves">K.</param>
    /// <param name="rangeStarts">The first column of each codebook's range, and D at the end: C + 1 values. Of dense prototypes equal ranges, which say nothing.</param>
    /// <param name="values">Dense: row-major [c·K + k][column]. Local: codebook after codebook, each row-major [k][column of the range].</param>
    internal Prototypes(bool isDense, int leaves, int[] rangeStarts, float[] values)
    {
        Debug.Assert(values.Length == (isDense ? (rangeStarts.Length - 1) * leaves * rangeStarts[^1] : leaves * rangeStarts[^1]), "Shape and values agree.");
        IsDense = isDense;
        Leaves = leaves;
        RangeStarts = rangeStarts;
        Values = values;
    }

    internal bool IsDense { get; }

    /// <summary>K.</summary>
    internal int Leaves { get; }

    /// <summary>C.</summary>
    internal int Codebooks => RangeStarts.Length - 1;

    /// <summary>D.</summary>
    internal int Inputs => RangeStarts[^1];

    internal int[] RangeStarts { get; }

    internal float[] Values { get; }
}
