using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>How many rows travel together, so that what one stage writes is in cache when the next one reads it.</summary>
internal static class TilePlan
{
    /// <summary>
    /// Outputs of an exact product larger than a share of the last cache are likely in memory, and are asked for ahead.
    /// </summary>
    private const long MemoryBytes = 8 * 1024 * 1024;

    /// <summary>
    /// Rows of A of so many bytes are beyond the second cache: the lines that trees test are asked for, and those of exact products (measured on Zen 4, 512 inputs, 100 outputs, C = 8, whole product: 1,000 rows 35 to 38 ns a row in cache, 140 to 110 after it was swept; 2,000 rows 36 to 38
    /// and 132 to 104, 3,500 rows 42 to 40 and 125 to 77).
    /// </summary>
    private const long AskedSourceBytes = 2 * 1024 * 1024;

    /// <summary>
    /// Lines of A that windows take, of so many bytes together, are likely in memory; where rows do not all start alike in these, and they are few, they come faster when they are asked for a block of rows at a time, window after window, than row by row
    /// (measured on Zen 4, 40,000 × 42 outputs, windows of 9 to 12 lines, ns a row: 300 inputs, C = 3 and 16, 44 and 50 to 39 and 41; C = 8 and 16, 500 inputs 49 and 82 to 44 and 56, 1,002 inputs 48 and 41 to 36 and 38). Not so in the last cache (10,000 × 500 × 100, C = 16: 35.6 to 37.2), nor
    /// with 13 lines (300 inputs, C = 8: 78 to 87), and where rows start alike not from 12 lines on (512 inputs, C = 16: 61 to 121).
    /// </summary>
    private const long BlockAskedBytes = 16 * 1024 * 1024;

    /// <summary>Of more lines a block has too many to be asked for at once.</summary>
    private const int MaxBlockLines = 12;

    /// <summary>
    /// A destination of so many bytes is beyond the second cache, and its lines are asked for between the steps of the sums (measured on Zen 4, 10,000 × 100 outputs, C = 8, whole product: 37.6 to 38.1 ns a row in the last cache, 79 to 55 after it was
    /// swept; 4,000 × 300 272 to 177; 2,000 × 512 in the last cache 92 to 95).
    /// </summary>
    private const long AskedBytes = 1024 * 1024;

    /// <summary>
    /// The same of one whose outputs are not consecutive, gaps within lines included: copies to it take longer, and fewer lines are waited for (measured on Zen 4, C = 8, whole product, without and so, ns a row: 10,000 × 100 outputs, 4 MB, column-major 81 to 82
    /// and 72 to 84, 128 bits 200 to 204 and 134 to 143, columns and rows 2 and more apart 117 to 212 and 98 to 159; 2,000 × 500 in the last cache 137 and 160).
    /// </summary>
    private const long AskedStridedBytes = 3 * 1024 * 1024;

    /// <summary>
    /// A destination larger than this leaves the caches anyway, and is written past them, in whole lines: these are not read before they are overwritten, and cannot drive each other out (measured on
    /// Cascade Lake, C = 16: 10,000 × 1,024 outputs 1,354 to 811 ns a row, × 512 521 to 460, 20,000 × 256 290 to 272; 4,000 × 256, 4 MB, 200 to 225).
    /// </summary>
    private const long StreamedBytes = 16 * 1024 * 1024;

    /// <summary>
    /// The same of one whose rows are longer than <see cref="WideOutputs"/>: these lines and tables hardly find each other in a cache (measured on Zen 4, C = 8, through the caches and past them, then with reading all outputs once: 100 × 30,000 outputs, 11 MB, 760 to 870 µs and 480, 870 to 1,050 and 925; 139 × 30,000, 16 MB, 1,530 to 1,670 and 600,
    /// 1,840 and 1,280. Shorter rows that caches hold are read faster from there: 800 × 5,000, 15 MB, 850 and 620, 1,010 and 1,260).
    /// </summary>
    private const long StreamedWideBytes = StreamedBytes / 2;

    private const int WideOutputs = 16 * 1024;

    /// <summary>Floats from row to row that share a cache set: 64 sets of 64-byte lines.</summary>
    private const int ConflictingStride = 1024;

    /// <summary>Where rows start behind cache lines, all of them alike, fewer outputs are not worth carrying from tile to tile (measured on Zen 4, 40 MB, 4 floats behind a line, through the caches and past them, ns a row: 64 outputs 12.2 and 13.4, 128 29 and 24, 256 56 and 47, 320 77 and 53).</summary>
    private const int MinCarriedOutputs = 128;

