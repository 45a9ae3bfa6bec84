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
        && rows >= TKernel.MinTileRows(tables.Tables.Leaves, tables.Tables.Outputs)
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
        where TKernel : struct, IKernel => TilePlan.PassRows / TKernel.TileBlockRows(tables.Tables.Leaves) * TKernel.LargestLanes(tables.Tables.Leaves);

    private void Pass<TKernel>(byte* codes, int rows, int* indices)
        where TKernel : struct, IKernel
    {
        OutputTile tile = _tables.NewTile(codes, rows);
        if (_indexBytes > 0)
        {
            PackedTables.Expand<TKernel>(ref tile, _index, hasWholeTiles: false);
        }

        new Span<float>(_largest.Values, _lanes).Fill(float.NegativeInfinity);
        new Span<int>(_largest.Places, _lanes).Clear();
        int tileOutputs = TKernel.TileOutputs(tile.Leaves);
        int outputs = _tables.Tables.Outputs;
        int end = _tables.WideTiles<TKernel>() * tileOutputs;
        tile.Tables = _tables.SearchedTiles<TKernel>().Pointer;
        for (int output = 0; output < Math.Min(end, outputs); output += tileOutputs)
        {
            _tables.Aim(ref tile, output);
            tile.Outputs = Math.Min(tileOutputs, outputs - output);
            TKernel.KeepLargest(tile, output, _largest);
            tile.Tables += _tables.TileBytes<TKernel>();
        }

        int narrowOutputs = TKernel.NarrowOutputs(tile.Leaves);
        for (int i = 0; i < _tables.NarrowTiles<TKernel>(); i++)
        {
            int output = end + (i * narrowOutputs);
            _tables.Aim(ref tile, output);
            tile.Outputs = Math.Min(narrowOutputs, outputs - output);
            TKernel.KeepNarrowLargest(tile, output, _largest);
            tile.Tables += _tables.NarrowTileBytes<TKernel>();
        }

        TKernel.WriteLargest(_largest, tile.Leaves, indices, rows);
    }
}
