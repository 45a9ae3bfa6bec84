using System.Numerics;
using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Kernels;

/// <summary>
/// Tables whose entries are loaded, and not permuted: what one leaf adds to all outputs of a tile stands together, a byte each, at a row's code. It takes as many operations with 64 leaves as with 16, and, as two outputs are
/// added in one 16-bit lane, no more than a byte shuffle's; and what comes out are rows, which need no transposition (measured on Zen 4, AVX-512, 512 rows × 96 outputs, C = 4 and 16, ns a row: shuffled 11.0 and 23.6, loaded
/// 8.9 and 19.2).
/// </summary>
internal static unsafe class LeafTables
{
    /// <summary>Lays out a tile, [codebook][leaf][place]; what stands behind the last output is left as it is: nobody reads its sums.</summary>
    /// <param name="source">The tables.</param>
    /// <param name="firstOutput">The tile's first output.</param>
    /// <param name="width">Outputs of the tile.</param>
    /// <param name="place">Where an output of the tile stands among the bytes of a leaf.</param>
    /// <param name="packed">The tile.</param>
    [MethodImpl(Compiled.Once)]
    internal static void Pack(in TableSource source, int firstOutput, int width, Func<int, int> place, byte* packed)
    {
        int count = Math.Min(width, source.Outputs - firstOutput);
        for (int output = 0; output < count; output++)
        {
            byte* target = packed + place(output);
            ReadOnlySpan<byte> entries = source.TablesOf(firstOutput + output);
            for (int i = 0; i < entries.Length; i++)
            {
                target[(nint)i * width] = entries[i];
            }
        }
    }

    /// <summary>
    /// Where the leaf of row <paramref name="row"/> stands among a codebook's leaves of <paramref name="width"/> bytes; both are constants where this is inlined. Eight codes come with one load, the first one lowest (on CPUs that are little endian): a rotation and a mask take what loading a
    /// byte and multiplying it takes, without the load (measured on Zen 4, AVX-512, 512 rows × 100 outputs, C = 8, 16 and 32, ns a row: 13.1, 19.8 and 33.8 with a load for each code, 12.7, 19.4 and 33.0 so).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static nint OffsetOf(ulong codes, int row, int width) => (nint)(BitOperations.RotateRight(codes, (8 * row) - BitOperations.Log2((uint)width)) & ((ulong)byte.MaxValue * (uint)width));
}
