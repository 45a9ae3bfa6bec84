namespace Maddness.Kernels;

/// <summary>Stack memory that starts on a cache line: a vector across two lines would be stored, and read back, in halves.</summary>
internal static unsafe class StackMemory
{
    /// <summary>Bytes to ask for beyond those needed.</summary>
    internal const int Slack = 64;

    /// <summary>The first cache line that starts in the memory.</summary>
    internal static byte* Align(byte* memory) => (byte*)(((nuint)memory + (Slack - 1)) & ~(nuint)(Slack - 1));
}