    /// <summary>The same where each row starts as it may, and none of its ends meets a line's (20 to 38 MB, C = 8 and 32, µs a call: 130 outputs 2,440 and 3,800, 4,500 and 5,500; 300 2,760 and 3,300, 4,100 and 4,600; 501 2,900 and 2,700, 4,100 and 4,200; 5,001 3,080 and 1,490, 5,200 and 2,900).</summary>
    private const int MinUnevenOutputs = 512;

    /// <summary>Fewer outputs than a group has are not worth a copy.</summary>
    private const int MinGroupedOutputs = 128;

    /// <summary>
    /// Fewer are not worth one to write past the caches, by kernels that do not themselves and where rows start cache lines (AVX2, C = 8, 20 to 40 MB, µs a call, through the caches and so: 784 outputs 1,870 to 1,935 and 1,805, 2,000 2,870 and 2,200, 5,008 3,060 to 3,400 and 2,080, 10,000 3,600 and 2,200; 1,024 and 2,048, in groups either way, 3,440
    /// and 2,360, 3,600 to 4,200 and 2,230). Rows that start elsewhere, whose runs end within lines, are worth it where they are very long and not a few (5,001 outputs 3,840 and 4,290, 10,001 4,490 to 4,690 and 3,790 to 4,650, 139 × 30,000 2,660 to 3,320 and 1,130, 64 × 100,000 5,900 and 4,500, but 20 × 300,000 6,900 and 9,000).
    /// </summary>
    private const int MinStreamedGroupedOutputs = 1024;

    /// <summary>Rows gathered and encoded at once: at C = 16, 64 columns × 64 rows of float32 are 16 KB.</summary>
    internal const int GatherRows = 64;

    /// <summary>Rows accumulated in one pass over all tables where these are few, so that a large destination is written nearly in address order, and what is asked for ahead stays in the second cache until then.</summary>
    internal const int PassRows = 64;

    /// <summary>
    /// Rows of a pass that writes less than the second cache holds, or past the caches: every tile's tables come to the first cache once a pass (measured on Zen 4, from codes, ns a row, 64, 128 and 256 rows: 512 × 64 outputs, C = 4,
    /// 5.9, 5.5 and 5.3, × 512 56, 51 and 48; whole product 10,000 × 512 × 512, C = 8, streamed, 110, 106 and 103; 3,500 × 1,000, C = 8, through the caches, 168, 170 and 194).
    /// </summary>
    private const int LongPassRows = 256;

    /// <summary>Bytes that a pass may write through the caches where the next pass's lines are asked for meanwhile (10,000 × 100 outputs, C = 4 and 16, 64 and 256 rows: 14.3 and 25.3, 12.8 and 23.3 ns a row).</summary>
    private const int LongPassBytes = 320 * 1024;

    /// <summary>Rows of outputs wider than this are searched a block at a time, or they would take more memory than they save.</summary>
    internal const int MaxSearchStride = (int)(StreamedWideBytes / (PassRows * sizeof(float)));

    /// <summary>And of still wider ones a row at a time.</summary>
    internal const int MaxBlockSearchStride = 1024 * 1024;

    /// <summary>Elements from one gathered column to the next: one block more than needed, so that columns do not share cache sets.</summary>
    internal const int GatherStride = GatherRows + CodeBlock.Rows;

    /// <summary>Of L2, what codes may take that wait to be accumulated.</summary>
    private const int CodeBudget = 256 * 1024;

    /// <summary>Columns are asked for as many rows ahead, see <see cref="Kernels.EncodeTile{T}.AskAhead"/>.</summary>
    private const int MaxRows = EncodeTile<byte>.RowsAhead;

    /// <summary>
    /// Rows encoded, then accumulated: enough for the hardware to see columns as streams where they are read in place, and few enough to keep their codes within L2 (measured:
    /// 256 to 8,192 rows are alike, fewer are slower; asking for the next tile's columns during the sums gained nothing).
    /// </summary>
    internal static int RowsFor(int rows, int codebooks)
    {
        int affordable = CodeBudget / CodeBlockStride(codebooks) * CodeBlock.Rows;
        int wanted = (int)Math.Min(((long)rows + CodeBlock.Rows - 1) / CodeBlock.Rows * CodeBlock.Rows, MaxRows);
        return Math.Max(CodeBlock.Rows, Math.Min(wanted, affordable));
    }

