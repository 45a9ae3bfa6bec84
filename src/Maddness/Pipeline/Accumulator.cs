using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>
/// Sums table entries by codes and writes floats (ALGORITHM §§5, 6), a pass of a few blocks of rows at a time, output tile by output tile. Passes are short, so that the
/// destination is written almost in address order, and what the next pass will write is asked for during this one: memory is fetched before it is overwritten, and
/// waiting for that costs more than the sums. A destination larger than the caches is staged in scratch, a pass at a time, and streamed past them instead. A destination
/// whose outputs are not consecutive gets them through a scratch strip.
/// </summary>
internal readonly unsafe ref struct Accumulator
{
    /// <summary>Outputs of a strip: a multiple of every kernel's tile.</summary>
    private const int StripOutputs = 64;

    private const int FloatsPerLine = 16;

    private readonly PackedTables _tables;
    private readonly PinnedMatrix<float> _destination;
    private readonly byte* _index;
    private readonly float* _strip;
    private readonly float* _stage;
    private readonly int _stageStride;
    private readonly Summation _summation;
    private readonly bool _useShuffles;
    private readonly int _indexBytes;
    private readonly bool _isPrefetched;

    private Accumulator(PackedTables tables, Summation summation, PinnedMatrix<float> destination, byte* index, float* strip, float* stage, bool useShuffles, int indexBytes)
    {
        _tables = tables;
        _summation = summation;
        _destination = destination;
        _index = index;
        _strip = strip;
        _stage = stage;
        _stageStride = StageStride(tables);
        _useShuffles = useShuffles;
        _indexBytes = indexBytes;
        _isPrefetched = strip == null && stage == null && TilePlan.IsPrefetched(destination.Rows, destination.Columns);
    }

    /// <summary>Scratch needed for one thread.</summary>
    internal static long ScratchBytes<TKernel>(PackedTables tables, PinnedMatrix<float> destination)
        where TKernel : struct, IKernel =>
        Scratch.SizeOf<byte>((long)TilePlan.PassRows / TilePlan.BlockRows * TKernel.IndexBytes(tables.Tables.Codebooks))
        + Scratch.SizeOf<float>(StripFloats(destination))
        + Scratch.SizeOf<float>(StageFloats(tables, destination));

    internal static Accumulator Create<TKernel>(PackedTables tables, Summation summation, PinnedMatrix<float> destination, ref Scratch scratch)
        where TKernel : struct, IKernel
    {
        int indexBytes = TKernel.IndexBytes(tables.Tables.Codebooks);
        long strip = StripFloats(destination);
        long stage = StageFloats(tables, destination);
        return new(
            tables,
            summation,
            destination,
            scratch.Take<byte>((long)TilePlan.PassRows / TilePlan.BlockRows * indexBytes),
            strip > 0 ? scratch.Take<float>(strip) : null,
            stage > 0 ? scratch.Take<float>(stage) : null,
            TKernel.TileOutputs > 0 && tables.Tables.Leaves == 16 && destination.Rows >= TilePlan.MinShuffleRows && summation == Summation.Exact,
            indexBytes);
    }

    /// <summary>Writes the outputs of <paramref name="rows"/> rows from <paramref name="start"/> on.</summary>
    internal void Accumulate<TKernel>(byte* codes, int start, int rows)
        where TKernel : struct, IKernel
    {
        const int PassRows = TilePlan.PassRows;
        int stride = TilePlan.CodeBlockStride(_tables.Tables.Codebooks);
        for (int done = 0; done < rows; done += PassRows)
        {
            int count = Math.Min(PassRows, rows - done);
            if (_isPrefetched)
            {
                PrefetchDestination(start + done + PassRows, PassRows);
            }

            Pass<TKernel>(codes + (done / TilePlan.BlockRows * stride), start + done, count);
            if (_stage != null)
            {
                StreamOut(start + done, count);
            }
        }

        if (_stage != null)
        {
            StreamingStore.Fence();
        }
    }

    private static int StageStride(PackedTables tables) => (tables.Tables.Outputs + FloatsPerLine - 1) / FloatsPerLine * FloatsPerLine;

    private static long StripFloats(PinnedMatrix<float> destination) => destination.ColumnStride == 1 ? 0 : (long)TilePlan.PassRows * StripOutputs;

    private static long StageFloats(PackedTables tables, PinnedMatrix<float> destination) =>
        destination.ColumnStride == 1 && TilePlan.IsStreamed(destination.Rows, destination.Columns) ? (long)TilePlan.PassRows * StageStride(tables) : 0;

    /// <summary>Copies the staged rows to the destination, past the caches.</summary>
    private void StreamOut(int start, int rows)
    {
        int outputs = _tables.Tables.Outputs;
        if (_destination.RowStride == outputs && _stageStride == outputs)
        {
            StreamingStore.Copy(_stage, _destination.Row(start), (nint)rows * outputs);
            return;
        }

        for (int row = 0; row < rows; row++)
        {
            StreamingStore.Copy(_stage + ((nint)row * _stageStride), _destination.Row(start + row), outputs);
        }
    }

    /// <summary>Asks for the cache lines of some rows of the destination, as far as they exist.</summary>
    private void PrefetchDestination(int start, int rows)
    {
        int outputs = _tables.Tables.Outputs;
        int end = Math.Min(start + rows, _destination.Rows);
        for (int row = start; row < end; row++)
        {
            float* first = _destination.Row(row);
            for (int output = 0; output < outputs; output += FloatsPerLine)
            {
                CachePrefetch.Line(first + output);
            }
        }
    }

    private void Pass<TKernel>(byte* codes, int start, int rows)
        where TKernel : struct, IKernel
    {
        OutputTile tile = new()
        {
            Codes = codes,
            CodeBlockStride = TilePlan.CodeBlockStride(_tables.Tables.Codebooks),
            LeafStride = _tables.LeafStride,
            Codebooks = _tables.Tables.Codebooks,
            Leaves = _tables.Tables.Leaves,
            HasBias = _tables.Tables.Bias is not null,
            ScalesAreModerate = _tables.ScalesAreModerate,
            Rows = rows,
        };

        if (!_useShuffles)
        {
            RunRows<TKernel>(tile, start);
            return;
        }

        if (_indexBytes > 0)
        {
            TKernel.ExpandCodes(codes, _index, tile.Codebooks, (rows + TilePlan.BlockRows - 1) / TilePlan.BlockRows);
            tile.Codes = _index;
            tile.CodeBlockStride = _indexBytes;
        }

        int tiles = _tables.WideTiles<TKernel>();
        int tileBytes = _tables.TileBytes<TKernel>();
        tile.Tables = _tables.Tiles<TKernel>().Pointer;
        for (int i = 0; i < tiles; i++)
        {
            int output = i * TKernel.TileOutputs;
            tile.Outputs = Math.Min(TKernel.TileOutputs, _tables.Tables.Outputs - output);
            Aim(ref tile, start, output);
            TKernel.SumTile(tile);
            Scatter(tile, start, output);
            tile.Tables += tileBytes;
        }

        if (_tables.HasNarrowTile<TKernel>())
        {
            int output = tiles * TKernel.TileOutputs;
            tile.Outputs = _tables.Tables.Outputs - output;
            Aim(ref tile, start, output);
            TKernel.SumNarrowTile(tile);
            Scatter(tile, start, output);
        }
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
        if (_strip != null)
        {
            tile.Destination = _strip;
            tile.RowStride = StripOutputs;
        }
        else if (_stage != null)
        {
            tile.Destination = _stage + output;
            tile.RowStride = _stageStride;
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
