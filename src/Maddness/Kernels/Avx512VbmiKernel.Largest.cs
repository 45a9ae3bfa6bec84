using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>The largest outputs. A word serves one row: nothing is to be compared across lanes.</content>
internal readonly unsafe partial struct Avx512VbmiKernel<TPermutation>
{
    /// <summary>What the words of a register serve.</summary>
    private interface IOutputs
    {
        /// <summary>Rows of a register.</summary>
        static abstract int BlockRows { get; }

        /// <summary>The places of the first register's outputs.</summary>
        static abstract Vector512<short> Places(int place);

        /// <summary>How far on the next register's are.</summary>
        static abstract int Step { get; }

        /// <summary>Of what <see cref="TileEstimates"/> repeats for each output, where two words stand that are repeated in register <paramref name="i"/>.</summary>
        static abstract int PairOf(int i);
    }

    /// <inheritdoc/>
    public static void KeepLargest(in OutputTile tile, int place, LargestOutputs largest)
    {
        if (tile.Leaves == 32)
        {
            KeepLargest<OneOutput>(tile, place, largest);
        }
        else
        {
            KeepLargest<TwoOutputs>(tile, place, largest);
        }
    }

    /// <inheritdoc/>
    public static void KeepNarrowLargest(in OutputTile tile, int place, LargestOutputs largest) => KeepNarrowLargest<TwoOutputs>(tile, place, largest);

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public static ulong WriteLargest(LargestOutputs largest, int leaves, int* indices, int rows)
    {
        ulong unsure = 0;
        if (leaves == 32)
        {
            for (int row = 0; row < rows; row += 8)
            {
                unsure |= LargestOutputs.EightRows.Merge(largest, row, 1).Write(indices + row, rows - row) << row;
            }

            return unsure;
        }

        for (int row = 0; row < rows; row += 16)
        {
            unsure |= WriteSixteen(largest, indices + row, rows - row) << row;
            largest = largest.Next;
        }

        return unsure;
    }

    /// <summary>With 16 leaves: dword r has seen even outputs of row r in its low half, odd ones in its high half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong WriteSixteen(LargestOutputs largest, int* indices, int rows)
    {
        Vector512<int> values = Vector512.Load(largest.Values).AsInt32(), seconds = Vector512.Load(largest.Seconds).AsInt32(), places = Vector512.Load(largest.Places).AsInt32();
        Vector512<int> even = (values << 16) >> 16, odd = values >> 16;
        Vector512<int> value = Vector512.Max(even, odd);
        Vector512<int> second = Vector512.Max(Vector512.Min(even, odd), Vector512.Max((seconds << 16) >> 16, seconds >> 16));
        places = Vector512.ConditionalSelect(Vector512.GreaterThan(odd, even), places >>> 16, places & Vector512.Create(0xFFFF));
        Avx512Output.StoreFirst(places.AsSingle(), (float*)indices, rows);
        ulong unsure = Vector512.LessThan(value - second, Vector512.Create(TileEstimates.SureDistance)).ExtractMostSignificantBits();
        return rows < 16 ? unsure & ((1u << rows) - 1) : unsure;
    }

    /// <summary>16 registers: of 32 or 16 outputs. Adding neighbouring bytes adds the pair of codebooks.</summary>
    [MethodImpl(Compiled.Once)]
    private static void KeepLargest<TOutputs>(in OutputTile tile, int place, LargestOutputs largest)
        where TOutputs : struct, IOutputs
    {
        Vector512<sbyte> weights = Vector512.Create((sbyte)(1 << tile.Estimates.Shift));
        int pairs = (tile.Codebooks + 1) / 2, foursPairs = tile.FoursOf(tile.Codebooks) / 2;
        for (int first = 0; first < tile.Rows; first += TOutputs.BlockRows)
        {
            byte* index = tile.Codes + (first / 16 * tile.CodeBlockStride);
            byte* tables = tile.Tables;
            Vector512<short> sum0 = default, sum1 = default, sum2 = default, sum3 = default, sum4 = default, sum5 = default, sum6 = default, sum7 = default;
            Vector512<short> sum8 = default, sum9 = default, sum10 = default, sum11 = default, sum12 = default, sum13 = default, sum14 = default, sum15 = default;
            int pair = 0;
            for (; pair < foursPairs; pair += 2)
            {
                Vector512<byte> lookup = Vector512.Load(index), nextLookup = Vector512.Load(index + 64);
                sum0 += Avx512BW.MultiplyAddAdjacent(PermuteFour(tables, tables + 1024, lookup, nextLookup), weights);
                sum1 += Avx512BW.MultiplyAddAdjacent(PermuteFour(tables + 64, tables + 1088, lookup, nextLookup), weights);
                sum2 += Avx512BW.MultiplyAddAdjacent(PermuteFour(tables + 128, tables + 1152, lookup, nextLookup), weights);
                sum3 += Avx512BW.MultiplyAddAdjacent(PermuteFour(tables + 192, tables + 1216, lookup, nextLookup), weights);
                sum4 += Avx512BW.MultiplyAddAdjacent(PermuteFour(tables + 256, tables + 1280, lookup, nextLookup), weights);
                sum5 += Avx512BW.MultiplyAddAdjacent(PermuteFour(tables + 320, tables + 1344, lookup, nextLookup), weights);
                sum6 += Avx512BW.MultiplyAddAdjacent(PermuteFour(tables + 384, tables + 1408, lookup, nextLookup), weights);
                sum7 += Avx512BW.MultiplyAddAdjacent(PermuteFour(tables + 448, tables + 1472, lookup, nextLookup), weights);
                sum8 += Avx512BW.MultiplyAddAdjacent(PermuteFour(tables + 512, tables + 1536, lookup, nextLookup), weights);
                sum9 += Avx512BW.MultiplyAddAdjacent(PermuteFour(tables + 576, tables + 1600, lookup, nextLookup), weights);
                sum10 += Avx512BW.MultiplyAddAdjacent(PermuteFour(tables + 640, tables + 1664, lookup, nextLookup), weights);
                sum11 += Avx512BW.MultiplyAddAdjacent(PermuteFour(tables + 704, tables + 1728, lookup, nextLookup), weights);
                sum12 += Avx512BW.MultiplyAddAdjacent(PermuteFour(tables + 768, tables + 1792, lookup, nextLookup), weights);
                sum13 += Avx512BW.MultiplyAddAdjacent(PermuteFour(tables + 832, tables + 1856, lookup, nextLookup), weights);
                sum14 += Avx512BW.MultiplyAddAdjacent(PermuteFour(tables + 896, tables + 1920, lookup, nextLookup), weights);
                sum15 += Avx512BW.MultiplyAddAdjacent(PermuteFour(tables + 960, tables + 1984, lookup, nextLookup), weights);
                index += 128;
                tables += 2048;
            }

            for (; pair < pairs; pair++)
            {
                Vector512<byte> lookup = Vector512.Load(index);
                sum0 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables), lookup), weights);
                sum1 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 64), lookup), weights);
                sum2 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 128), lookup), weights);
                sum3 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 192), lookup), weights);
                sum4 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 256), lookup), weights);
                sum5 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 320), lookup), weights);
                sum6 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 384), lookup), weights);
                sum7 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 448), lookup), weights);
                sum8 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 512), lookup), weights);
                sum9 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 576), lookup), weights);
                sum10 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 640), lookup), weights);
                sum11 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 704), lookup), weights);
                sum12 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 768), lookup), weights);
                sum13 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 832), lookup), weights);
                sum14 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 896), lookup), weights);
                sum15 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 960), lookup), weights);
                index += 64;
                tables += 1024;
            }

            Vector512<short> value = Vector512.Load(largest.Values), second = Vector512.Load(largest.Seconds), kept = Vector512.Load(largest.Places), current = TOutputs.Places(place);
            Keep<TOutputs>(tile, 0, sum0, ref current, ref value, ref second, ref kept);
            Keep<TOutputs>(tile, 1, sum1, ref current, ref value, ref second, ref kept);
            Keep<TOutputs>(tile, 2, sum2, ref current, ref value, ref second, ref kept);
            Keep<TOutputs>(tile, 3, sum3, ref current, ref value, ref second, ref kept);
            Keep<TOutputs>(tile, 4, sum4, ref current, ref value, ref second, ref kept);
            Keep<TOutputs>(tile, 5, sum5, ref current, ref value, ref second, ref kept);
            Keep<TOutputs>(tile, 6, sum6, ref current, ref value, ref second, ref kept);
            Keep<TOutputs>(tile, 7, sum7, ref current, ref value, ref second, ref kept);
            Keep<TOutputs>(tile, 8, sum8, ref current, ref value, ref second, ref kept);
            Keep<TOutputs>(tile, 9, sum9, ref current, ref value, ref second, ref kept);
            Keep<TOutputs>(tile, 10, sum10, ref current, ref value, ref second, ref kept);
            Keep<TOutputs>(tile, 11, sum11, ref current, ref value, ref second, ref kept);
            Keep<TOutputs>(tile, 12, sum12, ref current, ref value, ref second, ref kept);
            Keep<TOutputs>(tile, 13, sum13, ref current, ref value, ref second, ref kept);
            Keep<TOutputs>(tile, 14, sum14, ref current, ref value, ref second, ref kept);
            Keep<TOutputs>(tile, 15, sum15, ref current, ref value, ref second, ref kept);
            value.Store(largest.Values);
            second.Store(largest.Seconds);
            kept.Store(largest.Places);
            largest = largest.Next;
        }
    }

    /// <summary>Four registers: of 8 outputs.</summary>
    [MethodImpl(Compiled.Once)]
    private static void KeepNarrowLargest<TOutputs>(in OutputTile tile, int place, LargestOutputs largest)
        where TOutputs : struct, IOutputs
    {
        Vector512<sbyte> weights = Vector512.Create((sbyte)(1 << tile.Estimates.Shift));
        int pairs = (tile.Codebooks + 1) / 2, foursPairs = tile.FoursOf(tile.Codebooks) / 2;
        for (int first = 0; first < tile.Rows; first += TOutputs.BlockRows)
        {
            byte* index = tile.Codes + (first / 16 * tile.CodeBlockStride);
            byte* tables = tile.Tables;
            Vector512<short> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
            int pair = 0;
            for (; pair < foursPairs; pair += 2)
            {
                Vector512<byte> lookup = Vector512.Load(index), nextLookup = Vector512.Load(index + 64);
                sum0 += Avx512BW.MultiplyAddAdjacent(PermuteFour(tables, tables + 256, lookup, nextLookup), weights);
                sum1 += Avx512BW.MultiplyAddAdjacent(PermuteFour(tables + 64, tables + 320, lookup, nextLookup), weights);
                sum2 += Avx512BW.MultiplyAddAdjacent(PermuteFour(tables + 128, tables + 384, lookup, nextLookup), weights);
                sum3 += Avx512BW.MultiplyAddAdjacent(PermuteFour(tables + 192, tables + 448, lookup, nextLookup), weights);
                index += 128;
                tables += 512;
            }

            for (; pair < pairs; pair++)
            {
                Vector512<byte> lookup = Vector512.Load(index);
                sum0 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables), lookup), weights);
                sum1 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 64), lookup), weights);
                sum2 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 128), lookup), weights);
                sum3 += Avx512BW.MultiplyAddAdjacent(TPermutation.Permute(Vector512.Load(tables + 192), lookup), weights);
                index += 64;
                tables += 256;
            }

            Vector512<short> value = Vector512.Load(largest.Values), second = Vector512.Load(largest.Seconds), kept = Vector512.Load(largest.Places), current = TOutputs.Places(place);
            Keep<TOutputs>(tile, 0, sum0, ref current, ref value, ref second, ref kept);
            Keep<TOutputs>(tile, 1, sum1, ref current, ref value, ref second, ref kept);
            Keep<TOutputs>(tile, 2, sum2, ref current, ref value, ref second, ref kept);
            Keep<TOutputs>(tile, 3, sum3, ref current, ref value, ref second, ref kept);
            value.Store(largest.Values);
            second.Store(largest.Seconds);
            kept.Store(largest.Places);
            largest = largest.Next;
        }
    }

    /// <summary>The entries of two pairs of codebooks, added: bytes, as those of all four would still be.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> PermuteFour(byte* tables, byte* nextTables, Vector512<byte> lookup, Vector512<byte> nextLookup) =>
        TPermutation.Permute(Vector512.Load(tables), lookup) + TPermutation.Permute(Vector512.Load(nextTables), nextLookup);

    /// <summary>Estimates the outputs of a register, whose sums are shifted, and keeps them where they are greater.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Keep<TOutputs>(
        in OutputTile tile, int register, Vector512<short> sums, ref Vector512<short> current, ref Vector512<short> value, ref Vector512<short> second, ref Vector512<short> kept)
        where TOutputs : struct, IOutputs
    {
        // Two words to all pairs: of the ways to repeat memory in a register the one that takes least.
        int pair = TOutputs.PairOf(register);
        Vector512<ushort> scale = Vector512.Create(*(int*)(tile.Estimates.Scales + pair)).AsUInt16();
        Vector512<short> offset = Vector512.Create(*(int*)(tile.Estimates.Offsets + pair)).AsInt16();
        Avx512Kernel.Keep(sums.AsUInt16(), scale, offset, current, ref value, ref second, ref kept);
        current += Vector512.Create((short)TOutputs.Step);
    }

    /// <summary>With 16 leaves: words 2r and 2r + 1 serve outputs 2i and 2i + 1 of row r.</summary>
    private readonly struct TwoOutputs : IOutputs
    {
        public static int BlockRows => 16;

        public static int Step => 2;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<short> Places(int place) => Vector512.Create((place & 0xFFFF) | ((place + 1) << 16)).AsInt16();

        /// <summary>The last of the first output's words, and the first of the second one's.</summary>
        public static int PairOf(int i) => (2 * TileEstimates.Copies * i) + TileEstimates.Copies - 1;
    }

    /// <summary>With 32 leaves: word r serves output i of row r.</summary>
    private readonly struct OneOutput : IOutputs
    {
        public static int BlockRows => 32;

        public static int Step => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<short> Places(int place) => Vector512.Create((short)place);

        public static int PairOf(int i) => TileEstimates.Copies * i;
    }
}
