using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>
/// Sums table entries by codes and writes floats (ALGORITHM §§5, 6), output tile by output tile, each over all blocks of the row tile: a tile's tables stay in L1.
/// A destination whose outputs are not consecutive gets them through a scratch strip.
/// </summary>
internal readonly unsafe ref struct Accumulator
{
    /// <summary>Outputs of a strip: a multiple of every kernel's tile.</summary>
    private const int StripOutputs = 64;

    private readonly PackedTables _tables;
    private readonly PinnedMatrix<float> _destination;
    private readonly byte* _index;
    private readonly float* _strip;
    private readonly Summation _summation;
    private readonly bool _useShuffles;
    private readonly int _indexBytes;

    private Accumulator(PackedTables tables, Summation summation, PinnedMatrix<float> destination, byte* index, float* strip, bool useShuffles, int indexBytes)
    {
        _tables = tables;
        _summation = summation;
        _destination = destination;
        _index = index;
        _strip = strip;
        _useShuffles = useShuffles;
        _indexBytes = indexBytes;
    }

    /// <summary>Scratch needed for one thread and tiles of so many rows.</summary>
    internal static long ScratchBytes<TKernel>(PackedTables tables, int tileRows)
        where TKernel : struct, IKernel =>
        Scratch.SizeOf<byte>((long)tileRows / TilePlan.BlockRows * TKernel.IndexBytes(tables.Tables.Codebooks)) + Scratch.SizeOf<float>((long)tileRows * StripOutputs);

    internal static Accumulator Create<TKernel>(PackedTables tables, Summation summation, PinnedMatrix<float> destination, int tileRows, ref Scratch scratch)
        where TKernel : struct, IKernel
    {
        int indexBytes = TKernel.IndexBytes(tables.Tables.Codebooks);
        return new(
            tables,
            summation,
            destination,
            scratch.Take<byte>((long)tileRows / TilePlan.BlockRows * indexBytes),
            destination.ColumnStride == 1 ? null : scratch.Take<float>((long)tileRows * StripOutputs),
            TKernel.TileOutputs > 0 && tables.Tables.Leaves == 16 && destination.Rows >= TilePlan.MinShuffleRows && summation == Summation.Exact,
            indexBytes);
    }

    /// <summary>Writes the outputs of <paramref name="rows"/> rows from <paramref name="start"/> on.</summary>
    internal void Accumulate<TKernel>(byte* codes, int start, int rows)
        where TKernel : struct, IKernel
    {
        OutputTile tile = new()
        {
            Codes = codes,
            CodeBlockStride = TilePlan.CodeBlockStride(_tables.Tables.Codebooks),
            LeafStride = _tables.LeafStride,
            Codebooks = _tables.Tables.Codebooks,
            Leaves = _tables.Tables.Leaves,
            Rows = rows,
        };

        if (!_useShuffles)
        {
            RunRows<TKernel>(tile, start);
            return;
        }

        OutputTile wide = tile;
        if (_indexBytes > 0)
        {
            TKernel.ExpandCodes(codes, _index, tile.Codebooks, (rows + TilePlan.BlockRows - 1) / TilePlan.BlockRows);
            wide.Codes = _index;
            wide.CodeBlockStride = _indexBytes;
        }

        int tiles = _tables.WideTiles<TKernel>();
        int tileBytes = _tables.TileBytes<TKernel>();
        wide.Tables = _tables.Tiles<TKernel>().Pointer;
        for (int i = 0; i < tiles; i++)
        {
            RunTile<TKernel>(ref wide, start, i * TKernel.TileOutputs, TKernel.TileOutputs);
            wide.Tables += tileBytes;
        }

        if (_tables.HasNarrowTile<TKernel>())
        {
            tile.Tables = wide.Tables;
            RunTile<Avx2Kernel>(ref tile, start, tiles * TKernel.TileOutputs, Avx2Kernel.TileOutputs);
        }
    }

    private void RunTile<TKernel>(ref OutputTile tile, int start, int output, int tileOutputs)
        where TKernel : struct, IKernel
    {
        tile.Outputs = Math.Min(tileOutputs, _tables.Tables.Outputs - output);
        Aim(ref tile, start, output);
        TKernel.SumTile(tile);
        Scatter(tile, start, output);
    }

    private void RunRows<TKernel>(OutputTile tile, int start)
        where TKernel : struct, IKernel
    {
        // Straight to a row-major destination all outputs go at once; a strip takes 64 at a time.
        int outputs = _tables.Tables.Outputs;
        int step = _strip == null ? outputs : StripOutputs;
        byte* tables = _tables.Rows.Pointer;
        for (int output = 0; output < outputs; output += step)
        {
            tile.Tables = tables + output;
            tile.Outputs = Math.Min(step, outputs - output);
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
        tile.Scales = _tables.Scales.Pointer + output;
        tile.Offsets = _tables.Offsets.Pointer + output;
        tile.Bias = _tables.Bias.Pointer + output;
        tile.Destination = _strip == null ? _destination.Row(start) + output : _strip;
        tile.RowStride = _strip == null ? _destination.RowStride : StripOutputs;
    }

    /// <summary>Copies the strip, if there is one, to its strided destination: only the destination's own elements.</summary>
    private void Scatter(in OutputTile tile, int start, int output)
    {
        if (_strip == null)
        {
            return;
        }

        for (int column = 0; column < tile.Outputs; column++)
        {
            float* target = _destination.Row(start) + ((output + column) * _destination.ColumnStride);
            for (int row = 0; row < tile.Rows; row++)
            {
                target[row * _destination.RowStride] = _strip[(row * StripOutputs) + column];
            }
        }
    }
}
