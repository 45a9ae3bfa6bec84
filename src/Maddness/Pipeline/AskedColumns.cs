using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Pipeline;

/// <summary>Which columns of a row to ask for, so that every cache line with a touched column in it comes, and few come twice.</summary>
internal static unsafe class AskedColumns
{
    internal const int LineBytes = 64;

    /// <summary>
    /// Writes the offsets to ask for, and returns how many these are. Where all rows start alike in their cache lines, and elements do, one for each line. Elsewhere of all columns within 64 bytes the first and the last one: however
    /// a row starts, no third line lies between.
    /// </summary>
    /// <param name="offsets">Where touched columns stand in a row, in elements, ascending or descending.</param>
    /// <param name="count">How many these are.</param>
    /// <param name="source">The rows.</param>
    /// <param name="asked">Where to write: as many as <paramref name="count"/> at most.</param>
    [MethodImpl(Compiled.Once)]
    internal static int Choose<T>(nint* offsets, int count, PinnedMatrix<T> source, nint* asked)
        where T : unmanaged
    {
        bool areAlike = source.Lead is not null;
        int chosen = 0;
        for (int i = 0; i < count;)
        {
            int last = i;
            while (last + 1 < count && (areAlike ? LineOf(source, offsets[last + 1]) == LineOf(source, offsets[i]) : Math.Abs(offsets[last + 1] - offsets[i]) * sizeof(T) < LineBytes))
            {
                last++;
            }

            asked[chosen++] = offsets[i];
            if (!areAlike && last > i)
            {
                asked[chosen++] = offsets[last];
            }

            i = last + 1;
        }

        return chosen;
    }

    private static nuint LineOf<T>(PinnedMatrix<T> source, nint offset)
        where T : unmanaged => (nuint)(source.First + offset) / LineBytes;
}
