namespace Maddness.Comparison.Core;

/// <summary>A dense row-major matrix.</summary>
internal sealed record Matrix(float[] Values, int Rows, int Columns)
{
    internal Matrix(int rows, int columns)
        : this(new float[rows * columns], rows, columns)
    {
    }

    internal float this[int row, int column]
    {
        get => Values[(row * Columns) + column];
        set => Values[(row * Columns) + column] = value;
    }

    internal Span<float> Row(int row) => Values.AsSpan(row * Columns, Columns);

    /// <summary>The first rows of this matrix.</summary>
    internal Matrix Top(int rows) => rows >= Rows ? this : new(Values.AsSpan(0, rows * Columns).ToArray(), rows, Columns);

    internal Matrix Transpose()
    {
        Matrix result = new(Columns, Rows);
        for (int row = 0; row < Rows; row++)
        {
            for (int column = 0; column < Columns; column++)
            {
                result.Values[(column * Rows) + row] = Values[(row * Columns) + column];
            }
        }

        return result;
    }
}
