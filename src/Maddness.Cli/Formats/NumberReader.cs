using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Maddness.Cli.Formats;

/// <summary>Turns the little-endian bytes of a file into numbers of another type. Machines that are not little-endian are refused at the start.</summary>
internal static class NumberReader
{
    /// <summary>Converts as many numbers as the destination takes. Floats are rounded to the nearest; integers must fit, which the caller has checked by the types.</summary>
    internal static void Convert<T>(NumberType type, ReadOnlySpan<byte> source, Span<T> destination)
        where T : unmanaged, INumberBase<T>
    {
        switch (type)
        {
            case NumberType.Float64:
                Convert<double, T>(source, destination);
                break;
            case NumberType.Float32:
                Convert<float, T>(source, destination);
                break;
            case NumberType.Float16:
                Convert<Half, T>(source, destination);
                break;
            case NumberType.BFloat16:
                ConvertBFloat16(source, destination);
                break;
            case NumberType.Int8:
                Convert<sbyte, T>(source, destination);
                break;
            case NumberType.UInt8:
                Convert<byte, T>(source, destination);
                break;
            case NumberType.Int16:
                Convert<short, T>(source, destination);
                break;
            case NumberType.UInt16:
                Convert<ushort, T>(source, destination);
                break;
            case NumberType.Int32:
                Convert<int, T>(source, destination);
                break;
            case NumberType.UInt32:
                Convert<uint, T>(source, destination);
                break;
            case NumberType.Int64:
                Convert<long, T>(source, destination);
                break;
            case NumberType.UInt64:
                Convert<ulong, T>(source, destination);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Expected a member of NumberType.");
        }
    }

    private static void Convert<TFrom, TTo>(ReadOnlySpan<byte> source, Span<TTo> destination)
        where TFrom : unmanaged, INumberBase<TFrom>
        where TTo : unmanaged, INumberBase<TTo>
    {
        ReadOnlySpan<TFrom> numbers = MemoryMarshal.Cast<byte, TFrom>(source);
        if (typeof(TFrom) == typeof(TTo))
        {
            MemoryMarshal.Cast<TFrom, TTo>(numbers).CopyTo(destination);
        }
        else
        {
            TensorPrimitives.ConvertSaturating(numbers, destination);
        }
    }

    /// <summary>A bfloat16 is the upper half of a float32.</summary>
    private static void ConvertBFloat16<T>(ReadOnlySpan<byte> source, Span<T> destination)
        where T : unmanaged, INumberBase<T>
    {
        ReadOnlySpan<ushort> halves = MemoryMarshal.Cast<byte, ushort>(source);
        for (int i = 0; i < halves.Length; i++)
        {
            destination[i] = T.CreateSaturating(BitConverter.UInt32BitsToSingle((uint)halves[i] << 16));
        }
    }
}
