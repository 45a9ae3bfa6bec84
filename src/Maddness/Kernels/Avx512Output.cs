using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Maddness.Kernels;

/// <summary>From sums of 16 rows × 32 outputs to floats in memory, for both 512-bit kernels.</summary>
internal static unsafe class Avx512Output
{
    private const int Width = Avx512Kernel.Width;

    /// <summary>Whether outputs get a bias: an addition less where they do not.</summary>
    internal interface IBias
    {
        static abstract bool IsAdded { get; }
    }

    /// <summary>Adds the 16-bit sums of 16 rows, dwords of outputs i and 16 + i, to the 32-bit sums, [row][output].</summary>
    internal static void Add(ushort* rows, int* sums)
    {
        for (int row = 0; row < 16; row++)
        {
            Vector512<uint> pairs = Vector512.Load((uint*)(rows + (row * Width)));
            int* low = sums + (row * Width);
            (Vector512.Load(low) + (pairs & Vector512.Create(0xFFFFu)).AsInt32()).Store(low);
            (Vector512.Load(low + 16) + (pairs >>> 16).AsInt32()).Store(low + 16);
        }
    }

    /// <summary>Dequantises rows of 16-bit sums, dwords of outputs i and 16 + i, and stores the tile's outputs.</summary>
    internal static void Store(in OutputTile tile, ushort* rows, float* destination, int count)
    {
        Vector512<float> scale0 = Vector512.Load(tile.Scales), scale1 = Vector512.Load(tile.Scales + 16);
        Vector512<float> offset0 = Vector512.Load(tile.Offsets), offset1 = Vector512.Load(tile.Offsets + 16);
        Vector512<float> bias0 = Vector512.Load(tile.Bias), bias1 = Vector512.Load(tile.Bias + 16);
        int outputs = tile.Outputs;
        for (int row = 0; row < count; row++)
        {
            Vector512<uint> pairs = Vector512.Load((uint*)rows);
            Vector512<float> low = Vector512.ConvertToSingle((pairs & Vector512.Create(0xFFFFu)).AsInt32());
            Vector512<float> high = Vector512.ConvertToSingle((pairs >>> 16).AsInt32());
            low = (low * scale0) + offset0 + bias0;
            high = (high * scale1) + offset1 + bias1;
            if (outputs == Width)
            {
                low.Store(destination);
                high.Store(destination + 16);
            }
            else
            {
                StoreFirst(low, destination, outputs);
                StoreFirst(high, destination + 16, outputs - 16);
            }

            rows += Width;
            destination += tile.RowStride;
        }
    }

    /// <summary>The same from 32-bit sums, [row][output].</summary>
    internal static void Store(in OutputTile tile, int* sums, float* destination, int count)
    {
        for (int row = 0; row < count; row++)
        {
            for (int part = 0; part < Width; part += 16)
            {
                Vector512<float> value = (Vector512.ConvertToSingle(Vector512.Load(sums + (row * Width) + part)) * Vector512.Load(tile.Scales + part))
                    + Vector512.Load(tile.Offsets + part) + Vector512.Load(tile.Bias + part);
                StoreFirst(value, destination + part, tile.Outputs - part);
            }

            destination += tile.RowStride;
        }
    }

    /// <summary>Stores the first <paramref name="count"/> lanes (none if it is not positive, all from 16 on).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void StoreFirst(Vector512<float> value, float* destination, int count)
    {
        if (count >= 16)
        {
            value.Store(destination);
        }
        else if (count > 0)
        {
            Avx512F.MaskStore(destination, Vector512.GreaterThan(Vector512.Create(count), Vector512<int>.Indices).AsSingle(), value);
        }
    }

    internal readonly struct WithBias : IBias
    {
        public static bool IsAdded => true;
    }

    internal readonly struct WithoutBias : IBias
    {
        public static bool IsAdded => false;
    }

    /// <summary>
    /// Scales, offsets and bias of 32 outputs in registers. The product float(sum) · scale, rounded once, is computed without a conversion: or-ing a 16-bit sum into the
    /// mantissa of 2^23 makes the float 2^23 + sum, and the fused (2^23 + sum) · scale − 2^23 · scale rounds the exact sum · scale once, as the multiplication would.
    /// 2^23 · scale is exact as long as it does not overflow: see <see cref="OutputTile.ScalesAreModerate"/>.
    /// </summary>
    internal readonly struct Affine<TBias>
        where TBias : struct, IBias
    {
        private const float Shift = 8388608;

        private readonly Vector512<float> _scale0;
        private readonly Vector512<float> _scale1;
        private readonly Vector512<float> _shift0;
        private readonly Vector512<float> _shift1;
        private readonly Vector512<float> _offset0;
        private readonly Vector512<float> _offset1;
        private readonly Vector512<float> _bias0;
        private readonly Vector512<float> _bias1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal Affine(in OutputTile tile)
        {
            _scale0 = Vector512.Load(tile.Scales);
            _scale1 = Vector512.Load(tile.Scales + 16);
            _shift0 = _scale0 * Vector512.Create(-Shift);
            _shift1 = _scale1 * Vector512.Create(-Shift);
            _offset0 = Vector512.Load(tile.Offsets);
            _offset1 = Vector512.Load(tile.Offsets + 16);
            if (TBias.IsAdded)
            {
                _bias0 = Vector512.Load(tile.Bias);
                _bias1 = Vector512.Load(tile.Bias + 16);
            }
        }

        /// <summary>Stores 32 outputs of a row from dwords of the sums of outputs i (low half) and 16 + i (high half).</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal void Store(Vector512<int> sums, float* destination)
        {
            Vector512<int> exponent = Vector512.Create(Shift).AsInt32();
            Vector512<float> low = ((sums & Vector512.Create(0xFFFF)) | exponent).AsSingle();
            Vector512<float> high = ((sums >>> 16) | exponent).AsSingle();
            low = Avx512F.FusedMultiplyAdd(low, _scale0, _shift0) + _offset0;
            high = Avx512F.FusedMultiplyAdd(high, _scale1, _shift1) + _offset1;
            if (TBias.IsAdded)
            {
                low += _bias0;
                high += _bias1;
            }

            low.Store(destination);
            high.Store(destination + 16);
        }
    }
}
