using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>
/// In which register of 16 lanes each column that trees test stands, so that all of them are in four. Up to four windows are registers as they are; of more, each register takes the columns of two or three, and what does not fit
/// into it goes to another one (16 codebooks test up to 64 columns, and so do four registers hold).
/// </summary>
internal sealed class ColumnPlacement
{
    private const int Lanes = EncodePlan.WindowColumns;

    private ColumnPlacement(List<Part>[] registers, int windowCount)
    {
        WindowCount = windowCount;
        Windows = new int[RowBlock.WindowLength];

        // Windows that there are not are the first one once more: it can be read.
        Array.Fill(Windows, registers[0][0].Window);
        for (int register = 0; register < registers.Length; register++)
        {
            int lane = 0;
            for (int i = 0; i < registers[register].Count; i++)
            {
                Part part = registers[register][i];
                Windows[windowCount <= RowBlock.Registers ? register : i < 2 ? (2 * register) + i : (2 * RowBlock.Registers) + register] = part.Window;
                foreach (int column in part.Columns)
                {
                    int isAt = column - part.Window;
                    Places.Add(column, new(register, windowCount <= RowBlock.Registers ? isAt : lane, (i * Lanes) + isAt));
                    lane++;
                }
            }
        }
    }

    /// <summary>See <see cref="RowBlock.WindowCount"/>.</summary>
    internal int WindowCount { get; }

    /// <summary>See <see cref="RowBlock.Windows"/>.</summary>
    internal int[] Windows { get; }

    /// <summary>Of each column.</summary>
    internal Dictionary<int, Place> Places { get; } = [];

    /// <summary>Null where columns stand in more than twelve windows, or in more than eight and were not found places for.</summary>
    internal static ColumnPlacement? TryFind(IEnumerable<int> columns, int inputs)
    {
        Part[] windows = [.. columns.GroupBy(column => EncodePlan.WindowOf(column, inputs)).Select(window => new Part(window.Key, [.. window]))];
        if (windows.Length <= RowBlock.Registers)
        {
            return new([.. windows.Select(window => new List<Part> { window })], windows.Length <= 2 ? 2 : 4);
        }

        for (int parts = 2; parts <= 3; parts++)
        {
            if (windows.Length <= parts * RowBlock.Registers && TryShare(windows, parts) is { } registers)
            {
                return new(registers, parts * RowBlock.Registers);
            }
        }

        return null;
    }

    private static List<Part>[]? TryShare(Part[] windows, int parts)
    {
        // The fullest of the windows that are left goes to the emptiest register; each gets as many of them as others, so that of up to eight none is without a free part.
        List<Part>[] registers = [.. Enumerable.Range(0, RowBlock.Registers).Select(_ => new List<Part>())];
        int whole = (windows.Length + RowBlock.Registers - 1) / RowBlock.Registers;
        foreach (Part window in windows.OrderByDescending(window => window.Columns.Count))
        {
            registers.Where(register => register.Count < whole).MinBy(Filled)!.Add(new(window.Window, [.. window.Columns]));
        }

        // From the fullest register to the emptiest one each hands on to the next what it cannot hold.
        Array.Sort(registers, (x, y) => Filled(y).CompareTo(Filled(x)));
        for (int register = 0; register < registers.Length; register++)
        {
            while (Filled(registers[register]) > Lanes)
            {
                List<Part>? next = registers.Skip(register + 1).FirstOrDefault(other => other.Count < parts);
                if (next is null)
                {
                    return null;
                }

                Part fullest = registers[register].MaxBy(part => part.Columns.Count)!;
                int moved = Math.Min(Filled(registers[register]) - Lanes, fullest.Columns.Count);
                int first = fullest.Columns.Count - moved;
                next.Add(new(fullest.Window, fullest.Columns.GetRange(first, moved)));
                fullest.Columns.RemoveRange(first, moved);
            }
        }

        return registers;
    }

    private static int Filled(List<Part> register) => register.Sum(part => part.Columns.Count);

    /// <summary>Where a column stands: in which lane of which register, and from which lane of the windows side by side it comes there.</summary>
    internal readonly record struct Place(int Register, int Lane, int Source);

    /// <summary>Columns of a window.</summary>
    private sealed record Part(int Window, List<int> Columns);
}
