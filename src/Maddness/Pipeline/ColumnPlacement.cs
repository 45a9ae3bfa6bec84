using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>
/// In which register of 16 lanes each column that trees test stands, so that all of them are in four. Up to four windows are registers as they are; of more, each register takes the columns of several, and what does not fit
/// into it goes to the next one (16 codebooks test up to 64 columns, and so do four registers hold).
/// </summary>
internal sealed class ColumnPlacement
{
    private const int Lanes = EncodePlan.WindowColumns;

    /// <summary>The most windows where these are cache lines.</summary>
    private const int MaxWindows = (RowBlock.MaxParts - 1) * RowBlock.Registers;

    /// <summary>The most windows where each may lie across two lines.</summary>
    private const int MaxWindowsOfTwoLines = 8;

    [MethodImpl(Compiled.Once)]
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
                Windows[WindowOf(register, i)] = part.Window;
                foreach (int column in part.Columns)
                {
                    int ownLane = column - part.Window;
                    Places.Add(column, new(register, windowCount <= RowBlock.Registers ? ownLane : lane, i, ownLane));
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

    /// <summary>Null where columns stand in too many windows, or more than 64 of them.</summary>
    /// <param name="columns">The columns.</param>
    /// <param name="inputs">D.</param>
    /// <param name="lead">Floats from the start of a cache line to the start of a row; null where rows differ in it.</param>
    internal static ColumnPlacement? TryFind(IEnumerable<int> columns, int inputs, int? lead)
    {
        Part[] windows = [.. columns.GroupBy(column => EncodePlan.WindowOf(column, inputs, lead ?? 0)).Select(window => new Part(window.Key, [.. window]))];
        if (windows.Length <= RowBlock.Registers)
        {
            return new([.. windows.Select(window => new List<Part> { window })], windows.Length <= 2 ? 2 : 4);
        }

        // Each register with as many windows as others, and with one more where columns had to go to another register.
        int parts = (windows.Length + RowBlock.Registers - 1) / RowBlock.Registers;
        return windows.Length > (lead is null ? MaxWindowsOfTwoLines : MaxWindows) ? null
            : TryShare(windows, parts, parts) is { } registers ? new(registers, parts * RowBlock.Registers)
            : TryShare(windows, parts, parts + 1) is { } more ? new(more, (parts + 1) * RowBlock.Registers)
            : null;
    }

    /// <summary>Which of <see cref="Windows"/> a part of a register is.</summary>
    internal int WindowOf(int register, int part) =>
        WindowCount <= RowBlock.Registers ? register : part < 2 ? (2 * register) + part : (part * RowBlock.Registers) + register;

    [MethodImpl(Compiled.Once)]
    private static List<Part>[]? TryShare(Part[] windows, int whole, int parts)
    {
        // The fullest of the windows that are left goes to the emptiest register.
        List<Part>[] registers = [.. Enumerable.Range(0, RowBlock.Registers).Select(_ => new List<Part>())];
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

    /// <summary>Where a column stands: in which lane of which register, and from which lane of which of this register's windows it comes there.</summary>
    internal readonly record struct Place(int Register, int Lane, int Part, int LaneOfWindow);

    /// <summary>Columns of a window.</summary>
    private sealed record Part(int Window, List<int> Columns);
}
