using System.Runtime.CompilerServices;

namespace Maddness.Common;

/// <summary>How the runtime is told to compile what time is spent in.</summary>
internal static class Compiled
{
    /// <summary>
    /// Well at the first call, and never again as a part of a caller. A caller that the runtime compiles once more, after many calls, takes loops into itself and is then too large to inline what these consist of: sums of 100 outputs
    /// became calls of a method for each vector, and a product of 512 inputs took 95 ns a row instead of 19 (Zen 4).
    /// </summary>
    internal const MethodImplOptions Once = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;
}
