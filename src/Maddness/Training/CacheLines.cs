using System.Collections;
using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>Aligned groups of 16 columns: what one 64-byte cache line of a row-major float row holds.</summary>
internal static class CacheLines
{
    internal static int Count(int columns) => (columns + CacheLine.Floats - 1) / CacheLine.Floats;

    internal static int[] AllColumns(int columns) => [.. Enumerable.Range(0, columns)];

    /// <summary>The columns of lines, ascending.</summary>
    internal static int[] Columns(int[] lines, int columns) =>
        [.. lines.SelectMany(l => Enumerable.Range(l * CacheLine.Floats, Math.Min(CacheLine.Floats, columns - (l * CacheLine.Floats))))];

    /// <summary>The lines within a budget that gained most, ascending; the lower ones among equals.</summary>
    /// <param name="gains">What each line gained, not negative.</param>
    /// <param name="budget">How many, in how many runs of neighbours. If there are fewer lines, all of them.</param>
    [MethodImpl(Compiled.Once)]
    internal static int[] Best(double[] gains, LineBudget budget)
    {
        int count = Math.Min(budget.Lines, gains.Length);
        int runs = Math.Min(budget.Runs, count);
        if (count == gains.Length || runs >= Math.Min(count, (gains.Length + 1) / 2))
        {
            // All lines are one run, and no choice has more runs than that.
            return [.. Enumerable.Range(0, gains.Length).OrderByDescending(i => gains[i]).Take(count).Order()];
        }

        // From the last line to the first: the most that lines from i on add, when so many may still be taken, in so many new runs, with the line before taken or not. What only the
        // choice at the end needs is one bit for each: the sums would take gigabytes for rows of 100,000 columns.
        double[,,] most = new double[count + 1, runs + 1, 2], mostAfter = new double[count + 1, runs + 1, 2];
        BitArray[] isTaken = new BitArray[gains.Length];
        for (int i = gains.Length - 1; i >= 0; i--)
        {
            (most, mostAfter) = (mostAfter, most);
            isTaken[i] = new BitArray((count + 1) * (runs + 1) * 2);
            for (int left = 1; left <= count; left++)
            {
                for (int run = 0; run <= runs; run++)
                {
                    double skipped = mostAfter[left, run, 0];
                    double continued = gains[i] + mostAfter[left - 1, run, 1];
                    double opened = run > 0 ? gains[i] + mostAfter[left - 1, run - 1, 1] : double.NegativeInfinity;
                    most[left, run, 0] = Math.Max(opened, skipped);
                    most[left, run, 1] = Math.Max(continued, skipped);
                    isTaken[i][StateOf(left, run, 0)] = opened >= skipped;
                    isTaken[i][StateOf(left, run, 1)] = continued >= skipped;
                }
            }
        }

        List<int> lines = [];
        for (int i = 0, run = runs, isOpen = 0; i < gains.Length && lines.Count < count; i++)
        {
            if (isTaken[i][StateOf(count - lines.Count, run, isOpen)])
            {
                lines.Add(i);
                run -= 1 - isOpen;
                isOpen = 1;
            }
            else
            {
                isOpen = 0;
            }
        }

        return [.. lines];

        int StateOf(int left, int run, int isOpen) => (((left * (runs + 1)) + run) * 2) + isOpen;
    }
}
