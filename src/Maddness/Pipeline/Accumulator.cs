using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Maddness.Common;
using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>
/// Sums table entries by codes and writes floats, a pass of a few blocks of rows at a time, output tile by output tile. Passes are short, so that the
/// destination is written almost in address order, and what the next pass will write is asked for during this one: memory is fetched before it is overwritten, and
/// waiting for that costs more than the sums (see <see cref="LinesAhead"/>). (Large ones are written past the caches: straight from the registers, see <see cref="TilePlan.IsStreamed"/>, or at levels that cannot as groups are copied, where that wins, see <see cref="TilePlan.AreGroupsStreamed"/>.) A destination whose outputs are not consecutive gets them through a scratch strip.
/// </summary>
internal readonly unsafe ref struct Accumulator : ICodeConsumer
{
    /// <summary>Outputs of a strip: a multiple of every kernel's tile.</summary>
    private const int StripOutputs = 64;

    /// <summary>Outputs of a staged group: whole tiles of every kernel, and runs of eight lines to copy.</summary>
    private const int GroupOutputs = 128;

    /// <summary>Floats from one staged row to the next: a line more than needed, so that rows do not share cache sets.</summary>
    private const int GroupStride = GroupOutputs + CacheLine.Floats;

    private readonly PackedTables _tables;
    private readonly OutputRange _outputs;
    private readonly PinnedMatrix<float> _destination;
    private readonly float* _strip;
    private readonly float* _group;
    private readonly Summation _summation;
    private readonly PackedTiles? _tiles;
    private readonly int _passRows;
    private readonly float* _carry;
    private readonly bool _isStreamed;
    private readonly float _floor;
    private readonly LinesAhead* _ahead;

    private Accumulator(
        PackedTables tables,
        OutputRange outputs,
        Summation summation,
        scoped in PinnedMatrix<float> destination,
        float* strip,
        float* group,
        float* carry,
        PackedTiles? tiles,
        bool isStreamed,
        float floor,
        LinesAhead* ahead)
    {
        _outputs = outputs;
        _carry = carry;
        _tables = tables;
        _summation = summation;
        _destination = destination;
        _strip = strip;
        _group = group;
        _tiles = tiles;
        _passRows = TilePlan.PassRowsFor(destination, isStreamed);
        _isStreamed = isStreamed;
        _floor = floor;
        _ahead = ahead;
    }

    /// <summary>Scratch needed for one thread.</summary>
    internal static long ScratchBytes(in PinnedMatrix<float> destination) =>
        Scratch.SizeOf<float>(StripFloats(destination))
        + Scratch.SizeOf<float>(GroupFloats(destination))
        + Scratch.SizeOf<float>(CarryFloats(destination))
        + (TilePlan.IsAskedFor(destination) ? Scratch.SizeOf<LinesAhead>(1) : 0);

    /// <summary>The sums of some outputs of the rows of one thread; the destination is that of all of them.</summary>
    internal static Accumulator Create<TKernel>(
        PackedTables tables, OutputRange outputs, Summation summation, Activation activation, scoped in PinnedMatrix<float> destination, scoped ref Scratch scratch)
        where TKernel : struct, IKernel
    {
        bool useTiles = UsesTiles<TKernel>(tables, summation, destination);
        bool isStreamed = IsStreamed<TKernel>(tables, summation, destination);
        long strip = StripFloats(destination), group = isStreamed ? 0 : GroupFloats(destination), carry = isStreamed && destination.Lead != 0 ? CarryFloats(destination) : 0;
        isStreamed |= useTiles && group > 0 && TilePlan.AreGroupsStreamed(destination);

        tables.Prepare<TKernel>();
        float* stripMemory = strip > 0 ? scratch.Take<float>(strip) : null;
        float* groupMemory = group > 0 ? scratch.Take<float>(group) : null;
        float* carryMemory = carry > 0 ? scratch.Take<float>(carry) : null;
        LinesAhead* ahead = !isStreamed && TilePlan.IsAskedFor(destination) ? scratch.Take<LinesAhead>(1) : null;
        return new(tables, outputs, summation, destination, stripMemory, groupMemory, carryMemory, useTiles ? tables.Tiles<TKernel>() : null, isStreamed, activation == Activation.Relu ? 0 : float.NegativeInfinity, ahead);
    }

    /// <summary>Bytes from one block's codes to the next block's.</summary>
    internal int CodeBlockStride => TilePlan.CodeBlockStride(_tables.Tables.Codebooks);

    /// <summary>Writes the outputs of <paramref name="rows"/> rows from <paramref name="start"/> on.</summary>
    [MethodImpl(Compiled.Once)]
    public void Consume<TKernel>(byte* codes, int start, int rows)
        where TKernel : struct, IKernel
    {
        int stride = CodeBlockStride;
        for (int done = 0; done < rows; done += _passRows)
        {
            int count = Math.Min(_passRows, rows - done);
            if (_ahead != null)
            {
                int next = Math.Min(start + done + count, _destination.Rows);
                float* first = _destination.Row(next) + (_outputs.First * _destination.ColumnStride);
                _ahead->Set(first, _destination.RowStride, _destination.ColumnStride, Math.Min(_passRows, _destination.Rows - next), _outputs.Count);
            }

            Pass<TKernel>(codes + (done / CodeBlock.Rows * stride), start + done, count);
        }

        if (_isStreamed)
        {
            // Whoever waits for this thread must find what it has written; releases do not order streamed stores.
            Thread.MemoryBarrier();
        }
    }

    /// <summary>Writes the outputs of row <paramref name="row"/>, whose codes stand in those of a block from <paramref name="codes"/> on.</summary>
    internal void ConsumeRow<TKernel>(byte* codes, int row)
        where TKernel : struct, IKernel
    {
        OutputTile tile = _tables.NewTile(codes, 1, _floor);
        RunRows<TKernel>(ref tile, row);
    }

    private static bool UsesTiles<TKernel>(PackedTables tables, Summation summation, in PinnedMatrix<float> destination)
        where TKernel : struct, IKernel =>
        TKernel.TileOutputs(tables.Tables.Leaves) > 0 && destination.Rows >= TKernel.MinTileRows(tables.Tables.Leaves, tables.Tables.Outputs, tables.Tables.Codebooks) && summation == Summation.Exact;

    /// <summary>Whether whole tiles go straight from registers past the caches: then none may take the way of sums that do not fit them.</summary>
    private static bool IsStreamed<TKernel>(PackedTables tables, Summation summation, in PinnedMatrix<float> destination)
        where TKernel : struct, IKernel =>
        UsesTiles<TKernel>(tables, summation, destination)
        && TilePlan.IsStreamed(destination)
        && TKernel.Streams
        && tables.Tables.Codebooks <= OutputTile.FlushCodebooks
        && tables.ScalesAreModerate;

    private static long StripFloats(in PinnedMatrix<float> destination) => destination.ColumnStride == 1 ? 0 : (long)TilePlan.PassRows * StripOutputs;

    private static long GroupFloats(in PinnedMatrix<float> destination) => destination.ColumnStride == 1 && (TilePlan.IsGrouped(destination) || TilePlan.AreGroupsStreamed(destination)) ? CodeBlock.Rows * GroupStride : 0;

    /// <summary>What a streamed destination may need, wherever it starts: memory of scratch has no address yet when its size is asked for.</summary>
    private static long CarryFloats(in PinnedMatrix<float> destination) => TilePlan.IsBeyondCaches(destination) ? (TilePlan.PassRowsFor(destination, isStreamed: true) + 1) * OutputTile.CarryStride : 0;

    private void Pass<TKernel>(byte* codes, int start, int rows)
        where TKernel : struct, IKernel
    {
        // Last rows that would leave most of a block empty go one by one.
        int last = rows % CodeBlock.Rows;
        int tiled = _tiles is null ? 0 : last < TKernel.MinTailRows(_tables.Tables.Leaves, _tables.Tables.Outputs) ? rows - last : rows;
        if (tiled > 0)
        {
            OutputTile tile = _tables.NewTile(codes, tiled, _floor);
            RunTiles<TKernel>(ref tile, start);
        }

        if (tiled < rows)
        {
            OutputTile tile = _tables.NewTile(codes + (tiled / CodeBlock.Rows * CodeBlockStride), rows - tiled, _floor);
            RunRows<TKernel>(ref tile, start + tiled);
        }
    }

    [MethodImpl(Compiled.Once)]
    private void RunTiles<TKernel>(ref OutputTile tile, int start)
        where TKernel : struct, IKernel
    {
        tile.IsStreamed = _isStreamed && _carry == null && _group == null;
        tile.Ahead = _ahead;
        if (_group != null)
        {
            tile.Tables = _tiles!.First;
            RunGroups<TKernel>(tile, start);
        }
        else
        {
            RunWide<TKernel>(tile, start);
        }

        // Behind the last wide tile, if that end is in the range.
        tile.Tables = _tiles!.First + ((nint)_tiles.WideTiles * _tiles.TileBytes);
        for (int i = 0; i < _tiles.NarrowTiles && _outputs.End == _tables.Tables.Outputs; i++)
        {
            int output = (_tiles.WideTiles * _tiles.Outputs) + (i * _tiles.NarrowOutputs);
            tile.Outputs = Math.Min(_tiles.NarrowOutputs, _tables.Tables.Outputs - output);
            RunTile<TKernel>(tile, start, output, isNarrow: true);
            tile.Tables += _tiles.NarrowTileBytes;
        }
    }

    [MethodImpl(Compiled.Once)]
    private void RunWide<TKernel>(OutputTile tile, int start)
        where TKernel : struct, IKernel
    {
        int outputs = _tiles!.Outputs;
        int end = Math.Min(_outputs.End, _tiles.WideTiles * outputs);
        tile.Tables = _tiles.First + ((nint)(_outputs.First / outputs) * _tiles.TileBytes);
        for (int output = _outputs.First; output < end; output += outputs)
        {
            tile.Outputs = Math.Min(outputs, end - output);
            if (_carry != null)
            {
                RunCarried<TKernel>(tile, start, output);
            }
            else
            {
                RunTile<TKernel>(tile, start, output, isNarrow: false);
            }

            tile.Tables += _tiles.TileBytes;
        }
    }

    /// <summary>
    /// Whole tiles to a destination whose rows share cache sets: a few tiles side by side, block by block, in scratch, then each row's run at once. Straight there, 16 rows of one
    /// tile drive each other out of the cache before they are written (measured, 1,024 outputs, C = 16: 300 ns a row straight and 158 so in L2, 445 and 347 beyond). Kernels that do not write past the caches themselves have large destinations written so.
    /// </summary>
    [MethodImpl(Compiled.Once)]
    private void RunGroups<TKernel>(OutputTile tile, int start)
        where TKernel : struct, IKernel
    {
        int tileOutputs = _tiles!.Outputs;
        int end = Math.Min(_outputs.End, _tiles.WideTiles * tileOutputs);
        byte* codes = tile.Codes, tables = tile.Tables;
        int rows = tile.Rows;
        tile.RowStride = GroupStride;
        for (int first = _outputs.First; first < end; first += GroupOutputs)
        {
            int width = Math.Min(GroupOutputs, end - first);
            for (int row = 0; row < rows; row += CodeBlock.Rows)
            {
                tile.Codes = codes + (row / CodeBlock.Rows * tile.CodeBlockStride);
                tile.Rows = Math.Min(CodeBlock.Rows, rows - row);
                for (int output = first; output < first + width; output += tileOutputs)
                {
                    tile.Outputs = Math.Min(tileOutputs, end - output);
                    tile.Tables = tables + ((nint)(output / tileOutputs) * _tiles.TileBytes);
                    _tables.Aim(ref tile, output);
                    tile.Destination = _group + (output - first);
                    TKernel.SumTile(tile);
                }

                CopyGroup(_destination.Row(start + row) + first, width, tile.Rows);
            }
        }
    }

    /// <summary>
    /// A tile of a destination whose rows do not all start cache lines. The first one of the range keeps the outputs before the first whole line, which the last whole one stores: where these are whole rows without gaps, together with the last
    /// outputs of the row before, as a whole line, past the caches too.
    /// </summary>
    private void RunCarried<TKernel>(OutputTile tile, int start, int output)
        where TKernel : struct, IKernel
    {
        int tileOutputs = _tiles!.Outputs;
        int end = _outputs.End / tileOutputs * tileOutputs;
        int wholeRows = tile.Rows / CodeBlock.Rows * CodeBlock.Rows;
        if (output < end)
        {
            tile.Carry = CarryOf(0);
            tile.Heads = output == _outputs.First ? HeadOf(0) : null;
        }

        RunTile<TKernel>(tile, start, output, isNarrow: false);
        if (output + tileOutputs == end)
        {
            StoreEnds(start, wholeRows, end);
        }
    }

    /// <summary>Stores what the tiles of some rows have kept: the outputs before the first whole line and behind the last one.</summary>
    [MethodImpl(Compiled.Once)]
    private void StoreEnds(int start, int rows, int end)
    {
        int width = end - _outputs.First;
        bool endsMeet = _destination.RowStride == width;
        for (int row = 0; row < rows; row++)
        {
            float* first = _destination.Row(start + row) + _outputs.First;
            int shift = CacheLine.FloatsBehind(first);
            if (!endsMeet || row == 0)
            {
                new ReadOnlySpan<float>(HeadOf(row), CacheLine.Floats - shift).CopyTo(new Span<float>(first, CacheLine.Floats - shift));
            }
            else
            {
                // The last outputs of the row before stand in front of the head.
                Vector512.Load(HeadOf(row) - shift).StoreAlignedNonTemporal(first - shift);
            }

            if (!endsMeet || row == rows - 1)
            {
                new ReadOnlySpan<float>(CarryOf(row) + CacheLine.Floats - shift, shift).CopyTo(new Span<float>(first + width - shift, shift));
            }
        }
    }

    /// <summary>A row's first 16 outputs, behind the last 16 of the row before.</summary>
    private float* HeadOf(int row) => _carry + (row * OutputTile.CarryStride) + CacheLine.Floats;

    /// <summary>The 16 outputs before a row's next tile.</summary>
    private float* CarryOf(int row) => _carry + ((row + 1) * OutputTile.CarryStride);

    [MethodImpl(Compiled.Once)]
    private void CopyGroup(float* destination, int width, int rows)
    {
        for (int row = 0; row < rows; row++)
        {
            CopyRow(_group + (row * GroupStride), destination, width);
            destination += _destination.RowStride;
        }
    }

    /// <summary>Copies a row's run, and past the caches the whole lines of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CopyRow(float* source, float* destination, int width)
    {
        int i = 0;
        if (_isStreamed)
        {
            for (int head = Math.Min(width, (CacheLine.Floats - CacheLine.FloatsBehind(destination)) % CacheLine.Floats); i < head; i++)
            {
                destination[i] = source[i];
            }

            for (; i <= width - CacheLine.Floats; i += CacheLine.Floats)
            {
                Vector512.Load(source + i).StoreAlignedNonTemporal(destination + i);
            }
        }

        for (; i <= width - CacheLine.Floats; i += CacheLine.Floats)
        {
            Vector512.Load(source + i).Store(destination + i);
        }

        for (; i < width; i++)
        {
            destination[i] = source[i];
        }
    }

    private void RunTile<TKernel>(OutputTile tile, int start, int output, bool isNarrow)
        where TKernel : struct, IKernel
    {
        Aim(ref tile, start, output);
        if (isNarrow)
        {
            TKernel.SumNarrowTile(tile);
        }
        else
        {
            TKernel.SumTile(tile);
        }

        Scatter(tile, start, output);
    }

    [MethodImpl(Compiled.Once)]
    private void RunRows<TKernel>(ref OutputTile tile, int start)
        where TKernel : struct, IKernel
    {
        // Straight to a row-major destination all outputs go at once; a strip takes 64 at a time.
        int step = _strip == null ? _outputs.Count : StripOutputs;
        byte* tables = _tables.Rows.Pointer;
        for (int output = _outputs.First; output < _outputs.End; output += step)
        {
            tile.Tables = tables + output;
            tile.Outputs = Math.Min(step, _outputs.End - output);
            Aim(ref tile, start, output);
            if (_summation == Summation.Averaging)
            {
                AveragingSums.Run(tile);
            }
            else
            {
                TKernel.SumRows(tile);
            }

            Scatter(tile, start, output);
        }
    }

    /// <summary>Points a tile at its scales and at where its floats go.</summary>
    private void Aim(ref OutputTile tile, int start, int output)
    {
        _tables.Aim(ref tile, output);
        if (_strip != null)
        {
            tile.Destination = _strip;
            tile.RowStride = StripOutputs;
        }
        else
        {
            tile.Destination = _destination.Row(start) + output;
            tile.RowStride = _destination.RowStride;
        }
    }

    /// <summary>Copies the strip, if there is one, to its strided destination: only the destination's own elements.</summary>
    private void Scatter(in OutputTile tile, int start, int output)
    {
        if (_strip != null)
        {
            float* target = _destination.Row(start) + (output * _destination.ColumnStride);
            StridedCopy.Run(_strip, StripOutputs, 1, target, _destination.RowStride, _destination.ColumnStride, tile.Rows, tile.Outputs);
        }
    }
}
