using System.Diagnostics;
using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Pipeline;

/// <summary>Which columns of a row to ask for, so that every cache line with a touched column in it comes, and few come twice.</summary>
internal static unsafe class AskedColumns
{
    /// <summary>
    /// Writes the offsets to ask for, and returns how many these are. Where all rows start alike in their cache lines, and elements do, one for each line. Elsewhere of all columns within 64 bytes the first and the last one: however
    /// a row starts, no third line lies between.
    /// </summary>
    /// <param name="offsets">Where touched columns stand in a row, in elements, ascending or descending.</param>
    /// <param name="count">How many these are.</param>
    /// <param name="source">The rows.</param>
    /// <param name="asked">Where to write: as many as <paramref name="count"/> at most.</param>
    [MethodImpl(Compiled.Once)]
    internal static int Choose<T>(nint* offsets, int count, in PinnedMatrix<T> source, nint* asked)
        where T : unmanaged
    {
        bool areAlike = source.Lead is not null;
        int chosen = 0;
        for (int i = 0; i < count;)
        {
            int last = i;
            while (last + 1 < count && (areAlike ? CacheLine.Of(source.First + offsets[last + 1]) == CacheLine.Of(source.First + offsets[i]) : Math.Abs(offsets[last + 1] - offsets[i]) * sizeof(T) < CacheLine.Bytes))
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

    /// <summary>
    /// The same for windows of 16 floats that are read whole, whichever of their columns trees test. A window that is no line ends in the next line: the next window's first column asks for that if it stands there, otherwise the window's own last column does.
    /// </summary>
    /// <param name="windows">First columns of windows, ascending.</param>
    /// <param name="source">The rows, of consecutive columns.</param>
    /// <param name="asked">Where to write: twice as many as windows at most.</param>
    [MethodImpl(Compiled.Once)]
    internal static int ChooseWindows<T>(ReadOnlySpan<int> windows, in PinnedMatrix<T> source, Span<nint> asked)
        where T : unmanaged
    {
        Debug.Assert(typeof(T) == typeof(float), "Windows are of floats.");
        int chosen = 0;
        for (int i = 0; i < windows.Length; i++)
        {
            asked[chosen++] = windows[i];
            bool isLine = source.Lead is not null && (nuint)(source.First + windows[i]) % CacheLine.Bytes == 0;
            if (!isLine && (i == windows.Length - 1 || windows[i + 1] > windows[i] + EncodePlan.WindowColumns))
            {
                asked[chosen++] = windows[i] + EncodePlan.WindowColumns - 1;
            }
        }

        return chosen;
    }
}
