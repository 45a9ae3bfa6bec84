using Maddness.Common;
using Maddness.Kernels;
using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>Lookup tables in the layouts that kernels read, made when a kernel first asks for one. Safe for concurrent use.</summary>
internal sealed class PackedTables
{
    /// <summary>Outputs that row-by-row kernels read at once.</summary>
    private const int RowChunk = 64;

    /// <summary>2^100: far above any sensible scale, and far enough below the largest float.</summary>
    private const float LargestModerateScale = 1.2676506e30f;

    private readonly AlignedBuffer<byte>?[] _tiles = new AlignedBuffer<byte>?[(int)KernelLevel.Avx512Vbmi + 1];
    private readonly AlignedBuffer<byte>?[] _searchedTiles = new AlignedBuffer<byte>?[(int)KernelLevel.Avx512Vbmi + 1];
    private AlignedBuffer<byte>? _rows;

    internal PackedTables(LookupTables tables)
    {
        Tables = tables;
        int padded = RoundUp(tables.Outputs, RowChunk);
        Scales = new AlignedBuffer<float>(padded);
        Offsets = new AlignedBuffer<float>(padded);
        Bias = new AlignedBuffer<float>(padded);
        tables.Scales.CopyTo(Scales.Span);
        tables.Offsets.CopyTo(Offsets.Span);

        // What stands behind the last output is never the largest.
        Offsets.Span[tables.Outputs..].Fill(float.NegativeInfinity);

        ScalesAreModerate = true;
        foreach (float scale in tables.Scales)
        {
            ScalesAreModerate &= scale < LargestModerateScale && !float.IsNegative(scale);
        }

        // x + −0 is x for every x, −0 included: a missing bias costs no branch and changes no bit.
        Bias.Span.Fill(-0.0f);
        tables.Bias?.CopyTo(Bias.Span);
    }

    internal LookupTables Tables { get; }

    internal AlignedBuffer<float> Scales { get; }

    /// <summary>Whether 2^23 times any scale is finite, and none is −0 (which a file may hold).</summary>
    internal bool ScalesAreModerate { get; }

    /// <summary>−∞ behind the last output.</summary>
    internal AlignedBuffer<float> Offsets { get; }

    internal AlignedBuffer<float> Bias { get; }

    /// <summary>Bytes from one leaf to the next in <see cref="Rows"/>.</summary>
    internal int LeafStride => RoundUp(Tables.Outputs, RowChunk);

    /// <summary>[codebook][leaf][output], outputs padded with zeros to whole chunks.</summary>
    internal AlignedBuffer<byte> Rows => Volatile.Read(ref _rows) ?? Publish(ref _rows, PackRows());

    /// <summary>Whole tiles of a kernel, in output order, then <see cref="NarrowTiles{TKernel}"/> narrow ones.</summary>
    internal AlignedBuffer<byte> Tiles<TKernel>()
        where TKernel : struct, IKernel
    {
        ref AlignedBuffer<byte>? slot = ref _tiles[(int)TKernel.Level];
        return Volatile.Read(ref slot) ?? Publish(ref slot, PackTiles<TKernel>(isSearched: false));
    }

    /// <summary>The same for the search of the largest outputs: another copy only where there are whole tiles, and those have another layout.</summary>
    internal AlignedBuffer<byte> SearchedTiles<TKernel>()
        where TKernel : struct, IKernel
    {
        if (!TKernel.HasSearchedTiles(Tables.Leaves) || Tables.Outputs < TKernel.TileOutputs(Tables.Leaves))
        {
            return Tiles<TKernel>();
        }

        ref AlignedBuffer<byte>? slot = ref _searchedTiles[(int)TKernel.Level];
        return Volatile.Read(ref slot) ?? Publish(ref slot, PackTiles<TKernel>(isSearched: true));
    }

    /// <summary>Makes all layouts that a kernel reads to write floats, whatever a call needs: later calls allocate nothing.</summary>
    internal void Prepare<TKernel>()
        where TKernel : struct, IKernel
    {
        _ = Rows;
        if (TKernel.TileOutputs(Tables.Leaves) > 0)
        {
            _ = Tiles<TKernel>();
        }
    }

    /// <summary>The same for a search: of few rows it goes through floats, of many it reads the layout for that.</summary>
    internal void PrepareSearch<TKernel>()
        where TKernel : struct, IKernel
    {
        Prepare<TKernel>();
        if (TKernel.LargestLanes(Tables.Leaves) > 0)
        {
            _ = SearchedTiles<TKernel>();
        }
    }

    /// <summary>Bytes of one tile's tables.</summary>
    internal int TileBytes<TKernel>()
        where TKernel : struct, IKernel => BytesFor(TKernel.TileOutputs(Tables.Leaves));

    /// <summary>Bytes of one narrow tile's tables.</summary>
    internal int NarrowTileBytes<TKernel>()
        where TKernel : struct, IKernel => BytesFor(TKernel.NarrowOutputs(Tables.Leaves));

