using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Maddness.Kernels;

/// <summary>From sums of rows of 32 outputs to floats in memory.</summary>
internal static unsafe partial class Avx512Output
{
    private const int Width = Avx512Kernel.Width;

    /// <summary>Adds 16 rows of 16-bit sums, dwords of outputs i and 16 + i, to 32-bit sums, [row][output].</summary>
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
}
