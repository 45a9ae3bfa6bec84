using Maddness.Training;

namespace Maddness.Planning;

/// <summary>Held-out rows, half of which choose a candidate while the others report it.</summary>
internal sealed record HeldOutHalves<T>(MeasuredRows<T> Choosing, MeasuredRows<T> Confirming)
    where T : unmanaged
{
    /// <summary>Draws the half that chooses. Of an odd number it has one row less.</summary>
    internal static HeldOutHalves<T> Split(ReadOnlySpan<T> values, int rows, int columns, ReadOnlySpan<int> labels, ulong seed)
    {
        int[] choosing = new SeededRandom(seed).Sample(rows, rows / 2);
        bool[] chooses = new bool[rows];
        foreach (int row in choosing)
        {
            chooses[row] = true;
        }

        int[] confirming = [.. Enumerable.Range(0, rows).Where(row => !chooses[row])];
        return new(Select(values, columns, labels, choosing), Select(values, columns, labels, confirming));
    }

    private static MeasuredRows<T> Select(ReadOnlySpan<T> values, int columns, ReadOnlySpan<int> labels, int[] rows)
    {
        T[] selected = new T[rows.Length * columns];
        int[]? ownLabels = labels.IsEmpty ? null : new int[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            values.Slice(rows[i] * columns, columns).CopyTo(selected.AsSpan(i * columns));
            if (ownLabels is not null)
            {
                ownLabels[i] = labels[rows[i]];
            }
        }

        return new(selected, rows.Length, ownLabels);
    }
}
