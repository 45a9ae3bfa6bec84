using System.Numerics;

namespace Maddness.Cli.Formats;

/// <summary>Reads matrices into memory, of large ones a sample of the rows.</summary>
internal static class RowSampler
{
    /// <summary>Bytes read at once.</summary>
    internal const int BlockBytes = 16 << 20;

    /// <summary>Rows of a block: what fits <see cref="BlockBytes"/>.</summary>
    internal static int BlockRows(int inputs, int outputs) => (int)Math.Clamp(BlockBytes / (sizeof(float) * ((long)inputs + outputs)), 1, 1 << 16);

    /// <summary>Reads all rows, or of more than <paramref name="maxRows"/> that many, spread evenly over the file, so that no part of it is left out and files of any size can be learned from. Where the rows lie across the file, runs of rows are read,
    /// as the file has to be passed through for each.</summary>
    internal static T[] Read<T>(MatrixSource source, int maxRows, Action<double> report, CancellationToken cancellation)
        where T : unmanaged, INumberBase<T>
    {
        int rows = Rows(source, maxRows);
        T[] values = Allocate<T>(source, rows);
        bool isWhole = rows == source.Rows;
        int step = isWhole ? BlockRows(source.Columns, 0) : Run(source);
        for (int done = 0; done < rows; done += step)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(step, rows - done);
            source.Read(isWhole ? done : SourceRow(source, maxRows, done), count, values.AsSpan(done * source.Columns, count * source.Columns));
            report((double)(done + count) / rows);
        }

        return values;
    }

    /// <summary>The rows that are read.</summary>
    internal static int Rows(MatrixSource source, int maxRows) => (int)Math.Min(source.Rows, maxRows);

    /// <summary>Where a row that is read stands in the file.</summary>
    internal static long SourceRow(MatrixSource source, int maxRows, int row)
    {
        int rows = Rows(source, maxRows);
        int start = row / Run(source) * Run(source);
        return (long)((Int128)start * source.Rows / rows) + (row - start);
    }

    private static int Run(MatrixSource source) => source.IsScattered ? 256 : 1;

    private static T[] Allocate<T>(MatrixSource source, int rows)
    {
        long count = (long)rows * source.Columns;
        return count <= Array.MaxLength
            ? new T[count]
            : throw new ToolException($"'{source.Name}' is {source.Shape}, of which {rows} rows are {count} numbers; expected at most {Array.MaxLength}. Use fewer rows or columns.");
    }
}
