using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Pipeline;

/// <summary>
/// Of rows a multiple of 512 bytes apart, where the trees' columns stand in none of them, one of the lines by which Zen 4 was seen to judge whether requests are of use: 5 lines behind a multiple of 512 bytes. Where none of these is both asked for and read, requests
/// to the second cache are dropped for long spells; it helps to do so in each row, though no tree tests a column there, and in every fourth it does not (measured on Zen 4, a loop in C that reads 8 of each row's 32 lines, from memory, 24 choices of them: with such a line among
/// them 24 to 31 ns a row, without 43 to 54 but for one choice, and 29 to 35 with it; encoding 100,000 × 512, C = 8 within 4 lines and C = 4 within 14, 34 to 39 and 61 to 64, and 17 to 21 and 42; the same with AVX2, C = 8, 60 and 22 to 24; arg-max of 100 outputs 48 to 52 and 37). Products whose
/// outputs exceed the caches are slower with it, C = 4 42 to 47 and 55, and do without.
/// </summary>
internal static unsafe class WatchedLine
{
    private const int PeriodLines = 8, Place = 5;

    /// <summary>
    /// Of so many lines of a row, one in such a place does not always do, and another costs next to nothing (measured on Zen 4, 10,000 × 512 × 100 outputs, C = 16, one of 11 to 17 lines there, 19 choices of them: three took 65 to 200 ns a row in most spells behind an exact product, and 50 to 75 with
    /// another; the others as long, and of 3 to 10 lines 1 to 2 ns longer).
    /// </summary>
    private const int ManyLines = 11;

    /// <summary>The first column of each row in such a line that the trees do not read; −1 where they read enough of these anyway, where rows have no other one, or not the same.</summary>
    [MethodImpl(Compiled.Once)]
    internal static nint Find<T>(in PinnedMatrix<T> source, int[] touchedColumns)
        where T : unmanaged
    {
        if (source.ColumnStride != 1 || source.RowStride * sizeof(T) % (PeriodLines * CacheLine.Bytes) != 0)
        {
            return -1;
        }

        int lines = 0, watched = 0;
        nuint last = 0;
        foreach (int column in touchedColumns)
        {
            // Columns ascend: those of a line follow each other.
            nuint line = LineOf(source.First + column);
            if (lines == 0 || line != last)
            {
                lines++;
                watched += IsWatched(line) ? 1 : 0;
                last = line;
            }
        }

        if (watched >= (lines < ManyLines ? 1 : 2))
        {
            return -1;
        }

        for (int column = 0; column < source.Columns; column++)
        {
            nuint line = LineOf(source.First + column);
            if (IsWatched(line) && !Touches(source, touchedColumns, line))
            {
                return column;
            }
        }

        return -1;
    }

    [MethodImpl(Compiled.Once)]
    private static bool Touches<T>(in PinnedMatrix<T> source, int[] touchedColumns, nuint line)
        where T : unmanaged
    {
        foreach (int column in touchedColumns)
        {
            if (LineOf(source.First + column) == line)
            {
                return true;
            }
        }

        return false;
    }

    private static nuint LineOf(void* address) => (nuint)address / CacheLine.Bytes;

    private static bool IsWatched(nuint line) => line % PeriodLines == Place;
}
