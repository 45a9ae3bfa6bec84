using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Kernels;

/// <summary>
/// Estimates of the largest and the second largest output so far of blocks of rows, and the places of the largest, in <see cref="IKernel.LargestLanes"/> lanes a block, which are words. Several lanes may serve
/// the same row, each of them having seen its share of the outputs: which, is the kernel's.
/// </summary>
/// <param name="values">The first block's lanes of the largest outputs; those of the second largest and of places follow behind those of all blocks.</param>
/// <param name="blockLanes">Lanes of a block.</param>
/// <param name="lanes">Lanes of all blocks.</param>
internal readonly unsafe struct LargestOutputs(short* values, int blockLanes, int lanes)
{
    /// <summary>Lanes of a block whose even rows are in the first four groups, and its odd rows in the last four: as byte shuffles sum rows in pairs.</summary>
    internal const int PairedLanes = 2 * OddLanes;

    /// <summary>The first lane of odd rows.</summary>
    internal const int OddLanes = 32;

    private readonly int _blockLanes = blockLanes;
    private readonly int _lanes = lanes;

    /// <summary>Estimates of the largest outputs.</summary>
    internal short* Values { get; } = values;

    /// <summary>Estimates of the second largest outputs: of equals one is here.</summary>
    internal short* Seconds => Values + _lanes;

    /// <summary>Which outputs the largest are.</summary>
    internal short* Places => Values + (2 * _lanes);

    /// <summary>Words in memory for so many lanes.</summary>
    internal static int WordsFor(int lanes) => 3 * lanes;

    /// <summary>What is kept of the next block.</summary>
    internal LargestOutputs Next => new(Values + _blockLanes, _blockLanes, _lanes);

    /// <summary>Before the first tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Clear()
    {
        new Span<short>(Values, 2 * _lanes).Fill(short.MinValue);
        new Span<short>(Places, _lanes).Clear();
    }

    /// <summary><see cref="IKernel.WriteLargest"/> where blocks have <see cref="PairedLanes"/>.</summary>
    [MethodImpl(Compiled.Once)]
    internal static ulong WritePaired(LargestOutputs largest, int* indices, int rows)
    {
        ulong unsure = 0;
        for (int first = 0; first < rows; first += 16)
        {
            EightRows even = EightRows.Merge(largest, 0, 4), odd = EightRows.Merge(largest, OddLanes, 4);
            even.Interleave(odd, out EightRows low, out EightRows high);
            unsure |= low.Write(indices + first, rows - first) << first;
            if (rows - first > 8)
            {
                unsure |= high.Write(indices + first + 8, rows - first - 8) << (first + 8);
            }

            largest = largest.Next;
        }

        return unsure;
    }

    /// <summary>What is kept of eight rows.</summary>
    internal readonly struct EightRows
    {
        private readonly Vector128<short> _values;
        private readonly Vector128<short> _seconds;
        private readonly Vector128<short> _places;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private EightRows(Vector128<short> values, Vector128<short> seconds, Vector128<short> places)
        {
            _values = values;
            _seconds = seconds;
            _places = places;
        }

        /// <summary>Of <paramref name="groups"/> groups of eight lanes that have seen shares of the outputs of eight rows.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal static EightRows Merge(LargestOutputs largest, int lane, int groups)
        {
            Vector128<short> values = Vector128.Load(largest.Values + lane), seconds = Vector128.Load(largest.Seconds + lane), places = Vector128.Load(largest.Places + lane);
            for (int group = 1; group < groups; group++)
            {
                lane += 8;
                Vector128<short> others = Vector128.Load(largest.Values + lane);
                places = Vector128.ConditionalSelect(Vector128.GreaterThan(others, values), Vector128.Load(largest.Places + lane), places);
                seconds = Vector128.Max(Vector128.Max(seconds, Vector128.Load(largest.Seconds + lane)), Vector128.Min(values, others));
                values = Vector128.Max(values, others);
            }

            return new(values, seconds, places);
        }

        /// <summary>Of eight even and eight odd rows the first eight and the last eight.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal void Interleave(in EightRows odd, out EightRows low, out EightRows high)
        {
            low = new(Low(_values, odd._values), Low(_seconds, odd._seconds), Low(_places, odd._places));
            high = new(High(_values, odd._values), High(_seconds, odd._seconds), High(_places, odd._places));
        }

        /// <summary>Writes the places of up to eight rows, and returns which of them are not sure.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal ulong Write(int* indices, int rows)
        {
            (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(_places.AsUInt16());
            ulong sure = Vector128.GreaterThan(_values, _seconds + Vector128.Create((short)(TileEstimates.SureDistance - 1))).ExtractMostSignificantBits();
            if (rows >= 8)
            {
                low.AsInt32().Store(indices);
                high.AsInt32().Store(indices + 4);
                return ~sure & 0xFF;
            }

            for (int row = 0; row < rows; row++)
            {
                indices[row] = (int)(row < 4 ? low[row] : high[row - 4]);
            }

            return ~sure & ((1u << rows) - 1);
        }

        private static Vector128<short> Low(Vector128<short> even, Vector128<short> odd) =>
            Interleaved(Vector128.WidenLower(even.AsUInt16()), Vector128.WidenLower(odd.AsUInt16()));

        private static Vector128<short> High(Vector128<short> even, Vector128<short> odd) =>
            Interleaved(Vector128.WidenUpper(even.AsUInt16()), Vector128.WidenUpper(odd.AsUInt16()));

        private static Vector128<short> Interleaved(Vector128<uint> even, Vector128<uint> odd) => (even | (odd << 16)).AsInt16();
    }
}
