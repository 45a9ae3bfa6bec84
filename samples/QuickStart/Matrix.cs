namespace QuickStart;

/// <summary>A dense row-major matrix.</summary>
internal sealed record Matrix(float[] Values, int Rows, int Columns)
{
    /// <summary>Independent normal values.</summary>
    internal static Matrix Gaussian(Random random, int rows, int columns, float deviation)
    {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.Length; i++)
        {
            // Box and Muller; 1 − u is never 0.
            double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            values[i] = (float)(deviation * radius * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return new(values, rows, columns);
    }
}
