using System.Runtime.CompilerServices;

namespace Maddness.Common;

/// <summary>What travels between memory and caches at once, on every CPU that kernels are written for.</summary>
internal static unsafe class CacheLine
{
    internal const int Bytes = 64;

    /// <summary>Addresses that are so far apart, or a multiple of that, share one set of a first cache of 64 sets, which x86 has whatever its size.</summary>
    internal const int AliasedBytes = 4096;

    /// <summary>Floats of a line.</summary>
    internal const int Floats = Bytes / sizeof(float);

    /// <summary>The first line that starts in some memory, which has <see cref="Bytes"/> more than are needed: a vector across two lines would be stored, and read back, in halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static byte* FirstIn(void* memory) => Of((byte*)memory + (Bytes - 1));

    /// <summary>How many floats an address, a multiple of their size, is behind the start of its line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int FloatsBehind(void* address) => (int)((nuint)address / sizeof(float) % Floats);

    /// <summary>The start of the line that an address is in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static byte* Of(void* address) => (byte*)((nuint)address & ~(nuint)(Bytes - 1));
}
