using System.Runtime.CompilerServices;
using Maddness.Common;
using static System.FormattableString;

namespace Maddness.Training;

/// <summary>The rows learned from: a dense row-major float32 copy, which holds all integer inputs exactly.</summary>
internal sealed class TrainingRows
{
    internal TrainingRows(ElementType elementType, float[] values, int rows, int columns, bool? areRepeated = null)
    {
        AreRepeated = areRepeated;
        ElementType = elementType;
        Values = values;
        Rows = rows;
        Columns = columns;
    }

    /// <summary>The type that thresholds must fit.</summary>
    internal ElementType ElementType { get; }

    internal float[] Values { get; }

    internal int Rows { get; }

    internal int Columns { get; }

    /// <summary>Whether somebody repeated each of the rows that these were drawn from; null where they are all there were, and tell it themselves.</summary>
    internal bool? AreRepeated { get; }

    internal ReadOnlySpan<float> Row(int row) => Values.AsSpan(row * Columns, Columns);

    /// <summary>Copies A, or a seeded sample of its rows when there are more than <paramref name="maxRows"/>. All rows are checked, drawn or not.</summary>
    /// <exception cref="ArgumentException">There are no rows or columns, more columns or values than arrays hold, or a value that is not finite.</exception>
    [MethodImpl(Compiled.Once)]
    internal static TrainingRows Copy<T>(MatrixView<T> a, int maxRows, ulong seed, TrainingScope scope)
        where T : unmanaged
    {
        int[]? sample = a.Rows > maxRows ? new SeededRandom(seed).Sample(a.Rows, maxRows) : null;
        int rows = sample?.Length ?? a.Rows;
        if (a.Columns > MaxColumns)
        {
            throw new ArgumentException($"'{nameof(a)}' has {a.Columns} columns; expected at most {MaxColumns} to learn from.", nameof(a));
        }

        int most = MaxRows(a.Columns);
        if (rows > most)
        {
            throw new ArgumentException(
                $"'{nameof(a)}' gives {rows} training rows of {a.Columns} columns; expected at most {most}, as many as arrays hold. Lower {nameof(TrainingOptions)}.{nameof(TrainingOptions.MaxTrainingRows)}.", nameof(a));
        }

        float[] values = new float[rows * a.Columns];
        float[] scratch = new float[a.Columns];
        CopyCounter? copies = sample is null ? null : new CopyCounter();
        int taken = 0;
        for (int n = 0; n < a.Rows; n++)
        {
            bool kept = sample is null || (taken < rows && sample[taken] == n);
            Span<float> row = kept ? values.AsSpan(taken * a.Columns, a.Columns) : scratch;
            CopyRow(a, n, row);
            copies?.Add(row);
            taken += kept ? 1 : 0;
            if ((n & 1023) == 0)
            {
                scope.Cancellation.ThrowIfCancellationRequested();
            }
        }

        bool? areRepeated = copies is null ? null : RepeatedRows.AreRepeated(copies.Copies());
        scope.Report(TrainingStage.Preparing, 1, 1);
        return new TrainingRows(ElementTypes.Of<T>(), values, rows, a.Columns, areRepeated);
    }

    /// <summary>Arrays hold 64 values for each, bins or leaves.</summary>
    internal static int MaxColumns => Array.MaxLength / 64;

    /// <summary>Rows of so many columns at most: a copy that is padded to vectors, or targets, which start a cache line; and a row and its bin fit one integer.</summary>
    internal static int MaxRows(int columns) => (int)((Array.MaxLength - CacheLine.Floats) / Math.Max((long)columns + RangeBlock.Lanes, ResidualSource.Stride));

    /// <summary>Sends rows down one more level, by the comparison that encodes.</summary>
    /// <param name="column">The column that the level tests.</param>
    /// <param name="thresholds">Those of the level's nodes.</param>
    /// <param name="codes">The node of each row, then that below it.</param>
    [MethodImpl(Compiled.Once)]
    internal void Split(int column, ReadOnlySpan<float> thresholds, byte[] codes)
    {
        for (int n = 0; n < codes.Length; n++)
        {
            codes[n] = (byte)((2 * codes[n]) + (Values[(n * Columns) + column] > thresholds[codes[n]] ? 1 : 0));
        }
    }

    /// <summary>The mean of each column.</summary>
    [MethodImpl(Compiled.Once)]
    internal float[] ColumnMeans()
    {
        double[] sums = new double[Columns];
        for (int n = 0; n < Rows; n++)
        {
            ReadOnlySpan<float> row = Row(n);
            for (int j = 0; j < row.Length; j++)
            {
                sums[j] += row[j];
            }
        }

        return Array.ConvertAll(sums, sum => (float)(sum / Rows));
    }

    /// <summary>Writes a range of columns, less the mean of each, of as many rows as there is room for.</summary>
    /// <param name="firstRow">The first row.</param>
    /// <param name="firstColumn">The first column.</param>
    /// <param name="columns">Columns of the range.</param>
    /// <param name="means">Those of all columns.</param>
    /// <param name="destination">Row-major.</param>
    [MethodImpl(Compiled.Once)]
    internal void Centre(int firstRow, int firstColumn, int columns, ReadOnlySpan<float> means, Span<float> destination)
    {
        means = means.Slice(firstColumn, columns);
        for (int n = 0; n < destination.Length / columns; n++)
        {
            ReadOnlySpan<float> row = Row(firstRow + n).Slice(firstColumn, columns);
            Span<float> centred = destination.Slice(n * columns, columns);
            for (int j = 0; j < row.Length; j++)
            {
                centred[j] = row[j] - means[j];
            }
        }
    }

    /// <summary>A copy of some of the rows.</summary>
    [MethodImpl(Compiled.Once)]
    internal TrainingRows Select(ReadOnlySpan<int> rows)
    {
        float[] values = new float[rows.Length * Columns];
        for (int i = 0; i < rows.Length; i++)
        {
            Row(rows[i]).CopyTo(values.AsSpan(i * Columns));
        }

        return new TrainingRows(ElementType, values, rows.Length, Columns);
    }

    [MethodImpl(Compiled.Once)]
    private static void CopyRow<T>(MatrixView<T> a, int row, Span<float> destination)
        where T : unmanaged
    {
        for (int d = 0; d < destination.Length; d++)
        {
            float value = ElementTypes.ToSingle(a[row, d]);
            if (!float.IsFinite(value))
            {
                ThrowNotFinite(nameof(a), row, d, value);
            }

            // Negative zero equals zero but sorts below it: one of them only.
            destination[d] = value == 0 ? 0 : value;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowNotFinite(string name, int row, int column, float value) =>
        throw new ArgumentException(Invariant($"'{name}' holds {value} at row {row}, column {column}; expected finite training values."), name);
}
