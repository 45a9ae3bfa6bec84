using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Common;

namespace Maddness.Kernels;

/// <summary>From 128 sums, 16 rows × 8 outputs or 32 rows × 4, to floats in memory.</summary>
internal static unsafe class Avx2Output
{
    private const int Width = Avx2Kernel.Width;

    /// <summary>Takes the rows of a block, two at a time.</summary>
    internal interface ISink<TSelf>
        where TSelf : struct, ISink<TSelf>
    {
        /// <summary>Whether sums come as rows, transposed; else register by register as the kernel has summed them up, four of even rows, then four of odd ones.</summary>
        static virtual bool TakesRows => true;

        /// <summary>Made when the sums are complete, so that nothing it holds takes registers before.</summary>
        static abstract TSelf Create(in OutputTile tile, void* target, int rows);

        /// <summary>
        /// Takes 16-bit sums of rows <paramref name="row"/> and <paramref name="row"/> + 2: in the low lane outputs 0..3 of the one, then of the other; in the high lane outputs 4..7, or of four outputs the same of the rows 16 on. Or, of a
        /// sink that does not take rows, register <paramref name="row"/>.
        /// </summary>
        void TakeTwo(int row, Vector256<ushort> sums);
    }

    /// <summary>Dequantises rows of 32-bit sums, [row][output], or [row][output, and that of the row 16 on] where lanes are blocks, and stores the tile's outputs.</summary>
    [MethodImpl(Compiled.Once)]
    internal static void Store<TLanes>(in OutputTile tile, int* sums, float* destination, int rows)
        where TLanes : struct, Avx2Kernel.ILanes
    {
        Vector256<float> scale = OfLanes<TLanes>(tile.Scales), offset = OfLanes<TLanes>(tile.Offsets), bias = OfLanes<TLanes>(tile.Bias), floor = Vector256.Create(tile.Floor);
        for (int row = 0; row < Math.Min(16, rows); row++)
        {
            Vector256<float> value = Avx.Max(floor, (Vector256.ConvertToSingle(Vector256.Load(sums + (row * Width))) * scale) + offset + bias);
            StorePart<TLanes>(value, destination, tile.RowStride, row, rows, tile.Outputs);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> OfLanes<TLanes>(float* values)
        where TLanes : struct, Avx2Kernel.ILanes => TLanes.Blocks == 1 ? Vector256.Load(values) : InBothLanes(values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> InBothLanes(float* values) => Avx.BroadcastVector128ToVector256(values);

    /// <summary>Stores the first <paramref name="count"/> lanes, all from 8 on. Masked stores take tens of operations on some CPUs; these are up to three.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void StoreFirst(Vector256<float> value, float* destination, int count)
    {
        if (count >= Width)
        {
            value.Store(destination);
            return;
        }

        Vector128<float> rest = value.GetLower();
        if ((count & 4) != 0)
        {
            rest.Store(destination);
            destination += 4;
            rest = value.GetUpper();
        }

        if ((count & 2) != 0)
        {
            Sse.StoreLow(destination, rest);
            destination += 2;
            rest = Sse.MoveHighToLow(rest, rest);
        }

        if ((count & 1) != 0)
        {
            *destination = rest.ToScalar();
        }
    }

    /// <summary>Adds to 32-bit sums in memory, [row][output].</summary>
    internal readonly struct Adding : ISink<Adding>
    {
        private readonly int* _sums;

        private Adding(int* sums) => _sums = sums;

        public static Adding Create(in OutputTile tile, void* target, int rows) => new((int*)target);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void TakeTwo(int row, Vector256<ushort> sums)
        {
            Add(_sums + (row * Width), Avx2.UnpackLow(sums, Vector256<ushort>.Zero).AsInt32());
            Add(_sums + ((row + 2) * Width), Avx2.UnpackHigh(sums, Vector256<ushort>.Zero).AsInt32());
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Add(int* target, Vector256<int> sums) => (Vector256.Load(target) + sums).Store(target);
    }

    /// <summary>To memory, as the kernel has summed them up.</summary>
    internal readonly struct Accumulators : ISink<Accumulators>
    {
        private readonly ushort* _target;

        private Accumulators(ushort* target) => _target = target;

        public static bool TakesRows => false;

        public static Accumulators Create(in OutputTile tile, void* target, int rows) => new((ushort*)target);

        /// <summary>Takes register <paramref name="register"/>.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void TakeTwo(int register, Vector256<ushort> sums) => sums.Store(_target + (register * 16));
    }

    /// <summary>Dequantises to whole rows of the tile.</summary>
    internal readonly struct Rows<TEpilogue> : ISink<Rows<TEpilogue>>
        where TEpilogue : struct, IEpilogue
    {
        private readonly Affine<TEpilogue> _affine;
        private readonly float* _destination;
        private readonly nint _stride;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Rows(in OutputTile tile, float* destination)
        {
            _affine = new(tile, 0);
            _destination = destination;
            _stride = tile.RowStride;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Rows<TEpilogue> Create(in OutputTile tile, void* target, int rows) => new(tile, (float*)target);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void TakeTwo(int row, Vector256<ushort> sums)
        {
            float* first = _destination + (row * _stride);
            _affine.OfFirst(sums).Store(first);
            _affine.OfSecond(sums).Store(first + (2 * _stride));
        }
    }

    /// <summary>Dequantises, and stores the outputs that a tile has of the rows there are.</summary>
    internal readonly struct PartsOfRows<TLanes> : ISink<PartsOfRows<TLanes>>
        where TLanes : struct, Avx2Kernel.ILanes
    {
        private readonly Affine<FullEpilogue> _affine;
        private readonly float* _destination;
        private readonly nint _stride;
        private readonly int _outputs;
        private readonly int _rows;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private PartsOfRows(in OutputTile tile, float* destination, int rows)
        {
            _affine = TLanes.Blocks == 1 ? new(tile, 0) : Affine<FullEpilogue>.OfFour(tile);
            _destination = destination;
            _stride = tile.RowStride;
            _outputs = tile.Outputs;
            _rows = rows;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static PartsOfRows<TLanes> Create(in OutputTile tile, void* target, int rows) => new(tile, (float*)target, rows);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void TakeTwo(int row, Vector256<ushort> sums)
        {
            StorePart<TLanes>(_affine.OfFirst(sums), _destination, _stride, row, _rows, _outputs);
            StorePart<TLanes>(_affine.OfSecond(sums), _destination, _stride, row + 2, _rows, _outputs);
        }
    }

    /// <summary>Dequantises to whole rows of four outputs.</summary>
    internal readonly struct FourOutputs : ISink<FourOutputs>
    {
        private readonly Affine<FullEpilogue> _affine;
        private readonly float* _destination;
        private readonly nint _stride;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private FourOutputs(in OutputTile tile, float* destination)
        {
            _affine = Affine<FullEpilogue>.OfFour(tile);
            _destination = destination;
            _stride = tile.RowStride;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static FourOutputs Create(in OutputTile tile, void* target, int rows) => new(tile, (float*)target);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void TakeTwo(int row, Vector256<ushort> sums)
        {
            float* first = _destination + (row * _stride);
            Store(_affine.OfFirst(sums), first);
            Store(_affine.OfSecond(sums), first + (2 * _stride));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Store(Vector256<float> values, float* row)
        {
            values.GetLower().Store(row);
            values.GetUpper().Store(row + (16 * _stride));
        }
    }

    /// <summary>Stores the outputs of a row, and where lanes are blocks those of the row 16 on, as far as there are such.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePart<TLanes>(Vector256<float> values, float* destination, nint stride, int row, int rows, int outputs)
        where TLanes : struct, Avx2Kernel.ILanes
    {
        if (row < rows)
        {
            StoreFirst(values, destination + (row * stride), outputs);
        }

        if (TLanes.Blocks == 2 && row + 16 < rows)
        {
            StoreFirst(Vector256.Create(values.GetUpper(), values.GetUpper()), destination + ((row + 16) * stride), outputs);
        }
    }

    /// <summary>
    /// Scales, offsets, bias and floor of 8 outputs in registers. Unpacking 16-bit sums with the upper half of 2^23 makes the floats 2^23 + sum, whose fused product rounds sum · scale once: see
    /// <see cref="OutputTile.MantissaShift"/> and <see cref="OutputTile.ScalesAreModerate"/>.
    /// </summary>
    internal readonly struct Affine<TEpilogue>
        where TEpilogue : struct, IEpilogue
    {
        /// <summary>The upper half of 2^23 as a float.</summary>
        private const ushort ShiftBits = 0x4B00;

        private readonly Vector256<float> _scale;
        private readonly Vector256<float> _shift;
        private readonly Vector256<float> _offset;
        private readonly Vector256<float> _bias;
        private readonly Vector256<float> _floor;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal Affine(in OutputTile tile, int output)
            : this(Vector256.Load(tile.Scales + output), Vector256.Load(tile.Offsets + output), BiasOf(tile.Bias + output), Vector256.Create(tile.Floor))
        {
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Affine(Vector256<float> scale, Vector256<float> offset, Vector256<float> bias, Vector256<float> floor)
        {
            _scale = scale;
            _shift = scale * Vector256.Create(-OutputTile.MantissaShift);
            _offset = offset;
            _bias = bias;
            _floor = floor;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<float> BiasOf(float* bias) => TEpilogue.AddsBias ? Vector256.Load(bias) : default;

        /// <summary>Of four outputs, in both lanes.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal static Affine<TEpilogue> OfFour(in OutputTile tile) => new(InBothLanes(tile.Scales), InBothLanes(tile.Offsets), InBothLanes(tile.Bias), Vector256.Create(tile.Floor));

        /// <summary>The first four sums of each lane.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal Vector256<float> OfFirst(Vector256<ushort> sums) => Of(Avx2.UnpackLow(sums, Vector256.Create(ShiftBits)).AsSingle());

        /// <summary>The last four sums of each lane.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal Vector256<float> OfSecond(Vector256<ushort> sums) => Of(Avx2.UnpackHigh(sums, Vector256.Create(ShiftBits)).AsSingle());

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector256<float> Of(Vector256<float> shifted)
        {
            Vector256<float> value = Fma.MultiplyAdd(shifted, _scale, _shift) + _offset;
            if (TEpilogue.AddsBias)
            {
                value += _bias;
            }

            return TEpilogue.HasFloor ? Avx.Max(_floor, value) : value;
        }
    }
}
