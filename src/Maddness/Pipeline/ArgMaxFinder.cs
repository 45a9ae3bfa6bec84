using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>
/// Sums table entries by codes and finds each row's largest output among the sums as they stand (ALGORITHM §§5, 6), a pass of a few blocks of rows at a time, output tile by output tile: nothing is transposed, and no
/// output stored and read again.
/// </summary>
internal readonly unsafe ref struct ArgMaxFinder : ICodeConsumer
{
    private readonly PackedTables _tables;
    private readonly int* _indices;
    private readonly byte* _index;
    private readonly LargestOutputs _largest;
    private readonly int _lanes;
    private readonly int _indexBytes;

    private ArgMaxFinder(PackedTables tables, int* indices, byte* index, LargestOutputs largest, int lanes, int indexBytes)
    {
        _tables = tables;
        _indices = indices;
        _index = index;
        _largest = largest;
        _lanes = lanes;
        _indexBytes = indexBytes;
    }

    /// <summary>Whether a kernel can: others go through floats in scratch.</summary>
    internal static bool IsAvailable<TKernel>(PackedTables tables, Summation summation, int rows)
        where TKernel : struct, IKernel =>
        TKernel.LargestLanes(tables.Tables.Leaves) > 0
        && summation == Summation.Exact
        && rows >= TKernel.MinSearchedRows(tables.Tables.Leaves, tables.Tables.Outputs)
        && tables.Tables.Codebooks <= OutputTile.FlushCodebooks
        && tables.ScalesAreModerate;

    /// <summary>Scratch needed for one thread.</summary>
    internal static long ScratchBytes<TKernel>(PackedTables tables)
        where TKernel : struct, IKernel =>
        Scratch.SizeOf<byte>(Blocks * TKernel.IndexBytes(tables.Tables.Codebooks, tables.Tables.Leaves)) + Scratch.SizeOf<float>(Lanes<TKernel>(tables)) + Scratch.SizeOf<int>(Lanes<TKernel>(tables));

    /// <summary>The finder of one thread, of tables that <see cref="PackedTables.PrepareSearch{TKernel}"/> has seen.</summary>
    internal static ArgMaxFinder Create<TKernel>(PackedTables tables, int* indices, ref Scratch scratch)
        where TKernel : struct, IKernel
    {
        int indexBytes = TKernel.IndexBytes(tables.Tables.Codebooks, tables.Tables.Leaves);
        int lanes = Lanes<TKernel>(tables);
        byte* index = scratch.Take<byte>(Blocks * indexBytes);
        return new(tables, indices, index, new LargestOutputs(scratch.Take<float>(lanes), scratch.Take<int>(lanes)), lanes, indexBytes);
    }

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public void Consume<TKernel>(byte* codes, int start, int rows)
        where TKernel : struct, IKernel
    {
        int stride = TilePlan.CodeBlockStride(_tables.Tables.Codebooks);
        for (int done = 0; done < rows; done += TilePlan.PassRows)
        {
            Pass<TKernel>(codes + (done / TilePlan.BlockRows * stride), Math.Min(TilePlan.PassRows, rows - done), _indices + start + done);
        }
    }

    private static long Blocks => TilePlan.PassRows / TilePlan.BlockRows;

    /// <summary>Lanes of a pass.</summary>
    private static int Lanes<TKernel>(PackedTables tables)
        where TKernel : struct, IKernel => TilePlan.PassRows / TKernel.SearchedBlockRows(tables.Tables.Leaves) * TKernel.LargestLanes(tables.Tables.Leaves);

    [MethodImpl(Compiled.Once)]
    private void Pass<TKernel>(byte* codes, int rows, int* indices)
        where TKernel : struct, IKernel
    {
        OutputTile tile = _tables.NewTile(codes, rows);
        if (_indexBytes > 0)
        {
            TKernel.ExpandCodes(codes, _index, tile.Codebooks, tile.Leaves, (rows + TilePlan.BlockRows - 1) / TilePlan.BlockRows);
            tile.Codes = _index;
            tile.CodeBlockStride = _indexBytes;
        }

        new Span<float>(_largest.Values, _lanes).Fill(float.NegativeInfinity);
        new Span<int>(_largest.Places, _lanes).Clear();
        PackedTiles tiles = _tables.SearchedTiles<TKernel>();
        tile.Tables = tiles.First;
        int output = 0;
        for (int i = 0; i < tiles.WideTiles; i++)
        {
            Aim(ref tile, output, tiles.Outputs);
            TKernel.KeepLargest(tile, output, _largest);
            output += tiles.Outputs;
            tile.Tables += tiles.TileBytes;
        }

        for (int i = 0; i < tiles.NarrowTiles; i++)
        {
            Aim(ref tile, output, tiles.NarrowOutputs);
            TKernel.KeepNarrowLargest(tile, output, _largest);
            output += tiles.NarrowOutputs;
            tile.Tables += tiles.NarrowTileBytes;
        }

        TKernel.WriteLargest(_largest, tile.Leaves, indices, rows);
    }

    private void Aim(ref OutputTile tile, int output, int outputs)
    {
        _tables.Aim(ref tile, output);
        tile.Outputs = Math.Min(outputs, _tables.Tables.Outputs - output);
    }
}
