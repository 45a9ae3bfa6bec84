using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Common;

namespace Maddness.Kernels;

/// <summary>From sums of rows of 32 outputs to floats in memory.</summary>
internal static unsafe partial class Avx512Output
{
    private const int Width = Avx512Kernel.Width;

    /// <summary>Adds 16 rows of 16-bit sums, as sinks take them, to 32-bit sums, [row][output].</summary>
    [MethodImpl(Compiled.Once)]
    internal static void Add(ushort* rows, int* sums)
    {
        for (int row = 0; row < 16; row++)
        {
            Widen(rows + (row * Width), out Vector512<int> low, out Vector512<int> high);
            int* target = sums + (row * Width);
            (Vector512.Load(target) + low).Store(target);
            (Vector512.Load(target + 16) + high).Store(target + 16);
        }
    }

    /// <summary>Dequantises rows of 16-bit sums, as sinks take them, and stores the tile's outputs.</summary>
    [MethodImpl(Compiled.Once)]
    internal static void Store(in OutputTile tile, ushort* rows, float* destination, int count)
    {
        Vector512<float> scale0 = Vector512.Load(tile.Scales), scale1 = Vector512.Load(tile.Scales + 16);
        Vector512<float> offset0 = Vector512.Load(tile.Offsets), offset1 = Vector512.Load(tile.Offsets + 16);
        Vector512<float> bias0 = Vector512.Load(tile.Bias), bias1 = Vector512.Load(tile.Bias + 16), floor = Vector512.Create(tile.Floor);
        int outputs = tile.Outputs;
        for (int row = 0; row < count; row++)
        {
            Widen(rows, out Vector512<int> lowSums, out Vector512<int> highSums);
            Vector512<float> low = Avx512F.Max(floor, (Vector512.ConvertToSingle(lowSums) * scale0) + offset0 + bias0);
            Vector512<float> high = Avx512F.Max(floor, (Vector512.ConvertToSingle(highSums) * scale1) + offset1 + bias1);
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
    [MethodImpl(Compiled.Once)]
    internal static void Store(in OutputTile tile, int* sums, float* destination, int count)
    {
        for (int row = 0; row < count; row++)
        {
            for (int part = 0; part < Width; part += 16)
            {
                StoreFirst(Dequantize(Vector512.Load(sums + (row * Width) + part), tile, part), destination + part, tile.Outputs - part);
            }

            destination += tile.RowStride;
        }
    }

    /// <summary>16 outputs from their sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Dequantize(Vector512<int> sums, in OutputTile tile, int output) =>
        Avx512F.Max(
            Vector512.Create(tile.Floor),
            (Vector512.ConvertToSingle(sums) * Vector512.Load(tile.Scales + output)) + Vector512.Load(tile.Offsets + output) + Vector512.Load(tile.Bias + output));

    /// <summary>Outputs 0..15 and 16..31 of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Widen(ushort* row, out Vector512<int> low, out Vector512<int> high)
    {
        Vector512<ushort> sums = Vector512.Load(row);
        low = Avx512BW.UnpackLow(sums, default).AsInt32();
        high = Avx512BW.UnpackHigh(sums, default).AsInt32();
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
