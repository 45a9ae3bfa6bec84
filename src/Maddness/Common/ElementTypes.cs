using System.Runtime.CompilerServices;

namespace Maddness.Common;

/// <summary>The element types that A can have.</summary>
internal static class ElementTypes
{
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is none of float, short, sbyte, byte.</exception>
    internal static ElementType Of<T>()
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            return ElementType.Float32;
        }

        if (typeof(T) == typeof(short))
        {
            return ElementType.Int16;
        }

        if (typeof(T) == typeof(sbyte))
        {
            return ElementType.Int8;
        }

        if (typeof(T) == typeof(byte))
        {
            return ElementType.UInt8;
        }

        throw new NotSupportedException($"Rows of {typeof(T)} are not supported; expected float, short, sbyte or byte.");
    }

    /// <summary>What an element takes.</summary>
    internal static int BytesOf(ElementType type) => type switch { ElementType.Float32 => sizeof(float), ElementType.Int16 => sizeof(short), _ => 1 };

    /// <summary>The value in float32, exactly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float ToSingle<T>(T value)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            return (float)(object)value;
        }

        if (typeof(T) == typeof(short))
        {
            return (short)(object)value;
        }

        if (typeof(T) == typeof(sbyte))
        {
            return (sbyte)(object)value;
        }

        return (byte)(object)value;
    }
}
