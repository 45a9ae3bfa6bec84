using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>Where the registers of a summed block go.</content>
internal static unsafe partial class Avx512Output
{
    /// <summary>Takes the rows of a block, each a register of 32 sums of 16 bits.</summary>
    internal interface ISink<TSelf>
        where TSelf : struct, ISink<TSelf>
    {
        /// <summary>Made when the sums are complete, so that nothing it holds takes registers before.</summary>
        static abstract TSelf Create(in OutputTile tile, void* target);

        /// <summary>Takes register <paramref name="register"/>, a row: outputs 4l to 4l + 3 in the lower words of lane l, 16 + 4l to 19 + 4l in the upper ones.</summary>
        void Take(int register, Vector512<ushort> sums);
    }

    /// <summary>To memory, as they are.</summary>
    internal readonly struct Spill : ISink<Spill>
    {
        private readonly ushort* _target;

        private Spill(ushort* target) => _target = target;

        public static Spill Create(in OutputTile tile, void* target) => new((ushort*)target);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Take(int register, Vector512<ushort> sums) => sums.Store(_target + (register * Width));
    }

    /// <summary>To whole rows of 32 outputs.</summary>
    internal readonly struct OutputPairs<TEpilogue, TStores> : ISink<OutputPairs<TEpilogue, TStores>>
        where TEpilogue : struct, IEpilogue
        where TStores : struct, IStores
    {
        private readonly Affine<TEpilogue> _low;
        private readonly Affine<TEpilogue> _high;
        private readonly float* _destination;
        private readonly nint _stride;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private OutputPairs(in OutputTile tile, float* destination)
        {
            _low = new Affine<TEpilogue>(tile, 0);
            _high = new Affine<TEpilogue>(tile, 16);
            _destination = destination;
            _stride = tile.RowStride;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static OutputPairs<TEpilogue, TStores> Create(in OutputTile tile, void* target) => new(tile, (float*)target);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Take(int register, Vector512<ushort> sums)
        {
            float* row = _destination + (register * _stride);
            Store(_low.OfLower(sums), row);
            Store(_high.OfUpper(sums), row + 16);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Store(Vector512<float> line, float* destination)
        {
            if (TStores.ArePastCaches)
            {
                line.StoreAlignedNonTemporal(destination);
            }
            else
            {
                line.Store(destination);
            }
        }
    }

    /// <summary>The same, as whole cache lines past the caches, where rows start behind one, each as it may: see <see cref="OutputTile.Carry"/>.</summary>
    internal readonly struct CarriedPairs<TEpilogue> : ISink<CarriedPairs<TEpilogue>>
        where TEpilogue : struct, IEpilogue
    {
        private readonly Affine<TEpilogue> _low;
        private readonly Affine<TEpilogue> _high;
        private readonly float* _carry;
        private readonly float* _heads;
        private readonly float* _destination;
        private readonly nint _stride;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private CarriedPairs(in OutputTile tile, float* destination)
        {
            _low = new Affine<TEpilogue>(tile, 0);
            _high = new Affine<TEpilogue>(tile, 16);

            nint row = (nint)(destination - tile.Destination) / tile.RowStride;
            _carry = tile.Carry + (row * OutputTile.CarryStride);
            _heads = tile.Heads == null ? null : tile.Heads + (row * OutputTile.CarryStride);
            _destination = destination;
            _stride = tile.RowStride;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static CarriedPairs<TEpilogue> Create(in OutputTile tile, void* target) => new(tile, (float*)target);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Take(int register, Vector512<ushort> sums)
        {
            float* carry = _carry + (register * OutputTile.CarryStride);
            float* row = _destination + (register * _stride);

            // A line is the last lanes, as many as the row is behind one, of 16 outputs and the first ones of the next 16.
            int shift = CacheLine.FloatsBehind(row);
            Vector512<int> lanes = Vector512<int>.Indices + Vector512.Create(16 - shift);
            float* lines = row - shift;
            Vector512<float> low = _low.OfLower(sums);
            Vector512<float> high = _high.OfUpper(sums);
            if (_heads != null)
            {
                low.Store(_heads + (register * OutputTile.CarryStride));
            }
            else
            {
                Avx512F.PermuteVar16x32x2(Vector512.Load(carry), lanes, low).StoreAlignedNonTemporal(lines);
            }

            Avx512F.PermuteVar16x32x2(low, lanes, high).StoreAlignedNonTemporal(lines + 16);
            high.Store(carry);
        }
    }

    /// <summary>To rows of 1 to 31 outputs.</summary>
    internal readonly struct PartsOfPairs<TEpilogue> : ISink<PartsOfPairs<TEpilogue>>
        where TEpilogue : struct, IEpilogue
    {
        private readonly Affine<TEpilogue> _low;
        private readonly Affine<TEpilogue> _high;
        private readonly Vector512<float> _mask;
        private readonly float* _destination;
        private readonly nint _stride;
        private readonly bool _hasHigh;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private PartsOfPairs(in OutputTile tile, float* destination)
        {
            _low = new Affine<TEpilogue>(tile, 0);
            _high = new Affine<TEpilogue>(tile, 16);
            _hasHigh = tile.Outputs > 16;
            _mask = Vector512.GreaterThan(Vector512.Create(_hasHigh ? tile.Outputs - 16 : tile.Outputs), Vector512<int>.Indices).AsSingle();
            _destination = destination;
            _stride = tile.RowStride;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static PartsOfPairs<TEpilogue> Create(in OutputTile tile, void* target) => new(tile, (float*)target);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Take(int register, Vector512<ushort> sums)
        {
            float* row = _destination + (register * _stride);
            Vector512<float> low = _low.OfLower(sums);
            if (_hasHigh)
            {
                low.Store(row);
                Avx512F.MaskStore(row + 16, _mask, _high.OfUpper(sums));
            }
            else
            {
                Avx512F.MaskStore(row, _mask, low);
            }
        }
    }

    /// <summary>
    /// Scales, offsets, bias and floor of 16 outputs in registers. The product float(sum) · scale, rounded once, is computed without a conversion: a 16-bit sum as the lower
    /// half of 2^23 makes the float 2^23 + sum, and the fused (2^23 + sum) · scale − 2^23 · scale rounds the exact sum · scale once, as the multiplication would.
    /// 2^23 · scale is exact as long as it does not overflow: see <see cref="OutputTile.ScalesAreModerate"/>.
    /// </summary>
    private readonly struct Affine<TEpilogue>
        where TEpilogue : struct, IEpilogue
    {
        private readonly Vector512<float> _scale;
        private readonly Vector512<float> _shift;
        private readonly Vector512<float> _offset;
        private readonly Vector512<float> _bias;
        private readonly Vector512<float> _floor;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal Affine(in OutputTile tile, int output)
        {
            _scale = Vector512.Load(tile.Scales + output);
            _shift = _scale * Vector512.Create(-OutputTile.MantissaShift);
            _offset = Vector512.Load(tile.Offsets + output);
            if (TEpilogue.AddsBias)
            {
                _bias = Vector512.Load(tile.Bias + output);
            }

            if (TEpilogue.HasFloor)
            {
                _floor = Vector512.Create(tile.Floor);
            }
        }

        /// <summary>Of the lower words of each lane.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal Vector512<float> OfLower(Vector512<ushort> sums) => Of(Avx512BW.UnpackLow(sums, UpperMantissa));

        /// <summary>Of the upper words of each lane.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal Vector512<float> OfUpper(Vector512<ushort> sums) => Of(Avx512BW.UnpackHigh(sums, UpperMantissa));

        /// <summary>The upper half of 2^23 as a float: a sum before it is 2^23 + sum.</summary>
        private static Vector512<ushort> UpperMantissa => Vector512.Create((ushort)(BitConverter.SingleToUInt32Bits(OutputTile.MantissaShift) >> 16));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector512<float> Of(Vector512<ushort> shifted)
        {
            Vector512<float> value = Avx512F.FusedMultiplyAdd(shifted.AsSingle(), _scale, _shift) + _offset;
            if (TEpilogue.AddsBias)
            {
                value += _bias;
            }

            return TEpilogue.HasFloor ? Avx512F.Max(_floor, value) : value;
        }
    }
}
