using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Kernels;

/// <summary>
/// Cache lines to ask for a few at a time, between the steps of other work. A core keeps a limited number of requests in flight: asked for at once, hundreds of lines stand in the way of the loads and stores behind them, and while sums run
/// nothing is fetched (measured on Zen 4, 40 MB of outputs from codes, C = 8, ns a row, at once and a few at a time: 64 outputs 29 and 13, 100 45 and 27, 200 94 and 50, 300 154 and 78).
/// </summary>
internal unsafe struct LinesAhead
{
    /// <summary>The next line, and where the row ends that it belongs to.</summary>
    private byte* _next;

    private byte* _end;

    /// <summary>Lines to ask for with 256 floats that are written.</summary>
    private int _pace;

    private nint _rowBytes;

    /// <summary>Bytes from the end of a row to the start of the next one.</summary>
    private nint _gapBytes;

    /// <summary>Rows behind the one that <see cref="_next"/> is in.</summary>
    private int _rows;

    /// <summary>Sets what is to be asked for; what was left is forgotten. Addresses are asked for, never read.</summary>
    /// <param name="first">The first float of a matrix.</param>
    /// <param name="rowStride">Floats from row to row.</param>
    /// <param name="columnStride">Floats from column to column.</param>
    /// <param name="rows">Rows; 0 leaves nothing to ask for.</param>
    /// <param name="columns">Columns, at least 1.</param>
    [MethodImpl(Compiled.Once)]
    internal void Set(float* first, nint rowStride, nint columnStride, int rows, int columns)
    {
        if (rows == 0)
        {
            this = default;
            return;
        }

        // Runs of lines are rows, or columns where these are what lies closer together.
        nint floats = (nint)rows * columns;
        if (columnStride > rowStride)
        {
            (rowStride, columnStride, rows, columns) = (columnStride, rowStride, columns, rows);
        }

        nint extent = ((columns - 1) * columnStride) + 1;
        nint gap = rowStride - extent;
        bool isWhole = gap is >= 0 and < CacheLine.Floats;
        _rowBytes = (isWhole ? rows * rowStride : extent) * sizeof(float);
        _gapBytes = gap * sizeof(float);
        _rows = isWhole ? 0 : rows - 1;
        _next = CacheLine.Of(first);
        _end = (byte*)first + _rowBytes;

        // Gaps within a run count, and so do both ends of each row that stands alone.
        nint lines = isWhole ? rows * rowStride / CacheLine.Floats : rows * ((extent + (2 * CacheLine.Floats) - 2) / CacheLine.Floats);
        _pace = (int)(((256 * lines) - 1) / floats) + 1;
    }

    /// <summary>Asks for the part of all lines that so many floats are of those in the rows, as far as there are any left, and returns for how many.</summary>
    [MethodImpl(Compiled.Once)]
    internal int Ask(int floats)
    {
        int lines = ((floats * _pace) + 255) / 256;
        int asked = AskInRow(lines);
        while (asked < lines && _rows > 0)
        {
            _rows--;
            byte* start = _end + _gapBytes;
            _next = CacheLine.Of(start);
            _end = start + _rowBytes;
            asked += AskInRow(lines - asked);
        }

        return asked;
    }

    /// <summary>Asks for so many lines of the row that it is in, or what is left of them, and returns how many these were.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int AskInRow(int lines)
    {
        byte* next = _next;
        int count = (int)Math.Min(lines, (_end - next + CacheLine.Bytes - 1) / CacheLine.Bytes);
        for (int line = 0; line < count; line++)
        {
            CachePrefetch.LineToSecondCache(next);
            next += CacheLine.Bytes;
        }

        _next = next;
        return count;
    }
}
