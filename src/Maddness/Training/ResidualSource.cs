namespace Maddness.Training;

/// <summary>What codebooks are fitted to: the part of a matrix that the bucket means leave, one row per training row.</summary>
internal abstract class ResidualSource
{
    /// <summary>Columns fitted together: four vectors of doubles. Chunks share nothing, so they may run on any threads.</summary>
    internal const int Stride = 32;

    /// <summary>Columns of the whole target.</summary>
    internal abstract int Columns { get; }

    /// <summary>Writes the residual of columns [first, first + count) with <see cref="Stride"/> values per row, zero beyond <paramref name="count"/>.</summary>
    internal abstract void Fill(int first, int count, double[] residual);
}
