using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>Sums of narrow tiles: half of a tile's outputs. With 16 leaves, up to 16 of them are shuffled with AVX2: half the registers' width beats half a tile half empty.</content>
internal readonly unsafe partial struct Avx512Kernel
{
    private const int MaxShuffledOutputs = 16;

    /// <summary>Half a tile.</summary>
    public static int NarrowOutputs(int leaves) => Width;

    /// <summary>Eight that are shuffled.</summary>
    public static int MaxSecondNarrowOutputs(int leaves) => leaves == 16 ? Avx2Kernel.Width : 0;

    /// <summary>The 32 bytes of a leaf become 16-bit sums as the sinks of <see cref="Avx512Output"/> take them.</summary>
    [MethodImpl(Compiled.Once)]
    public static void PackNarrowTile(in TableSource source, int firstOutput, byte* packed)
    {
        if (IsShuffled(source.Leaves, source.Outputs - firstOutput))
        {
            Avx2Kernel.PackNarrowTile(source, firstOutput, packed);
            return;
        }

        LeafTables.Pack(source, firstOutput, Width, static output => WordOf(output), packed);
    }

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public static void SumNarrowTile(in OutputTile tile)
    {
        if (IsShuffled(tile.Leaves, tile.Outputs))
        {
            Avx2Kernel.SumNarrowTile(tile);
            return;
        }

        int rows = DirectRows(tile);
        if (tile.HasFloor)
        {
            SumWholeBlocks<FullEpilogue>(tile, rows);
        }
        else if (tile.HasBias)
        {
            SumWholeBlocks<BiasEpilogue>(tile, rows);
        }
        else
        {
            SumWholeBlocks<NoEpilogue>(tile, rows);
        }

        SumParts(tile, rows);
    }

    private static bool IsShuffled(int leaves, int outputs) => leaves == 16 && outputs <= MaxShuffledOutputs;

    private static void SumWholeBlocks<TEpilogue>(in OutputTile tile, int rows)
        where TEpilogue : struct, IEpilogue
    {
        if (tile.Outputs < Width)
        {
            SumBlocks<Avx512Output.PartsOfPairs<TEpilogue>>(tile, rows);
        }
        else if (tile.IsStreamed)
        {
            SumBlocks<Avx512Output.OutputPairs<TEpilogue, PastCaches>>(tile, rows);
        }
        else
        {
            SumBlocks<Avx512Output.OutputPairs<TEpilogue, ThroughCaches>>(tile, rows);
        }
    }

    [MethodImpl(Compiled.Once)]
    private static void SumBlocks<TSink>(in OutputTile tile, int rows)
        where TSink : struct, Avx512Output.ISink<TSink>
    {
        for (int first = 0; first < rows; first += StepRows)
        {
            tile.AskAhead(StepRows, tile.Outputs);
            SumStep<TSink>(tile, tile.CodesOf(first), tile.Tables, tile.Codebooks, tile.Destination + (first * tile.RowStride));
        }
    }

    /// <summary>What is not whole: last rows, more codebooks than 16-bit lanes hold, and extreme scales.</summary>
    [MethodImpl(Compiled.Once)]
    [SkipLocalsInit]
    private static void SumParts(in OutputTile tile, int start)
    {
        if (start == tile.Rows)
        {
            return;
        }

        byte* memory = stackalloc byte[(16 * Width * (sizeof(ushort) + sizeof(int))) + CacheLine.Bytes];
        ushort* rows = (ushort*)CacheLine.FirstIn(memory);
        int* sums = (int*)(rows + (16 * Width));
        for (int first = start; first < tile.Rows; first += 16)
        {
            byte* codes = tile.CodesOf(first);
            float* destination = tile.Destination + (first * tile.RowStride);
            int count = Math.Min(16, tile.Rows - first);
            tile.AskAhead(count, tile.Outputs);
            if (tile.Codebooks <= OutputTile.FlushCodebooks)
            {
                Spill(tile, codes, tile.Tables, tile.Codebooks, rows, count);
                Avx512Output.Store(tile, rows, destination, count);
                continue;
            }

            new Span<int>(sums, 16 * Width).Clear();
            for (int codebook = 0; codebook < tile.Codebooks; codebook += OutputTile.FlushCodebooks)
            {
                byte* tables = tile.Tables + ((nint)codebook * tile.Leaves * Width);
                Spill(tile, codes + (codebook * 16), tables, Math.Min(OutputTile.FlushCodebooks, tile.Codebooks - codebook), rows, 16);
                Avx512Output.Add(rows, sums);
            }

            Avx512Output.Store(tile, sums, destination, count);
        }
    }

    /// <summary>Sums up to 256 codebooks of up to 16 rows to memory, 16 bits each, row by row.</summary>
    [MethodImpl(Compiled.Once)]
    private static void Spill(in OutputTile tile, byte* codes, byte* tables, int codebooks, ushort* rows, int count)
    {
        for (int row = 0; row < count; row += StepRows)
        {
            SumStep<Avx512Output.Spill>(tile, codes + row, tables, codebooks, rows + (row * Width));
        }
    }

    /// <summary>Sums up to 256 codebooks, 8 rows × 32 outputs, and hands row r as register r to a sink. Entries, or the sums of four, are widened, and one accumulator holds a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SumStep<TSink>(in OutputTile tile, byte* codes, byte* tables, int codebooks, void* target)
        where TSink : struct, Avx512Output.ISink<TSink>
    {
        Vector512<ushort> sum0 = default, sum1 = default, sum2 = default, sum3 = default, sum4 = default, sum5 = default, sum6 = default, sum7 = default;
        nint tableBytes = (nint)tile.Leaves * Width;
        int codebook = 0;
        for (int fours = tile.FoursOf(codebooks); codebook < fours; codebook += 4)
        {
            ulong rows = *(ulong*)codes, rows1 = *(ulong*)(codes + 16), rows2 = *(ulong*)(codes + 32), rows3 = *(ulong*)(codes + 48);
            byte* tables1 = tables + tableBytes, tables2 = tables1 + tableBytes, tables3 = tables2 + tableBytes;
            sum0 += LoadHalfLeaves(tables, tables1, tables2, tables3, rows, rows1, rows2, rows3, 0);
            sum1 += LoadHalfLeaves(tables, tables1, tables2, tables3, rows, rows1, rows2, rows3, 1);
            sum2 += LoadHalfLeaves(tables, tables1, tables2, tables3, rows, rows1, rows2, rows3, 2);
            sum3 += LoadHalfLeaves(tables, tables1, tables2, tables3, rows, rows1, rows2, rows3, 3);
            sum4 += LoadHalfLeaves(tables, tables1, tables2, tables3, rows, rows1, rows2, rows3, 4);
            sum5 += LoadHalfLeaves(tables, tables1, tables2, tables3, rows, rows1, rows2, rows3, 5);
            sum6 += LoadHalfLeaves(tables, tables1, tables2, tables3, rows, rows1, rows2, rows3, 6);
            sum7 += LoadHalfLeaves(tables, tables1, tables2, tables3, rows, rows1, rows2, rows3, 7);
            codes += 64;
            tables += 4 * tableBytes;
        }

        for (; codebook < codebooks; codebook++)
        {
            ulong rows = *(ulong*)codes;
            sum0 += LoadHalfLeaf(tables, rows, 0);
            sum1 += LoadHalfLeaf(tables, rows, 1);
            sum2 += LoadHalfLeaf(tables, rows, 2);
            sum3 += LoadHalfLeaf(tables, rows, 3);
            sum4 += LoadHalfLeaf(tables, rows, 4);
            sum5 += LoadHalfLeaf(tables, rows, 5);
            sum6 += LoadHalfLeaf(tables, rows, 6);
            sum7 += LoadHalfLeaf(tables, rows, 7);
            codes += 16;
            tables += tableBytes;
        }

        TSink sink = TSink.Create(tile, target);
        sink.Take(0, sum0);
        sink.Take(1, sum1);
        sink.Take(2, sum2);
        sink.Take(3, sum3);
        sink.Take(4, sum4);
        sink.Take(5, sum5);
        sink.Take(6, sum6);
        sink.Take(7, sum7);
    }

    /// <summary>The 32 bytes of a row's leaf, as words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ushort> LoadHalfLeaf(byte* tables, ulong codes, int row) => Avx512BW.ConvertToVector512UInt16(Vector256.Load(tables + LeafTables.OffsetOf(codes, row, Width)));

    /// <summary>
    /// The sums, bytes, of a row's leaves in four codebooks, as words. One after another each is added as it is loaded, which takes two operations less than sums of two and two (measured on Zen 4, 512 rows × 32 outputs, C = 16 and 32, ns a row: 5.7 and 9.0,
    /// and 5.9 and 9.5; whole tiles, which wait for their loads, gain nothing so).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ushort> LoadHalfLeaves(byte* tables0, byte* tables1, byte* tables2, byte* tables3, ulong codes0, ulong codes1, ulong codes2, ulong codes3, int row)
    {
        Vector256<byte> sum = Vector256.Load(tables0 + LeafTables.OffsetOf(codes0, row, Width));
        sum += Vector256.Load(tables1 + LeafTables.OffsetOf(codes1, row, Width));
        sum += Vector256.Load(tables2 + LeafTables.OffsetOf(codes2, row, Width));
        sum += Vector256.Load(tables3 + LeafTables.OffsetOf(codes3, row, Width));
        return Avx512BW.ConvertToVector512UInt16(sum);
    }
}
