using System.Numerics;
using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>
/// Sums table entries by codes and finds each row's largest output, a pass of a few blocks of rows at a time, output tile by output tile: among estimates in 16 bits, made of the sums as they stand, and where a
/// row's two largest are too close to tell (see <see cref="OutputEstimates"/>), among its floats. Nothing is transposed, and hardly an output stored and read again.
/// </summary>
internal readonly unsafe ref struct ArgMaxFinder : ICodeConsumer
{
    /// <summary>Where more rows of a pass are not sure, these and all rows of the tile after them go through floats: one row by itself takes as long as four of a pass.</summary>
    private const int MaxUnsureRows = TilePlan.PassRows / 4;

    private readonly PackedTables _tables;
    private readonly PackedTiles _tiles;
    private readonly OutputEstimates _estimates;
    private readonly int* _indices;
    private readonly byte* _index;
    private readonly LargestOutputs _largest;
    private readonly int _indexBytes;
    private readonly byte* _memory;
    private readonly int _memoryBytes;

    private ArgMaxFinder(PackedTables tables, PackedTiles tiles, int* indices, byte* index, LargestOutputs largest, int indexBytes, byte* memory, int memoryBytes)
    {
        _tables = tables;
        _tiles = tiles;
        _estimates = tables.Estimates;
        _indices = indices;
        _index = index;
        _largest = largest;
        _indexBytes = indexBytes;
        _memory = memory;
        _memoryBytes = memoryBytes;
    }

    /// <summary>Whether a kernel can: others go through floats in scratch.</summary>
    internal static bool IsAvailable<TKernel>(PackedTables tables, Summation summation, int rows)
        where TKernel : struct, IKernel =>
        TKernel.LargestLanes(tables.Tables.Leaves) > 0
        && summation == Summation.Exact
        && rows >= TKernel.MinSearchedRows(tables.Tables.Leaves, tables.Tables.Outputs, tables.Tables.Codebooks)
        && tables.Estimates.AreUsable;

    /// <summary>Scratch needed for one thread.</summary>
    internal static long ScratchBytes<TKernel>(PackedTables tables)
        where TKernel : struct, IKernel =>
        Scratch.SizeOf<byte>(Blocks * TKernel.IndexBytes(tables.Tables.Codebooks, tables.Tables.Leaves))
        + Scratch.SizeOf<short>(LargestOutputs.WordsFor(Lanes<TKernel>(tables)))
        + TopFinder.ScratchBytes(OutputRange.All(tables.Tables.Outputs), CodeBlock.Rows, 1);

    /// <summary>The finder of one thread, of tables that <see cref="PackedTables.PrepareSearch{TKernel}"/> has seen.</summary>
    [MethodImpl(Compiled.Once)]
    internal static ArgMaxFinder Create<TKernel>(PackedTables tables, int* indices, ref Scratch scratch)
        where TKernel : struct, IKernel
    {
        int indexBytes = TKernel.IndexBytes(tables.Tables.Codebooks, tables.Tables.Leaves);
        byte* index = scratch.Take<byte>(Blocks * indexBytes);
        int lanes = Lanes<TKernel>(tables);
        LargestOutputs largest = new(scratch.Take<short>(LargestOutputs.WordsFor(lanes)), TKernel.LargestLanes(tables.Tables.Leaves), lanes);
        int floatBytes = checked((int)TopFinder.ScratchBytes(OutputRange.All(tables.Tables.Outputs), CodeBlock.Rows, 1));
        return new(tables, tables.SearchedTiles<TKernel>(), indices, index, largest, indexBytes, scratch.Take<byte>(floatBytes), floatBytes);
    }

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public void Consume<TKernel>(byte* codes, int start, int rows)
        where TKernel : struct, IKernel
    {
        TopFinder floats = default;
        bool hasFloats = false;
        int stride = TilePlan.CodeBlockStride(_tables.Tables.Codebooks);
        for (int done = 0; done < rows; done += TilePlan.PassRows)
        {
            byte* passCodes = codes + (done / CodeBlock.Rows * stride);
            ulong unsure = Pass<TKernel>(passCodes, Math.Min(TilePlan.PassRows, rows - done), _indices + start + done);
            if (unsure == 0)
            {
                continue;
            }

            if (!hasFloats)
            {
                floats = Floats<TKernel>();
                hasFloats = true;
            }

            if (BitOperations.PopCount(unsure) > MaxUnsureRows)
            {
                floats.Consume<TKernel>(passCodes, start + done, rows - done);
                return;
            }

            for (; unsure != 0; unsure &= unsure - 1)
            {
                int row = BitOperations.TrailingZeroCount(unsure);
                floats.ConsumeRow<TKernel>(passCodes + (row / CodeBlock.Rows * stride) + (row % CodeBlock.Rows), start + done + row);
            }
        }
    }

    /// <summary>What finds the largest outputs among floats: made when it is needed.</summary>
    private TopFinder Floats<TKernel>()
        where TKernel : struct, IKernel
    {
        Scratch scratch = new(_memory, _memoryBytes);
        return TopFinder.Create<TKernel>(_tables, OutputRange.All(_tables.Tables.Outputs), Summation.Exact, CodeBlock.Rows, 1, 1, isMerged: false, _indices, null, ref scratch);
    }

    private static int Blocks => TilePlan.PassRows / CodeBlock.Rows;

    /// <summary>Lanes of a pass.</summary>
    private static int Lanes<TKernel>(PackedTables tables)
        where TKernel : struct, IKernel => TilePlan.PassRows / TKernel.SearchedBlockRows(tables.Tables.Leaves) * TKernel.LargestLanes(tables.Tables.Leaves);

    /// <summary>Writes the places of the largest estimates of up to 64 rows, and returns those that are not sure: bit r for row r.</summary>
    [MethodImpl(Compiled.Once)]
    internal ulong Pass<TKernel>(byte* codes, int rows, int* indices)
        where TKernel : struct, IKernel
    {
        OutputTile tile = _tables.NewTile(codes, rows);
        if (_indexBytes > 0)
        {
            TKernel.ExpandCodes(codes, _index, tile.Codebooks, tile.Leaves, (rows + CodeBlock.Rows - 1) / CodeBlock.Rows);
            tile.Codes = _index;
            tile.CodeBlockStride = _indexBytes;
        }

        _largest.Clear();
        PackedTiles tiles = _tiles;
        tile.Tables = tiles.First;
        int output = 0;
        for (int i = 0; i < tiles.WideTiles; i++)
        {
            tile.Estimates = _estimates.From(output);
            TKernel.KeepLargest(tile, output, _largest);
            output += tiles.Outputs;
            tile.Tables += tiles.TileBytes;
        }

        for (int i = 0; i < tiles.NarrowTiles; i++)
        {
            tile.Estimates = _estimates.From(output);
            TKernel.KeepNarrowLargest(tile, output, _largest);
            output += tiles.NarrowOutputs;
            tile.Tables += tiles.NarrowTileBytes;
        }

        return TKernel.WriteLargest(_largest, tile.Leaves, indices, rows);
    }
}
