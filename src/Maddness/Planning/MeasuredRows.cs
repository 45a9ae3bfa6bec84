namespace Maddness.Planning;

/// <summary>Some held-out rows with their labels, if they have any.</summary>
internal sealed record MeasuredRows<T>(T[] Values, int Rows, int[]? Labels)
    where T : unmanaged
{
    /// <summary>So many of the rows; where there are fewer, over and over again.</summary>
    internal T[] Repeat(int rows, int columns)
    {
        T[] values = new T[rows * columns];
        for (int i = 0; i < values.Length; i += Values.Length)
        {
            Values.AsSpan(0, Math.Min(Values.Length, values.Length - i)).CopyTo(values.AsSpan(i));
        }

        return values;
    }
}
