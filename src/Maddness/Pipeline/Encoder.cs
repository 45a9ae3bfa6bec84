using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Maddness.Common;
using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>
/// Encodes rows of A, tile by tile. Columns whose rows are contiguous are read where they stand, in whole blocks of 16 rows, and so are rows of float32 whose tested columns stand in few windows, see
/// <see cref="PermutedColumns"/>. Of other rows the tested columns are transposed to column-major scratch, see <see cref="ColumnGroups"/>; those of any other layout, and of one to three last rows, are copied there.
/// </summary>
internal readonly unsafe ref struct Encoder<T>
    where T : unmanaged
{
    /// <summary>
    /// How many rows ahead lines are asked for: scattered columns give the hardware no pattern to follow. To the second cache: more requests are in flight on the way there than to the first one, and of lines 2 KB apart few stay in the first one
    /// (measured on Zen 4, 100,000 × 512, ns a row, to the first cache 12 rows ahead, to the second 12 and 24 ahead, without asking: C = 1 43, 21, 13, 38, C = 4 88, 34, 27, 71, C = 32 176, 108, 111, 121).
    /// </summary>
    private const int PrefetchRows = 24;

    /// <summary>
    /// Lines of eight rows of which not more are asked for at once, before these rows' groups are transposed; of more lines some are asked for before every few groups (measured on Zen 4, 60,000 rows from memory, ns a row, at once and so: 512 inputs, C = 64, all 32 lines 184 and 130; 500 inputs, C = 16
    /// 121 and 112, C = 4, some 16 lines, 43 and 63; 8 lines 28 to 57, and 40 to 60).
    /// </summary>
    private const int MaxLinesAtOnce = 24, LinesOfTurn = 4;

    /// <summary>Fewer last rows are copied faster than they are transposed.</summary>
    private const int MinTransposedRows = 4;

    private readonly EncodePlan _plan;
    private readonly PinnedMatrix<T> _source;
    private readonly T* _gathered;
    private readonly nint* _directOffsets;
    private readonly nint* _touchedOffsets;
    private readonly nint* _askedOffsets;
    private readonly int _asked;

    /// <summary>Whether lines that columns are permuted out of are asked for a block of rows at a time, and not row by row.</summary>
    private readonly bool _asksBlocks;

    /// <summary>See <see cref="WatchedLine"/>; −1 where there is none.</summary>
    private readonly nint _watched;

    /// <summary>Not null where columns are permuted out of rows as these stand.</summary>
    private readonly PermutedColumns? _permuted;

    /// <summary>Not null where groups of columns are transposed.</summary>
    private readonly AlignedBuffer<ColumnGroup>? _groups;

    /// <summary>How what does not stand column by column is read: in one of two ways, or by copies of the touched columns.</summary>
    internal readonly record struct Reading(PermutedColumns? Permuted, AlignedBuffer<ColumnGroup>? Groups);

    /// <summary>Scratch needed for one thread.</summary>
    internal static long ScratchBytes(EncodePlan plan, in PinnedMatrix<T> source, Reading reading) =>
        (reading.Permuted is not null ? 0 : Scratch.SizeOf<T>(GatheredElements(plan)))
        + (source.RowStride == 1 ? Scratch.SizeOf<nint>(plan.Trees.Columns.Length) : 0)
        + (source.ColumnStride != 1 ? Scratch.SizeOf<nint>(plan.TouchedColumns.Length) : 0)
        + (IsAskedFor(source) ? Scratch.SizeOf<nint>(MostAsked(plan, reading)) : 0);

    /// <summary>The encoder of one thread.</summary>
    internal Encoder(EncodePlan plan, scoped in PinnedMatrix<T> source, Reading reading, bool writesToMemory, ref Scratch scratch)
    {
        _plan = plan;
        _source = source;
        _permuted = reading.Permuted;
        _groups = reading.Groups;
        _watched = plan.WatchesLines && IsAskedFor(source) && !writesToMemory ? WatchedLine.Find(source, plan.TouchedColumns) : -1;
        if (_permuted is null)
        {
            _gathered = scratch.Take<T>(GatheredElements(plan));
        }

        if (source.RowStride == 1)
        {
            _directOffsets = Offsets(plan.Trees.Columns, source.ColumnStride, ref scratch);
        }

        _touchedOffsets = source.ColumnStride == 1 ? plan.TouchedOffsets.Pointer : Offsets(plan.TouchedColumns, source.ColumnStride, ref scratch);

        if (IsAskedFor(source))
        {
            int most = MostAsked(plan, reading);
            _askedOffsets = scratch.Take<nint>(most);
            _asked = _permuted is not null
                ? AskedColumns.ChooseWindows(_permuted.FirstColumns, source, new Span<nint>(_askedOffsets, most))
                : AskedColumns.Choose(_touchedOffsets, plan.TouchedColumns.Length, source, _askedOffsets);
            _asksBlocks = _permuted is not null && TilePlan.AreAskedByBlocks(source, _asked);
        }
    }

    /// <summary>Encodes <paramref name="rows"/> rows from <paramref name="start"/> on; the codes of a last block's missing rows are arbitrary, but codes: sums load at them, too.</summary>
    [MethodImpl(Compiled.Once)]
    internal void Encode<TKernel>(int start, int rows, byte* codes)
        where TKernel : struct, IKernel
    {
        EncodeTile<T> tile = TileOf(_plan, codes);
        int done = 0;
        if (_source.RowStride == 1 && rows >= CodeBlock.Rows)
        {
            // Blocks lie wholly inside the source: done is at most rows.
            tile.Blocks = rows / CodeBlock.Rows;
            tile.Source = _source.Row(start);
            tile.ColumnOffsets = _directOffsets;
            tile.IsCold = true;
            TKernel.Encode(tile);
            done = tile.Blocks * CodeBlock.Rows;
        }

        if (_permuted is not null)
        {
            EncodePermuted<TKernel>(_permuted, start + done, rows - done, codes + (done / CodeBlock.Rows * tile.CodeBlockStride));
            return;
        }

        tile.IsCold = false;
        tile.Source = _gathered;
        tile.ColumnOffsets = _plan.GatherOffsets.Pointer;
        while (done < rows)
        {
            int count = Math.Min(TilePlan.GatherRows, rows - done);
            if (_groups is not null)
            {
                TransposeGroups<TKernel>(_groups, start + done, count);
            }
            else if (_source.RowStride == 1)
            {
                GatherColumns(start + done, count);
            }
            else
            {
                Gather(start + done, count, _gathered);
            }

            tile.Codes = codes + (done / CodeBlock.Rows * tile.CodeBlockStride);
            tile.Blocks = (count + CodeBlock.Rows - 1) / CodeBlock.Rows;
            TKernel.Encode(tile);
            done += count;
        }
    }

    /// <summary>Encodes what somebody has copied of the columns that trees test, <see cref="TilePlan.GatherStride"/> apart: whole blocks, of which there is one for each 16 rows.</summary>
    internal static void EncodeCopied<TKernel>(EncodePlan plan, T* copies, int rows, byte* codes)
        where TKernel : struct, IKernel
    {
        EncodeTile<T> tile = TileOf(plan, codes);
        tile.Source = copies;
        tile.ColumnOffsets = plan.GatherOffsets.Pointer;
        tile.Blocks = (rows + CodeBlock.Rows - 1) / CodeBlock.Rows;
        TKernel.Encode(tile);
    }

    /// <summary>How a kernel reads the rows of a matrix.</summary>
    internal static Reading ReadingOf<TKernel>(EncodePlan plan, in PinnedMatrix<T> source)
        where TKernel : struct, IKernel
    {
        if (!TKernel.TransposesGroups)
        {
            return default;
        }

        // Made at the first call, whatever its strides are: later ones allocate nothing.
        int? lead = source.Lead;
        PermutedColumns? permuted = typeof(T) == typeof(float) && TKernel.EncodesRows ? plan.PermutedAt(lead) : null;
        int columns = ColumnGroup.ColumnsOf(sizeof(T));
        AlignedBuffer<ColumnGroup>? groups = plan.GroupsAt(source.RowStride % columns == 0 ? (int)((nuint)source.First / (nuint)sizeof(T) % (nuint)columns) : 0);
        return source.ColumnStride != 1 ? default
            : permuted is not null ? new(permuted, null)
            : new(null, groups);
    }

    private static EncodeTile<T> TileOf(EncodePlan plan, byte* codes) => new()
    {
        Thresholds = plan.Thresholds.Pointer,
        Codes = codes,
        CodeBlockStride = TilePlan.CodeBlockStride(plan.Trees.Codebooks),
        Codebooks = plan.Trees.Codebooks,
        Levels = plan.Trees.Levels,
    };

    private static bool IsAskedFor(in PinnedMatrix<T> source) => TilePlan.IsAskedFor(source.Rows, source.RowStride, sizeof(T));

    /// <summary>Places in a row to ask for, at most: both ends of each window that is read whole.</summary>
    private static int MostAsked(EncodePlan plan, Reading reading) => 2 * reading.Permuted?.FirstColumns.Length ?? plan.TouchedColumns.Length;

    /// <summary>What is gathered of rows encoded at once.</summary>
    private static long GatheredElements(EncodePlan plan) => (long)plan.TouchedColumns.Length * TilePlan.GatherStride;

    /// <summary>Where columns stand within a row, in elements.</summary>
    [MethodImpl(Compiled.Once)]
    internal static nint* Offsets(int[] columns, nint columnStride, ref Scratch scratch)
    {
        nint* offsets = scratch.Take<nint>(columns.Length);
        for (int i = 0; i < columns.Length; i++)
        {
            offsets[i] = columns[i] * columnStride;
        }

        return offsets;
    }

    /// <summary>Asks for the watched lines of rows ahead, and reads those of some rows, which were asked for in their time.</summary>
    [MethodImpl(Compiled.Once)]
    private void AskForWatched(int start, int rows)
    {
        if (_watched < 0)
        {
            return;
        }

        for (int row = start; row < start + rows; row++)
        {
            T* element = _source.Row(row) + _watched;
            if (row + PrefetchRows < _source.Rows)
            {
                CachePrefetch.LineToSecondCache(element + (PrefetchRows * _source.RowStride));
            }

            // A read that nothing takes out.
            _ = Volatile.Read(ref *(byte*)element);
        }
    }

    /// <summary>Encodes rows where they stand, block by block. Each window ends at or before its row's end.</summary>
    [MethodImpl(Compiled.Once)]
    private void EncodePermuted<TKernel>(PermutedColumns columns, int start, int rows, byte* codes)
        where TKernel : struct, IKernel
    {
        RowBlock block = new() { RowStride = _source.RowStride, Asked = _askedOffsets, AskedRows = PrefetchRows };
        columns.Describe(ref block);
        int stride = TilePlan.CodeBlockStride(_plan.Trees.Codebooks);
        for (int done = 0; done < rows; done += CodeBlock.Rows)
        {
            block.Source = (float*)_source.Row(start + done);
            block.Rows = Math.Min(CodeBlock.Rows, rows - done);
            block.AskedCount = !_asksBlocks && start + done + block.Rows + PrefetchRows <= _source.Rows ? _asked : 0;
            block.Codes = codes;
            if (_asksBlocks)
            {
                AskFor(start + done + CodeBlock.Rows, CodeBlock.Rows, 0, _asked);
            }

            AskForWatched(start + done, block.Rows);
            TKernel.EncodeRows(block);
            codes += stride;
        }
    }

    /// <summary>
    /// Asks for some of the lines of rows, as far as there are any, line after line. To the second cache: 8 windows of 16 rows 2 KB apart fill the first one twice over (measured on Zen 4, 100,000 × 512, C = 16: 105 ns a row to the
    /// first cache, 66 to the second one, 101 without asking).
    /// </summary>
    /// <param name="start">The first row; it may be beyond the last one.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="first">The first of the places that are asked for.</param>
    /// <param name="end">The place behind the last.</param>
    [MethodImpl(Compiled.Once)]
    private void AskFor(int start, int rows, int first, int end)
    {
        if (start >= _source.Rows)
        {
            return;
        }

        rows = Math.Min(rows, _source.Rows - start);
        for (int place = first; place < end; place++)
        {
            T* element = _source.Row(start) + _askedOffsets[place];
            for (int row = 0; row < rows; row++)
            {
                CachePrefetch.LineToSecondCache(element);
                element += _source.RowStride;
            }
        }
    }

    /// <summary>
    /// Transposes the touched columns of some rows, group by group, to column-major scratch. Of last rows that are not eight most are transposed once more, with those before them, or of float32 four at a time where these are enough, or eight rows of a column would
    /// lie in two cache lines of scratch (measured on Emerald Rapids, 512 inputs, C = 64, 10 outputs, µs a call, eight again and by fours: 20 rows 2.94 and 2.30, 21 2.99 and 2.70, 36 4.16 and 3.47, 100 8.83 and 8.13, but 13 rows, whose last eight share a line, 1.65 and 2.01); a few are copied.
    /// </summary>
    [MethodImpl(Compiled.Once)]
    private void TransposeGroups<TKernel>(AlignedBuffer<ColumnGroup> groups, int start, int count)
        where TKernel : struct, IKernel
    {
        int row = 0;
        for (; row <= count - GroupTranspose.Rows; row += GroupTranspose.Rows)
        {
            TransposeRows<TKernel>(groups, start, row);
        }

        int left = count - row;
        if (typeof(T) == typeof(float) && left >= MinTransposedRows && (left == MinTransposedRows || row % CodeBlock.Rows == 0))
        {
            // The first four of them and the last four, which may be the same.
            TransposeFourRows(groups, start, row);
            if (left > MinTransposedRows)
            {
                TransposeFourRows(groups, start, count - MinTransposedRows);
            }
        }
        else if (left >= MinTransposedRows && row > 0)
        {
            TransposeRows<TKernel>(groups, start, count - GroupTranspose.Rows);
        }
        else if (left > 0)
        {
            Gather(start + row, left, _gathered + row);
        }
    }

    private void TransposeFourRows(AlignedBuffer<ColumnGroup> groups, int start, int row) =>
        Vector128Kernel.TransposeFourRows((float*)_source.Row(start + row), _source.RowStride, groups.Pointer, groups.Length, (float*)_gathered + row, TilePlan.GatherStride);

    /// <summary>Transposes eight rows, which are in the source: each group lies within a row, and scratch has a column for each that is touched.</summary>
    [MethodImpl(Compiled.Once)]
    private void TransposeRows<TKernel>(AlignedBuffer<ColumnGroup> groups, int start, int row)
        where TKernel : struct, IKernel
    {
        int turns = _asked > MaxLinesAtOnce ? _asked / LinesOfTurn : 1;
        AskForWatched(start + row, GroupTranspose.Rows);
        T* source = _source.Row(start + row);
        T* target = _gathered + row;
        for (int turn = 0; turn < turns; turn++)
        {
            AskFor(start + row + PrefetchRows, GroupTranspose.Rows, _asked * turn / turns, _asked * (turn + 1) / turns);
            int first = groups.Length * turn / turns, end = groups.Length * (turn + 1) / turns;
            target = typeof(T) == typeof(float)
                ? (T*)TKernel.TransposeGroups((float*)source, _source.RowStride, groups.Pointer + first, end - first, (float*)target, TilePlan.GatherStride)
                : IntegerGroups.Run(source, _source.RowStride, groups.Pointer + first, end - first, target, TilePlan.GatherStride);
        }
    }

    /// <summary>
    /// Copies what a last block has of the touched columns, whose rows are contiguous: the same few bytes of each, as two moves that overlap, since nothing beyond them may be read (measured on Zen 4, 512 inputs, 16 codebooks, 10 outputs, whole product, 12, 15 and 31 rows: 622, 660 and 846 ns row by row, 523, 534 and 685 so; 16 rows take 518).
    /// </summary>
    [MethodImpl(Compiled.Once)]
    private void GatherColumns(int start, int count)
    {
        nint stride = TilePlan.GatherStride * sizeof(T);
        int bytes = count * sizeof(T);
        byte* source = (byte*)_source.Row(start);
        byte* target = (byte*)_gathered;
        for (int column = 0; column < _plan.TouchedColumns.Length; column++)
        {
            byte* from = source + (_touchedOffsets[column] * sizeof(T));
            if (bytes >= 32)
            {
                // At most 15 rows of 4 bytes.
                Vector256<byte> last = Vector256.Load(from + bytes - 32);
                Vector256.Load(from).Store(target);
                last.Store(target + bytes - 32);
            }
            else if (bytes >= 16)
            {
                Vector128<byte> last = Vector128.Load(from + bytes - 16);
                Vector128.Load(from).Store(target);
                last.Store(target + bytes - 16);
            }
            else if (bytes >= 8)
            {
                ulong last = Unsafe.ReadUnaligned<ulong>(from + bytes - 8);
                Unsafe.WriteUnaligned(target, Unsafe.ReadUnaligned<ulong>(from));
                Unsafe.WriteUnaligned(target + bytes - 8, last);
            }
            else
            {
                for (int i = 0; i < bytes; i++)
                {
                    target[i] = from[i];
                }
            }

            target += stride;
        }
    }

    /// <summary>Copies the touched columns of some rows, row after row in address order, to column-major scratch.</summary>
    [MethodImpl(Compiled.Once)]
    private void Gather(int start, int count, T* gathered)
    {
        const nint Stride = TilePlan.GatherStride;
        int columns = _plan.TouchedColumns.Length;
        int asked = _asked;
        nint* touched = _touchedOffsets;
        nint* askedOffsets = _askedOffsets;
        for (int row = 0; row < count; row++)
        {
            if (row % CodeBlock.Rows == 0)
            {
                AskForWatched(start + row, Math.Min(CodeBlock.Rows, count - row));
            }

            T* source = _source.Row(start + row);
            T* target = gathered + row;
            if (asked > 0 && start + row + PrefetchRows < _source.Rows)
            {
                T* ahead = source + (PrefetchRows * _source.RowStride);
                for (int i = 0; i < asked; i++)
                {
                    CachePrefetch.LineToSecondCache(ahead + askedOffsets[i]);
                }
            }

            int column = 0;
            for (; column <= columns - 4; column += 4)
            {
                target[0] = source[touched[column]];
                target[Stride] = source[touched[column + 1]];
                target[2 * Stride] = source[touched[column + 2]];
                target[3 * Stride] = source[touched[column + 3]];
                target += 4 * Stride;
            }

            for (; column < columns; column++)
            {
                *target = source[touched[column]];
                target += Stride;
            }
        }
    }
}
