using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>The largest outputs.</content>
internal readonly unsafe partial struct Avx2Kernel
{
    /// <inheritdoc/>
    public static int LargestLanes(int leaves) => leaves == 16 ? LargestOutputs.PairedLanes : 0;

    /// <summary>
    /// As sums of as many outputs by byte shuffles: with fewer rows most of a block is empty (16 leaves, from codes, Zen 4, floats searched and so, ns a call: 32 outputs, C = 16, four rows 306 and 280; 100 outputs, C = 8, five rows 479 and 437, C = 16, eight rows 550 and 592, nine 670 and 598).
    /// </summary>
    public static int MinSearchedRows(int leaves, int outputs, int codebooks) => outputs <= RowChunk ? 4 : codebooks < 16 ? 6 : 9;

    /// <inheritdoc/>
    public static int SearchedOutputs(int leaves) => Width;

    /// <summary>[codebook][output]: 16 bytes; register i serves outputs 2i and 2i + 1.</summary>
    public static void PackSearchedTile(in TableSource source, int firstOutput, byte* packed) => source.CopyTables(firstOutput, Width, packed);

    /// <inheritdoc/>
    public static ulong WriteLargest(LargestOutputs largest, int leaves, int* indices, int rows) => LargestOutputs.WritePaired(largest, indices, rows);

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    [SkipLocalsInit]
    public static void KeepLargest(in OutputTile tile, int place, LargestOutputs largest)
    {
        byte* memory = stackalloc byte[(8 * 32) + CacheLine.Bytes];
        ushort* sums = (ushort*)CacheLine.FirstIn(memory);
        for (int first = 0; first < tile.Rows; first += 16)
        {
            // Registers 0..3 hold even rows, 4..7 odd ones; the low lane of register i serves output 2i, the high one output 2i + 1.
            byte* codes = tile.CodesOf(first);
            SumBlock<OutputsInLanes, Avx2Output.Accumulators>(tile, codes, codes, tile.Tables, tile.Codebooks, sums, 16);
            Keep(tile, sums, place, largest.Values, largest.Seconds, largest.Places);
            Keep(tile, sums + (4 * 16), place, largest.Values + LargestOutputs.OddLanes, largest.Seconds + LargestOutputs.OddLanes, largest.Places + LargestOutputs.OddLanes);
            largest = largest.Next;
        }
    }

    /// <summary>Estimates eight outputs of eight rows from four registers of sums, and keeps them where they are greater.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep(in OutputTile tile, ushort* sums, int place, short* values, short* seconds, short* places)
    {
        Vector256<short> value = Vector256.Load(values), second = Vector256.Load(seconds), kept = Vector256.Load(places);
        Vector256<short> current = Vector256.Create(Vector128.Create((short)place), Vector128.Create((short)(place + 1)));
        Vector256<ushort> factor = Vector256.Create((ushort)(1 << tile.Estimates.Shift));
        for (int i = 0; i < 4; i++)
        {
            int start = 16 * i;
            Vector256<short> estimate = Avx2.MultiplyHigh(Vector256.Load(sums + start) * factor, Vector256.Load(tile.Estimates.Scales + start)).AsInt16() + Vector256.Load(tile.Estimates.Offsets + start);
            kept = Avx2.BlendVariable(kept, current, Avx2.CompareGreaterThan(estimate, value));
            second = Avx2.Max(second, Avx2.Min(estimate, value));
            value = Avx2.Max(estimate, value);
            current += Vector256.Create((short)2);
        }

        value.Store(values);
        second.Store(seconds);
        kept.Store(places);
    }
}
