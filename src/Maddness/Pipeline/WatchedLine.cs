using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Pipeline;

/// <summary>
/// Of rows a multiple of 512 bytes apart, where the trees' columns stand in none of them, one of the lines by which the CPU was seen to judge whether requests are of use: 5 lines behind a multiple of 512 bytes. Where none of these is both asked for and read, requests
/// to the second cache are dropped for long spells; it helps to do so in each row, though no tree tests a column there, and in every fourth it does not (measured on Zen 4, a loop in C that reads 8 of each row's 32 lines, from memory, 24 choices of them: with such a line among
/// them 24 to 31 ns a row, without 43 to 54 but for one choice, and 29 to 35 with it; encoding 100,000 × 512, C = 8 within 4 lines and C = 4 within 14, 34 to 39 and 61 to 64, and 17 to 21 and 42; the same with AVX2, C = 8, 60 and 22 to 24; arg-max of 100 outputs 48 to 52 and 37). Products whose
/// outputs exceed the caches are slower with it, C = 4 42 to 47 and 55, and do without. What other CPUs do was not measured.
/// </summary>
internal static unsafe class WatchedLine
{
    private const int PeriodLines = 8, Place = 5;

    /// <summary>The first column in such a line of each row; −1 where the trees read one anyway, where rows have no such line, or not the same.</summary>
    [MethodImpl(Compiled.Once)]
    internal static nint Find<T>(in PinnedMatrix<T> source, int[] touchedColumns)
        where T : unmanaged
    {
        if (source.ColumnStride != 1 || source.RowStride * sizeof(T) % (PeriodLines * AskedColumns.LineBytes) != 0)
        {
            return -1;
        }

        foreach (int column in touchedColumns)
        {
            if (IsWatched(source.First + column))
            {
                return -1;
            }
        }

        int columns = Math.Min(source.Columns, PeriodLines * AskedColumns.LineBytes / sizeof(T));
        for (int column = 0; column < columns; column++)
        {
            if (IsWatched(source.First + column))
            {
                return column;
            }
        }

        return -1;
    }

    private static bool IsWatched(void* address) => (nuint)address / AskedColumns.LineBytes % PeriodLines == Place;
}