    /// <summary>Rows accumulated in one pass over all tables: a multiple of <see cref="PassRows"/>.</summary>
    internal static int PassRowsFor(in PinnedMatrix<float> destination, bool isStreamed)
    {
        if (destination.ColumnStride != 1)
        {
            return PassRows;
        }

        if (isStreamed || !IsAskedFor(destination))
        {
            return LongPassRows;
        }

        long affordable = LongPassBytes / (sizeof(float) * (long)destination.Columns);
        return (int)Math.Clamp(affordable / PassRows * PassRows, PassRows, LongPassRows);
    }

    /// <summary>Whether the outputs of an exact product are likely in memory, so that their lines are asked for ahead.</summary>
    /// <param name="rows">Its rows.</param>
    /// <param name="floats">Floats from one row to the next.</param>
    internal static bool IsInMemory(int rows, nint floats) => (long)rows * floats * sizeof(float) >= MemoryBytes;

    /// <summary>Whether lines of rows of A are asked for ahead.</summary>
    internal static bool IsAskedFor(int rows, nint rowStride, int elementBytes) => (long)rows * rowStride * elementBytes >= AskedSourceBytes;

    /// <summary>Whether lines of A are asked for a block of rows at a time.</summary>
    /// <param name="source">A.</param>
    /// <param name="lines">Lines of a row, of which the next one may share the last.</param>
    internal static bool AreAskedByBlocks<T>(in PinnedMatrix<T> source, int lines)
        where T : unmanaged =>
        source.Lead is null && lines <= MaxBlockLines && source.Rows * Math.Min(lines * CacheLine.Bytes, Math.Abs((long)source.RowStride) * Unsafe.SizeOf<T>()) >= BlockAskedBytes;

    /// <summary>Whether lines of a destination that is written through the caches are asked for ahead.</summary>
    internal static bool IsAskedFor(in PinnedMatrix<float> destination)
    {
        nint stride = Math.Min(destination.RowStride, destination.ColumnStride);
        return stride < CacheLine.Floats && (long)destination.Rows * destination.Columns * stride * sizeof(float) >= (destination.ColumnStride == 1 ? AskedBytes : AskedStridedBytes);
    }

    /// <summary>
    /// Whether rows of a destination stand so far apart that a tile's 16 rows fall into one set of the first cache: multiples of 4 KB. (Of 2 KB they fall into two: there groups
    /// won in L2 only, 88 to 64 ns a row at 512 outputs, C = 8, and lost beyond, 71 to 78.)
    /// </summary>
    internal static bool IsGrouped(in PinnedMatrix<float> destination) =>
        destination.Rows >= CodeBlock.Rows && destination.Columns >= MinGroupedOutputs && destination.RowStride % ConflictingStride == 0;

    /// <summary>Whether kernels that do not write past the caches have it done as groups are copied.</summary>
    internal static bool AreGroupsStreamed(in PinnedMatrix<float> destination) =>
        IsBeyondCaches(destination)
        && destination.IsAligned
        && (destination.Lead == 0 ? destination.Columns >= MinStreamedGroupedOutputs : destination.Columns > WideOutputs && destination.Rows >= PassRows);

    /// <summary>Whether a destination is written past the caches, by kernels that can: where all rows start cache lines, or are long.</summary>
    internal static bool IsStreamed(in PinnedMatrix<float> destination)
    {
        if (!IsBeyondCaches(destination) || !destination.IsAligned)
        {
            return false;
        }

        int least = destination.Lead switch { 0 => 0, null => MinUnevenOutputs, _ => MinCarriedOutputs };
        return destination.Columns >= least;
    }

    /// <summary>Whether it would leave the caches before it is read, and has consecutive outputs. Blocks that are searched, and read again at once, are no such destination: they have 16 rows at most, or fewer bytes than both limits, see <see cref="MaxSearchStride"/>.</summary>
    internal static bool IsBeyondCaches(in PinnedMatrix<float> destination) =>
        destination.ColumnStride == 1 && destination.Rows > CodeBlock.Rows && (long)destination.Rows * destination.Columns * sizeof(float) > (destination.Columns > WideOutputs ? StreamedWideBytes : StreamedBytes);

    /// <summary>Bytes from one block's codes to the next block's: an even number of codebooks, as kernels read pairs.</summary>
    internal static int CodeBlockStride(int codebooks) => CodeBlock.Rows * (codebooks + (codebooks & 1));
}
