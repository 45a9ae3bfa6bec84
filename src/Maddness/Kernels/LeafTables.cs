using System.Runtime.Intrinsics;

namespace Maddness.Kernels;

/// <summary>
/// Tables of more leaves than a byte shuffle reaches, or of tiles for which loads are faster. What one leaf adds to all outputs of a tile stands together, a byte each, and is loaded at a row's code: as many operations with 64 leaves as with 32, and, as
/// two outputs are added in one 16-bit lane, no more than a shuffle's with 16.
/// </summary>
internal static unsafe class LeafTables
{
    /// <summary>Units of an index for each code: with the factors of x86 addresses, 8, 4 and 2, they make the 64, 32 or 16 bytes of a leaf.</summary>
    private const int Units = 8;

    /// <summary>Index words of one block of 16 rows: one for each code, an even number of codebooks.</summary>
    internal static int IndexBytes(int codebooks) => (codebooks + (codebooks & 1)) * 16 * sizeof(ushort);

    /// <summary>Codes to index words in the same order, [codebook][row of the block]. Whatever the upper bits of a code hold, here no index leaves its table; <see cref="IKernel.SumRows"/> relies on codes being below <paramref name="leaves"/>, which loading checks.</summary>
    internal static void ExpandCodes(byte* codes, byte* index, int codebooks, int leaves, int blocks)
    {
        Vector128<byte> mask = Vector128.Create((byte)(leaves - 1));
        ushort* target = (ushort*)index;
        int count = (codebooks + (codebooks & 1)) * blocks;
        for (int i = 0; i < count; i++)
        {
            Vector128<byte> rows = Vector128.Load(codes) & mask;
            (Vector128.WidenLower(rows) * Units).Store(target);
            (Vector128.WidenUpper(rows) * Units).Store(target + 8);
            codes += 16;
            target += 16;
        }
    }

    /// <summary>Lays out a tile, [codebook][leaf][place]; what stands behind the last output is left as it is: nobody reads its sums.</summary>
    /// <param name="source">The tables.</param>
    /// <param name="firstOutput">The tile's first output.</param>
    /// <param name="width">Outputs of the tile.</param>
    /// <param name="place">Where an output of the tile stands among the bytes of a leaf.</param>
    /// <param name="packed">The tile.</param>
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
}
