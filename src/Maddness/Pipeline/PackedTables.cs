using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;
using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>Lookup tables in the layouts that kernels read, made when a kernel first asks for one. Safe for concurrent use.</summary>
internal sealed class PackedTables
{
    /// <summary>
    /// Outputs that row-by-row kernels read at once, at most (AVX-512; others 32 and 16), and a multiple of the outputs of every tile: what is padded to it can be read to the end of a kernel's last chunk or tile. The tests with
    /// unreadable pages behind every buffer see to that.
    /// </summary>
    private const int RowChunk = 64;

    /// <summary>2^100: far above any sensible scale, and far enough below the largest float.</summary>
    private const float LargestModerateScale = 1.2676506e30f;

    private readonly PackedTiles?[] _tiles = new PackedTiles?[(int)KernelLevel.Avx512Vbmi + 1];
    private readonly PackedTiles?[] _searchedTiles = new PackedTiles?[(int)KernelLevel.Avx512Vbmi + 1];
    private AlignedBuffer<byte>? _rows;
    private OutputEstimates? _estimates;

    [MethodImpl(Compiled.Once)]
    internal PackedTables(LookupTables tables)
    {
        Tables = tables;
        int padded = RoundUp(tables.Outputs, RowChunk);
        Scales = new AlignedBuffer<float>(padded);
        Offsets = new AlignedBuffer<float>(padded);
        Bias = new AlignedBuffer<float>(padded);
        tables.Scales.CopyTo(Scales.Span);
        tables.Offsets.CopyTo(Offsets.Span);
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

    internal AlignedBuffer<float> Offsets { get; }

    internal AlignedBuffer<float> Bias { get; }

    /// <summary>Bytes from one leaf to the next in <see cref="Rows"/>.</summary>
    internal int LeafStride => RoundUp(Tables.Outputs, RowChunk);

    /// <summary>[codebook][leaf][output], outputs padded with zeros to whole chunks.</summary>
    internal AlignedBuffer<byte> Rows => Volatile.Read(ref _rows) ?? Publish(ref _rows, PackRows());

    /// <summary>What a search estimates outputs with.</summary>
    internal OutputEstimates Estimates => Volatile.Read(ref _estimates) ?? Publish(ref _estimates, new OutputEstimates(Tables, RoundUp(Tables.Outputs, RowChunk)));

    /// <summary>Tiles to sum.</summary>
    internal PackedTiles Tiles<TKernel>()
        where TKernel : struct, IKernel
    {
        ref PackedTiles? slot = ref _tiles[(int)TKernel.Level];
        return Volatile.Read(ref slot) ?? Publish(ref slot, PackedTiles.Create<PackedTiles.Summed<TKernel>>(Source));
    }

    /// <summary>Tiles to search for the largest outputs.</summary>
    internal PackedTiles SearchedTiles<TKernel>()
        where TKernel : struct, IKernel
    {
        ref PackedTiles? slot = ref _searchedTiles[(int)TKernel.Level];
        return Volatile.Read(ref slot) ?? Publish(ref slot, PackedTiles.Create<PackedTiles.Searched<TKernel>>(Source));
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
        if (TKernel.LargestLanes(Tables.Leaves) > 0 && Estimates.AreUsable)
        {
            _ = SearchedTiles<TKernel>();
        }
    }

    /// <summary>A tile of these tables without outputs or a destination yet.</summary>
    /// <param name="codes">Of the first block.</param>
    /// <param name="rows">Rows to treat.</param>
    /// <param name="floor">What is below it becomes it.</param>
    [MethodImpl(Compiled.Once)]
    internal unsafe OutputTile NewTile(byte* codes, int rows, float floor = float.NegativeInfinity) => new()
    {
        Codes = codes,
        CodeBlockStride = TilePlan.CodeBlockStride(Tables.Codebooks),
        LeafStride = LeafStride,
        Codebooks = Tables.Codebooks,
        Leaves = Tables.Leaves,
        FoursFit = Tables.FoursFit,
        HasBias = Tables.Bias is not null,
        ScalesAreModerate = ScalesAreModerate,
        Floor = floor,
        Rows = rows,
    };

    /// <summary>Points a tile at the scales, offsets and bias of its first output.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal unsafe void Aim(ref OutputTile tile, int output)
    {
        tile.Scales = Scales.Pointer + output;
        tile.Offsets = Offsets.Pointer + output;
        tile.Bias = Bias.Pointer + output;
    }

    private TableSource Source => new(Tables.Entries, Tables.Codebooks, Tables.Leaves, Tables.Outputs);

    private static TPacked Publish<TPacked>(ref TPacked? slot, TPacked packed)
        where TPacked : class =>
        Interlocked.CompareExchange(ref slot, packed, null) ?? packed;

    private static int RoundUp(int value, int multiple) => checked(value + multiple - 1) / multiple * multiple;

    [MethodImpl(Compiled.Once)]
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
}
