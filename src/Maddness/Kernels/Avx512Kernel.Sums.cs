using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>Sums of tiles: see <see cref="LeafTables"/>.</content>
internal readonly unsafe partial struct Avx512Kernel
{
    /// <summary>Outputs of a tile, one register of bytes for each leaf; four whole cache lines of floats.</summary>
    private const int TileWidth = 2 * Width;

    /// <summary>Rows summed at once: two accumulators each, half of the 32 registers.</summary>
    private const int StepRows = 8;

    /// <summary>The even bytes of a leaf's 64 become 16-bit sums as the sinks of <see cref="Avx512Output"/> take them, the odd ones the same of outputs 32 on.</summary>
    public static void PackTile(in TableSource source, int firstOutput, byte* packed) =>
        LeafTables.Pack(source, firstOutput, TileWidth, static output => (2 * WordOf(output % Width)) + (output / Width), packed);

    /// <summary>Two halves of 32 outputs, the second of which may lack some.</summary>
    [MethodImpl(Compiled.Once)]
    public static void SumTile(in OutputTile tile)
    {
        OutputTile left = Left(tile), right = Right(tile);
        int rows = DirectRows(tile);
        if (tile.HasFloor)
        {
            SumWholeSteps<FullEpilogue>(left, right, rows);
        }
        else if (tile.HasBias)
        {
            SumWholeSteps<BiasEpilogue>(left, right, rows);
        }
        else
        {
            SumWholeSteps<NoEpilogue>(left, right, rows);
        }

        SumParts(left, right, rows);
    }

    /// <summary>Which of 32 sums of 16 bits an output's is: four neighbours in each half of a lane, so that whole lanes unpack to neighbours.</summary>
    private static int WordOf(int output) => (output % 16 / 4 * 8) + (output / 16 * 4) + (output % 4);

    /// <summary>Rows of whole steps, or with a carry of whole blocks, whose sums fit 16-bit lanes: these go straight to their destination.</summary>
    private static int DirectRows(in OutputTile tile)
    {
        if (tile.Codebooks > OutputTile.FlushCodebooks || !tile.ScalesAreModerate)
        {
            return 0;
        }

        int whole = tile.Carry == null ? StepRows : CodeBlock.Rows;
        return tile.Rows / whole * whole;
    }

    private static OutputTile Left(OutputTile tile)
    {
        tile.Outputs = Math.Min(Width, tile.Outputs);
        return tile;
    }

    private static OutputTile Right(OutputTile tile)
    {
        tile.Outputs -= Math.Min(Width, tile.Outputs);
        tile.Scales += Width;
        tile.Offsets += Width;
        tile.Bias += Width;
        tile.Destination += Width;
        tile.Heads = null;
        return tile;
    }

    private static void SumWholeSteps<TEpilogue>(in OutputTile left, in OutputTile right, int rows)
        where TEpilogue : struct, IEpilogue
    {
        if (left.Carry != null)
        {
            SumSteps<Avx512Output.CarriedPairs<TEpilogue>, Avx512Output.CarriedPairs<TEpilogue>>(left, right, rows);
        }
        else if (left.IsStreamed)
        {
            SumStoredSteps<TEpilogue, PastCaches>(left, right, rows);
        }
        else
        {
            SumStoredSteps<TEpilogue, ThroughCaches>(left, right, rows);
        }
    }

    private static void SumStoredSteps<TEpilogue, TStores>(in OutputTile left, in OutputTile right, int rows)
        where TEpilogue : struct, IEpilogue
        where TStores : struct, IStores
    {
        if (right.Outputs == Width)
        {
            SumSteps<Avx512Output.OutputPairs<TEpilogue, TStores>, Avx512Output.OutputPairs<TEpilogue, TStores>>(left, right, rows);
        }
        else
        {
            SumSteps<Avx512Output.OutputPairs<TEpilogue, TStores>, Avx512Output.PartsOfPairs<TEpilogue>>(left, right, rows);
        }
    }

    /// <summary>From table look-ups to floats in memory without leaving the registers.</summary>
    [MethodImpl(Compiled.Once)]
    private static void SumSteps<TLeft, TRight>(in OutputTile left, in OutputTile right, int rows)
        where TLeft : struct, Avx512Output.ISink<TLeft>
        where TRight : struct, Avx512Output.ISink<TRight>
    {
        for (int first = 0; first < rows; first += StepRows)
        {
            left.AskAhead(StepRows, left.Outputs + right.Outputs);
            nint start = first * left.RowStride;
            SumStep<TLeft, TRight>(left, right, left.CodesOf(first), left.Tables, left.Codebooks, left.Destination + start, right.Destination + start);
        }
    }

    /// <summary>What is not whole: last rows, more codebooks than 16-bit lanes hold, and extreme scales.</summary>
    [MethodImpl(Compiled.Once)]
    [SkipLocalsInit]
    private static void SumParts(in OutputTile left, in OutputTile right, int start)
    {
        if (start == left.Rows)
        {
            return;
        }

        const int Sums = 16 * Width;
        byte* memory = stackalloc byte[(2 * Sums * (sizeof(ushort) + sizeof(int))) + CacheLine.Bytes];
        ushort* leftRows = (ushort*)CacheLine.FirstIn(memory);
        ushort* rightRows = leftRows + Sums;
        int* leftSums = (int*)(rightRows + Sums);
        int* rightSums = leftSums + Sums;
        for (int first = start; first < left.Rows; first += 16)
        {
            int count = Math.Min(16, left.Rows - first);
            left.AskAhead(count, left.Outputs + right.Outputs);
            nint row = first * left.RowStride;
            if (left.Codebooks <= OutputTile.FlushCodebooks)
            {
                Spill(left, right, first, count, 0, left.Codebooks, leftRows, rightRows);
                Avx512Output.Store(left, leftRows, left.Destination + row, count);
                Avx512Output.Store(right, rightRows, right.Destination + row, count);
                continue;
            }

            new Span<int>(leftSums, 2 * Sums).Clear();
            for (int codebook = 0; codebook < left.Codebooks; codebook += OutputTile.FlushCodebooks)
            {
                Spill(left, right, first, 16, codebook, Math.Min(OutputTile.FlushCodebooks, left.Codebooks - codebook), leftRows, rightRows);
                Avx512Output.Add(leftRows, leftSums);
                Avx512Output.Add(rightRows, rightSums);
            }

            Avx512Output.Store(left, leftSums, left.Destination + row, count);
            Avx512Output.Store(right, rightSums, right.Destination + row, count);
        }
    }

    /// <summary>Sums up to 256 codebooks of up to 16 rows to memory, 16 bits each, row by row.</summary>
    [MethodImpl(Compiled.Once)]
    private static void Spill(in OutputTile left, in OutputTile right, int first, int count, int codebook, int codebooks, ushort* leftRows, ushort* rightRows)
    {
        byte* tables = left.Tables + ((nint)codebook * left.Leaves * TileWidth);
        for (int row = 0; row < count; row += StepRows)
        {
            SumStep<Avx512Output.Spill, Avx512Output.Spill>(left, right, left.CodesOf(first + row) + (codebook * 16), tables, codebooks, leftRows + (row * Width), rightRows + (row * Width));
        }
    }

    /// <summary>Sums up to 256 codebooks, 8 rows × 64 outputs, and hands row r as register r to two sinks, 32 outputs each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SumStep<TLeft, TRight>(in OutputTile left, in OutputTile right, byte* codes, byte* tables, int codebooks, void* leftTarget, void* rightTarget)
        where TLeft : struct, Avx512Output.ISink<TLeft>
        where TRight : struct, Avx512Output.ISink<TRight>
    {
        // A row's 64 bytes at its code are two outputs to a 16-bit lane. all: the lanes added whole, modulo 65,536; odd: their high bytes, exact. The low bytes' sums follow by subtraction.
        Vector512<ushort> all0 = default, all1 = default, all2 = default, all3 = default, all4 = default, all5 = default, all6 = default, all7 = default;
        Vector512<ushort> odd0 = default, odd1 = default, odd2 = default, odd3 = default, odd4 = default, odd5 = default, odd6 = default, odd7 = default;
        nint tableBytes = (nint)left.Leaves * TileWidth;
        int codebook = 0;
        for (int fours = left.FoursOf(codebooks); codebook < fours; codebook += 4)
        {
            ulong rows = *(ulong*)codes, rows1 = *(ulong*)(codes + 16), rows2 = *(ulong*)(codes + 32), rows3 = *(ulong*)(codes + 48);
            byte* tables1 = tables + tableBytes, tables2 = tables1 + tableBytes, tables3 = tables2 + tableBytes;
            Vector512<ushort> entries = LoadLeaves(tables, tables1, tables2, tables3, rows, rows1, rows2, rows3, 0);
            all0 += entries;
            odd0 += entries >>> 8;
            entries = LoadLeaves(tables, tables1, tables2, tables3, rows, rows1, rows2, rows3, 1);
            all1 += entries;
            odd1 += entries >>> 8;
            entries = LoadLeaves(tables, tables1, tables2, tables3, rows, rows1, rows2, rows3, 2);
            all2 += entries;
            odd2 += entries >>> 8;
            entries = LoadLeaves(tables, tables1, tables2, tables3, rows, rows1, rows2, rows3, 3);
            all3 += entries;
            odd3 += entries >>> 8;
            entries = LoadLeaves(tables, tables1, tables2, tables3, rows, rows1, rows2, rows3, 4);
            all4 += entries;
            odd4 += entries >>> 8;
            entries = LoadLeaves(tables, tables1, tables2, tables3, rows, rows1, rows2, rows3, 5);
            all5 += entries;
            odd5 += entries >>> 8;
            entries = LoadLeaves(tables, tables1, tables2, tables3, rows, rows1, rows2, rows3, 6);
            all6 += entries;
            odd6 += entries >>> 8;
            entries = LoadLeaves(tables, tables1, tables2, tables3, rows, rows1, rows2, rows3, 7);
            all7 += entries;
            odd7 += entries >>> 8;
            codes += 64;
            tables += 4 * tableBytes;
        }

        for (; codebook < codebooks; codebook++)
        {
            ulong rows = *(ulong*)codes;
            Vector512<ushort> entries = LoadLeaf(tables, rows, 0);
            all0 += entries;
            odd0 += entries >>> 8;
            entries = LoadLeaf(tables, rows, 1);
            all1 += entries;
            odd1 += entries >>> 8;
            entries = LoadLeaf(tables, rows, 2);
            all2 += entries;
            odd2 += entries >>> 8;
            entries = LoadLeaf(tables, rows, 3);
            all3 += entries;
            odd3 += entries >>> 8;
            entries = LoadLeaf(tables, rows, 4);
            all4 += entries;
            odd4 += entries >>> 8;
            entries = LoadLeaf(tables, rows, 5);
            all5 += entries;
            odd5 += entries >>> 8;
            entries = LoadLeaf(tables, rows, 6);
            all6 += entries;
            odd6 += entries >>> 8;
            entries = LoadLeaf(tables, rows, 7);
            all7 += entries;
            odd7 += entries >>> 8;
            codes += 16;
            tables += tableBytes;
        }

        TLeft leftSink = TLeft.Create(left, leftTarget);
        leftSink.Take(0, all0 - (odd0 << 8));
        leftSink.Take(1, all1 - (odd1 << 8));
        leftSink.Take(2, all2 - (odd2 << 8));
        leftSink.Take(3, all3 - (odd3 << 8));
        leftSink.Take(4, all4 - (odd4 << 8));
        leftSink.Take(5, all5 - (odd5 << 8));
        leftSink.Take(6, all6 - (odd6 << 8));
        leftSink.Take(7, all7 - (odd7 << 8));
        TRight rightSink = TRight.Create(right, rightTarget);
        rightSink.Take(0, odd0);
        rightSink.Take(1, odd1);
        rightSink.Take(2, odd2);
        rightSink.Take(3, odd3);
        rightSink.Take(4, odd4);
        rightSink.Take(5, odd5);
        rightSink.Take(6, odd6);
        rightSink.Take(7, odd7);
    }

    /// <summary>The 64 bytes of a row's leaf.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ushort> LoadLeaf(byte* tables, ulong codes, int row) => Vector512.Load((ushort*)(tables + LeafTables.OffsetOf(codes, row, TileWidth)));

    /// <summary>The sums, bytes, of a row's leaves in four codebooks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ushort> LoadLeaves(byte* tables0, byte* tables1, byte* tables2, byte* tables3, ulong codes0, ulong codes1, ulong codes2, ulong codes3, int row)
    {
        Vector512<byte> first = Vector512.Load(tables0 + LeafTables.OffsetOf(codes0, row, TileWidth)) + Vector512.Load(tables1 + LeafTables.OffsetOf(codes1, row, TileWidth));
        Vector512<byte> second = Vector512.Load(tables2 + LeafTables.OffsetOf(codes2, row, TileWidth)) + Vector512.Load(tables3 + LeafTables.OffsetOf(codes3, row, TileWidth));
        return (first + second).AsUInt16();
    }
}
