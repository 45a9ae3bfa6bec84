using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>The largest outputs.</content>
internal readonly unsafe partial struct Avx512Kernel
{
    /// <summary>One codebook's tables of a searched tile: 32 of 16 bytes.</summary>
    private const int SearchedBytes = 16 * Width;

    /// <inheritdoc/>
    public static int LargestLanes(int leaves) => leaves == 16 ? LargestOutputs.PairedLanes : 0;

    /// <summary>
    /// As sums of as many outputs by byte shuffles: with fewer rows most of a block is empty (16 leaves, from codes, Zen 4, floats searched and so, ns a call: 10 outputs, C = 2, four rows 239 and 201; 100 outputs, C = 8 and 32, five rows 362 and 361, 499 and 755; 512 outputs, C = 2, five rows 737 and 785, C = 16,
    /// seven 1,530 and 1,650, C = 32, nine 2,620 and 2,840).
    /// </summary>
    public static int MinSearchedRows(int leaves, int outputs, int codebooks) => outputs < RowChunk ? 4 : codebooks switch { < 16 => 6, < 32 => 8, _ => 9 };

    /// <summary>16 leaves, by byte shuffles: four outputs per register, in eight registers with two accumulators each.</summary>
    public static int SearchedOutputs(int leaves) => Width;

    /// <summary>[codebook][output]: 16 bytes; lane l of register i in 0..7 serves output 4i + l.</summary>
    public static void PackSearchedTile(in TableSource source, int firstOutput, byte* packed) => source.CopyTables(firstOutput, Width, packed);

    /// <summary>Up to 16 outputs are AVX2 tiles.</summary>
    public static int NarrowSearchedOutputs(int leaves) => Avx2Kernel.SearchedOutputs(leaves);

    /// <inheritdoc/>
    public static void PackNarrowSearchedTile(in TableSource source, int firstOutput, byte* packed) => Avx2Kernel.PackSearchedTile(source, firstOutput, packed);

    /// <inheritdoc/>
    public static void KeepNarrowLargest(in OutputTile tile, int place, LargestOutputs largest) => Avx2Kernel.KeepLargest(tile, place, largest);

    /// <inheritdoc/>
    public static ulong WriteLargest(LargestOutputs largest, int leaves, int* indices, int rows) => LargestOutputs.WritePaired(largest, indices, rows);

    /// <summary>Byte shuffles: each 128-bit lane serves one output; its 16 bytes are the block's rows.</summary>
    [MethodImpl(Compiled.Once)]
    public static void KeepLargest(in OutputTile tile, int place, LargestOutputs largest)
    {
        Vector512<ushort> factor = Vector512.Create((ushort)(1 << tile.Estimates.Shift));
        Vector512<short> firstPlaces = Vector512.Create(Pair(place), Pair(place + 2));
        for (int first = 0; first < tile.Rows; first += 16)
        {
            byte* codes = tile.CodesOf(first);
            byte* tables = tile.Tables;

            // all: 16-bit lanes of row pairs added whole, modulo 65,536; odd: their high bytes, the odd rows, exact. The even rows follow by subtraction: one operation fewer than masking.
            Vector512<ushort> all0 = default, all1 = default, all2 = default, all3 = default, all4 = default, all5 = default, all6 = default, all7 = default;
            Vector512<ushort> odd0 = default, odd1 = default, odd2 = default, odd3 = default, odd4 = default, odd5 = default, odd6 = default, odd7 = default;
            int codebook = 0;
            for (int fours = tile.FoursOf(tile.Codebooks); codebook < fours; codebook += 4)
            {
                Vector512<byte> code = LoadCodes(codes), code1 = LoadCodes(codes + 16), code2 = LoadCodes(codes + 32), code3 = LoadCodes(codes + 48);
                Vector512<ushort> entries = ShuffleFour(tables, code, code1, code2, code3);
                all0 += entries;
                odd0 += entries >>> 8;
                entries = ShuffleFour(tables + 64, code, code1, code2, code3);
                all1 += entries;
                odd1 += entries >>> 8;
                entries = ShuffleFour(tables + 128, code, code1, code2, code3);
                all2 += entries;
                odd2 += entries >>> 8;
                entries = ShuffleFour(tables + 192, code, code1, code2, code3);
                all3 += entries;
                odd3 += entries >>> 8;
                entries = ShuffleFour(tables + 256, code, code1, code2, code3);
                all4 += entries;
                odd4 += entries >>> 8;
                entries = ShuffleFour(tables + 320, code, code1, code2, code3);
                all5 += entries;
                odd5 += entries >>> 8;
                entries = ShuffleFour(tables + 384, code, code1, code2, code3);
                all6 += entries;
                odd6 += entries >>> 8;
                entries = ShuffleFour(tables + 448, code, code1, code2, code3);
                all7 += entries;
                odd7 += entries >>> 8;
                codes += 64;
                tables += 4 * SearchedBytes;
            }

            for (; codebook < tile.Codebooks; codebook++)
            {
                Vector512<byte> code = LoadCodes(codes);
                Vector512<ushort> entries = Avx512BW.Shuffle(Vector512.Load(tables), code).AsUInt16();
                all0 += entries;
                odd0 += entries >>> 8;
                entries = Avx512BW.Shuffle(Vector512.Load(tables + 64), code).AsUInt16();
                all1 += entries;
                odd1 += entries >>> 8;
                entries = Avx512BW.Shuffle(Vector512.Load(tables + 128), code).AsUInt16();
                all2 += entries;
                odd2 += entries >>> 8;
                entries = Avx512BW.Shuffle(Vector512.Load(tables + 192), code).AsUInt16();
                all3 += entries;
                odd3 += entries >>> 8;
                entries = Avx512BW.Shuffle(Vector512.Load(tables + 256), code).AsUInt16();
                all4 += entries;
                odd4 += entries >>> 8;
                entries = Avx512BW.Shuffle(Vector512.Load(tables + 320), code).AsUInt16();
                all5 += entries;
                odd5 += entries >>> 8;
                entries = Avx512BW.Shuffle(Vector512.Load(tables + 384), code).AsUInt16();
                all6 += entries;
                odd6 += entries >>> 8;
                entries = Avx512BW.Shuffle(Vector512.Load(tables + 448), code).AsUInt16();
                all7 += entries;
                odd7 += entries >>> 8;
                codes += 16;
                tables += SearchedBytes;
            }

            Vector512<short> value = Vector512.Load(largest.Values), second = Vector512.Load(largest.Seconds), kept = Vector512.Load(largest.Places);
            Vector512<short> oddValue = Vector512.Load(largest.Values + LargestOutputs.OddLanes), oddSecond = Vector512.Load(largest.Seconds + LargestOutputs.OddLanes), oddKept = Vector512.Load(largest.Places + LargestOutputs.OddLanes);
            Vector512<short> current = firstPlaces;
            Keep(tile, 0, (all0 - (odd0 << 8)) * factor, current, ref value, ref second, ref kept);
            Keep(tile, 0, odd0 * factor, current, ref oddValue, ref oddSecond, ref oddKept);
            current += Vector512.Create((short)4);
            Keep(tile, 1, (all1 - (odd1 << 8)) * factor, current, ref value, ref second, ref kept);
            Keep(tile, 1, odd1 * factor, current, ref oddValue, ref oddSecond, ref oddKept);
            current += Vector512.Create((short)4);
            Keep(tile, 2, (all2 - (odd2 << 8)) * factor, current, ref value, ref second, ref kept);
            Keep(tile, 2, odd2 * factor, current, ref oddValue, ref oddSecond, ref oddKept);
            current += Vector512.Create((short)4);
            Keep(tile, 3, (all3 - (odd3 << 8)) * factor, current, ref value, ref second, ref kept);
            Keep(tile, 3, odd3 * factor, current, ref oddValue, ref oddSecond, ref oddKept);
            current += Vector512.Create((short)4);
            Keep(tile, 4, (all4 - (odd4 << 8)) * factor, current, ref value, ref second, ref kept);
            Keep(tile, 4, odd4 * factor, current, ref oddValue, ref oddSecond, ref oddKept);
            current += Vector512.Create((short)4);
            Keep(tile, 5, (all5 - (odd5 << 8)) * factor, current, ref value, ref second, ref kept);
            Keep(tile, 5, odd5 * factor, current, ref oddValue, ref oddSecond, ref oddKept);
            current += Vector512.Create((short)4);
            Keep(tile, 6, (all6 - (odd6 << 8)) * factor, current, ref value, ref second, ref kept);
            Keep(tile, 6, odd6 * factor, current, ref oddValue, ref oddSecond, ref oddKept);
            current += Vector512.Create((short)4);
            Keep(tile, 7, (all7 - (odd7 << 8)) * factor, current, ref value, ref second, ref kept);
            Keep(tile, 7, odd7 * factor, current, ref oddValue, ref oddSecond, ref oddKept);
            value.Store(largest.Values);
            second.Store(largest.Seconds);
            kept.Store(largest.Places);
            oddValue.Store(largest.Values + LargestOutputs.OddLanes);
            oddSecond.Store(largest.Seconds + LargestOutputs.OddLanes);
            oddKept.Store(largest.Places + LargestOutputs.OddLanes);
            largest = largest.Next;
        }
    }

    /// <summary>Estimates outputs of shifted sums, and keeps them where they are greater. Values and places are of one type: or the mask would leave its register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Keep(
        Vector512<ushort> sums, Vector512<ushort> scale, Vector512<short> offset, Vector512<short> current, ref Vector512<short> value, ref Vector512<short> second, ref Vector512<short> kept)
    {
        Vector512<short> estimate = Avx512BW.MultiplyHigh(sums, scale).AsInt16() + offset;
        kept = Avx512BW.BlendVariable(kept, current, Avx512BW.CompareGreaterThan(estimate, value));
        second = Avx512BW.Max(second, Avx512BW.Min(estimate, value));
        value = Avx512BW.Max(estimate, value);
    }

    /// <summary>Register i: outputs 4i to 4i + 3, one for each 128-bit lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep(in OutputTile tile, int register, Vector512<ushort> sums, Vector512<short> current, ref Vector512<short> value, ref Vector512<short> second, ref Vector512<short> kept)
    {
        int start = 4 * TileEstimates.Copies * register;
        Keep(sums, Vector512.Load(tile.Estimates.Scales + start), Vector512.Load(tile.Estimates.Offsets + start), current, ref value, ref second, ref kept);
    }

    /// <summary>The codes of a block's rows, in each 128-bit lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> LoadCodes(byte* codes) => Avx512F.BroadcastVector128ToVector512((uint*)codes).AsByte();

    /// <summary>The sums, bytes, of what the rows' codes in four codebooks choose from four outputs' tables.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ushort> ShuffleFour(byte* tables, Vector512<byte> code0, Vector512<byte> code1, Vector512<byte> code2, Vector512<byte> code3)
    {
        Vector512<byte> first = Avx512BW.Shuffle(Vector512.Load(tables), code0) + Avx512BW.Shuffle(Vector512.Load(tables + SearchedBytes), code1);
        Vector512<byte> second = Avx512BW.Shuffle(Vector512.Load(tables + (2 * SearchedBytes)), code2) + Avx512BW.Shuffle(Vector512.Load(tables + (3 * SearchedBytes)), code3);
        return (first + second).AsUInt16();
    }

    /// <summary>Two places, each for the words of a lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Pair(int place) => Vector256.Create(Vector128.Create((short)place), Vector128.Create((short)(place + 1)));
}
