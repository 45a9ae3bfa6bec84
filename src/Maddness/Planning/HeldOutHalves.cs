using Maddness.Common;
using Maddness.Training;

namespace Maddness.Planning;

/// <summary>Held-out rows, half of which choose a candidate while the others report it.</summary>
internal sealed record HeldOutHalves<T>(MeasuredRows<T> Choosing, MeasuredRows<T> Confirming)
    where T : unmanaged
{
    /// <summary>Draws the half that chooses. Of an odd number it has one row less.</summary>
    internal static HeldOutHalves<T> Split(MatrixView<T> values, ReadOnlySpan<int> labels, ulong seed)
    {
        int[] choosing = new SeededRandom(seed).Sample(values.Rows, values.Rows / 2);
        bool[] chooses = new bool[values.Rows];
        foreach (int row in choosing)
        {
            chooses[row] = true;
        }

        int[] confirming = [.. Enumerable.Range(0, chooses.Length).Where(row => !chooses[row])];
        return new(Select(values, labels, choosing), Select(values, labels, confirming));
    }

    private static MeasuredRows<T> Select(MatrixView<T> values, ReadOnlySpan<int> labels, int[] rows)
    {
        T[] selected = new T[rows.Length * values.Columns];
        int[]? ownLabels = labels.IsEmpty ? null : new int[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            values.CopyRowTo(rows[i], selected.AsSpan(i * values.Columns));
            if (ownLabels is not null)
            {
                ownLabels[i] = labels[rows[i]];
            }
        }

        return new(selected, rows.Length, ownLabels);
    }
}