    /// <summary>Tiles of the kernel's own width; the last one may have fewer outputs.</summary>
    internal int WideTiles<TKernel>()
        where TKernel : struct, IKernel
    {
        int width = TKernel.TileOutputs(Tables.Leaves);
        return NarrowTiles<TKernel>() > 0 ? Tables.Outputs / width : (Tables.Outputs + width - 1) / width;
    }

    /// <summary>
    /// How many narrow tiles the outputs behind the last whole tile take; none if they are too many. Two are worth it where four or more make a tile (measured with a byte shuffle in the permutation's place, 10 outputs,
    /// C = 4 and 16: 9.4 and 15.0 ns a row in a wide tile, 8.5 and 11.9 in two narrow ones).
    /// </summary>
    internal int NarrowTiles<TKernel>()
        where TKernel : struct, IKernel
    {
        int width = TKernel.TileOutputs(Tables.Leaves), narrow = TKernel.NarrowOutputs(Tables.Leaves);
        int rest = Tables.Outputs % width;
        return rest == 0 ? 0 : rest <= narrow ? 1 : 4 * narrow <= width && rest <= 2 * narrow ? 2 : 0;
    }

    /// <summary>A tile of these tables without outputs or a destination yet.</summary>
    /// <param name="codes">Of the first block.</param>
    /// <param name="rows">Rows to treat.</param>
    internal unsafe OutputTile NewTile(byte* codes, int rows) => new()
    {
        Codes = codes,
        CodeBlockStride = TilePlan.CodeBlockStride(Tables.Codebooks),
        LeafStride = LeafStride,
        Codebooks = Tables.Codebooks,
        Leaves = Tables.Leaves,
        HasBias = Tables.Bias is not null,
        ScalesAreModerate = ScalesAreModerate,
        Rows = rows,
    };

    /// <summary>Points a tile at the scales, offsets and bias of its first output.</summary>
    internal unsafe void Aim(ref OutputTile tile, int output)
    {
        tile.Scales = Scales.Pointer + output;
        tile.Offsets = Offsets.Pointer + output;
        tile.Bias = Bias.Pointer + output;
    }

    /// <summary>Makes a tile read index vectors in place of codes.</summary>
    internal static unsafe void Expand<TKernel>(ref OutputTile tile, byte* index, bool hasWholeTiles)
        where TKernel : struct, IKernel
    {
        TKernel.ExpandCodes(tile.Codes, index, tile.Codebooks, tile.Leaves, (tile.Rows + TilePlan.BlockRows - 1) / TilePlan.BlockRows, hasWholeTiles);
        tile.Codes = index;
        tile.CodeBlockStride = TKernel.IndexBytes(tile.Codebooks, tile.Leaves);
    }

    private static AlignedBuffer<byte> Publish(ref AlignedBuffer<byte>? slot, AlignedBuffer<byte> packed) =>
        Interlocked.CompareExchange(ref slot, packed, null) ?? packed;

    private static int RoundUp(int value, int multiple) => checked(value + multiple - 1) / multiple * multiple;

    /// <summary>A byte for each output, leaf and codebook, these rounded up to pairs.</summary>
    private int BytesFor(int outputs) => checked((Tables.Codebooks + (Tables.Codebooks & 1)) * Tables.Leaves * outputs);

    private AlignedBuffer<byte> PackRows()
    {
        int codebooks = Tables.Codebooks, leaves = Tables.Leaves, stride = LeafStride;
        AlignedBuffer<byte> packed = new(checked(codebooks * leaves * stride));
        Span<byte> target = packed.Span;
        ReadOnlySpan<byte> entries = Tables.Entries;
        for (int output = 0; output < Tables.Outputs; output++)
        {
            ReadOnlySpan<byte> source = entries.Slice(output * codebooks * leaves, codebooks * leaves);
            for (int leaf = 0; leaf < source.Length; leaf++)
            {
                target[(leaf * stride) + output] = source[leaf];
            }
        }

        return packed;
    }

    private unsafe AlignedBuffer<byte> PackTiles<TKernel>(bool isSearched)
        where TKernel : struct, IKernel
    {
        TableSource source = new(Tables.Entries, Tables.Codebooks, Tables.Leaves, Tables.Outputs);
        int tileBytes = TileBytes<TKernel>();
        int tiles = WideTiles<TKernel>();
        int narrowTiles = NarrowTiles<TKernel>(), narrowBytes = NarrowTileBytes<TKernel>();
        AlignedBuffer<byte> packed = new(checked((tiles * tileBytes) + (narrowTiles * narrowBytes)));
        for (int tile = 0; tile < tiles; tile++)
        {
            int output = tile * TKernel.TileOutputs(Tables.Leaves);
            byte* target = packed.Pointer + (tile * tileBytes);
            if (isSearched)
            {
                TKernel.PackSearchedTile(source, output, target);
            }
            else
            {
                TKernel.PackTile(source, output, target);
            }
        }

        int firstNarrow = tiles * TKernel.TileOutputs(Tables.Leaves);
        for (int tile = 0; tile < narrowTiles; tile++)
        {
            TKernel.PackNarrowTile(source, firstNarrow + (tile * TKernel.NarrowOutputs(Tables.Leaves)), packed.Pointer + (tiles * tileBytes) + (tile * narrowBytes));
        }

        return packed;
    }
}
