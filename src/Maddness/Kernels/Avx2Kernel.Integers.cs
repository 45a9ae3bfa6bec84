using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>
/// Encoding integers at their own width: 32 rows of bytes or 16 of int16 in one vector, where floats take 8 (measured on Zen 4, 10,000 × 512 columns, C = 16, packing included, ns a row: as floats 6.2 and 6.3, so 1.5 and 3.2; floats themselves 5.4).
/// Thresholds of integers are integers of the same type, which float32 holds exactly.
/// </content>
internal readonly unsafe partial struct Avx2Kernel
{
    /// <summary>Encodes as many blocks as fill whole vectors, by trees of 16 leaves, and returns how many these are.</summary>
    [MethodImpl(Compiled.Once)]
    private static int EncodeIntegers<T>(in EncodeTile<T> tile)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float) || tile.Levels != 4)
        {
            return 0;
        }

        int blocks = typeof(T) == typeof(short) ? tile.Blocks : tile.Blocks / 2 * 2;
        for (int codebook = 0; blocks > 0 && codebook < tile.Codebooks; codebook++)
        {
            if (typeof(T) == typeof(short))
            {
                EncodeWords(tile, codebook, blocks);
            }
            else
            {
                EncodeBytes(tile, codebook, blocks);
            }
        }

        return blocks;
    }

    /// <summary>32 rows, a byte each; the tree's 15 thresholds stand in both 128-bit lanes, from where a byte shuffle takes the node's.</summary>
    [MethodImpl(Compiled.Once)]
    private static void EncodeBytes<T>(in EncodeTile<T> tile, int codebook, int blocks)
        where T : unmanaged
    {
        nint* columns = tile.ColumnOffsets + (codebook * 4);
        T* column0 = tile.Source + columns[0], column1 = tile.Source + columns[1], column2 = tile.Source + columns[2], column3 = tile.Source + columns[3];
        Vector256<short> thresholds = Thresholds(tile.Thresholds + (codebook * 16));
        Vector128<sbyte> bytes = typeof(T) == typeof(byte)
            ? Sse2.PackUnsignedSaturate(thresholds.GetLower(), thresholds.GetUpper()).AsSByte()
            : Sse2.PackSignedSaturate(thresholds.GetLower(), thresholds.GetUpper());
        Vector256<sbyte> tree = Signed<T>(Vector256.Create(bytes, bytes));
        Vector256<sbyte> root = Vector256.Create(tree[1]);
        byte* codes = tile.Codes + (codebook * CodeBlock.Rows);
        for (int block = 0; block < blocks; block += 2)
        {
            Vector256<sbyte> node = Vector256.Create((sbyte)2) - Vector256.GreaterThan(LoadSigned<T>(column0), root);
            node = node + node - Vector256.GreaterThan(LoadSigned<T>(column1), Avx2.Shuffle(tree, node));
            node = node + node - Vector256.GreaterThan(LoadSigned<T>(column2), Avx2.Shuffle(tree, node));
            node = node + node - Vector256.GreaterThan(LoadSigned<T>(column3), Avx2.Shuffle(tree, node));
            Vector256<sbyte> leaf = node - Vector256.Create((sbyte)16);
            leaf.GetLower().Store((sbyte*)codes);
            leaf.GetUpper().Store((sbyte*)codes + tile.CodeBlockStride);
            column0 += 32;
            column1 += 32;
            column2 += 32;
            column3 += 32;
            codes += 2 * tile.CodeBlockStride;
        }
    }

    /// <summary>16 rows, 16 bits each. Both bytes of a word are its node's number, as comparisons set both: one shuffle takes the threshold's low byte by it, one the high byte.</summary>
    [MethodImpl(Compiled.Once)]
    private static void EncodeWords<T>(in EncodeTile<T> tile, int codebook, int blocks)
        where T : unmanaged
    {
        nint* columns = tile.ColumnOffsets + (codebook * 4);
        short* source = (short*)tile.Source;
        short* column0 = source + columns[0], column1 = source + columns[1], column2 = source + columns[2], column3 = source + columns[3];
        Vector256<short> thresholds = Thresholds(tile.Thresholds + (codebook * 16));
        Vector256<short> lows = thresholds & Vector256.Create((short)0xFF), highs = thresholds >>> 8;
        Vector128<byte> lowBytes = Sse2.PackUnsignedSaturate(lows.GetLower(), lows.GetUpper()), highBytes = Sse2.PackUnsignedSaturate(highs.GetLower(), highs.GetUpper());
        Vector256<byte> low = Vector256.Create(lowBytes, lowBytes), high = Vector256.Create(highBytes, highBytes);
        Vector256<short> root = Vector256.Create(thresholds[1]);
        byte* codes = tile.Codes + (codebook * CodeBlock.Rows);
        for (int block = 0; block < blocks; block++)
        {
            Vector256<byte> node = Vector256.Create((byte)2) - Vector256.GreaterThan(Vector256.Load(column0), root).AsByte();
            node = node + node - Vector256.GreaterThan(Vector256.Load(column1), Threshold(low, high, node)).AsByte();
            node = node + node - Vector256.GreaterThan(Vector256.Load(column2), Threshold(low, high, node)).AsByte();
            node = node + node - Vector256.GreaterThan(Vector256.Load(column3), Threshold(low, high, node)).AsByte();
            Vector256<short> leaf = node.AsInt16() & Vector256.Create((short)0x0F);
            Sse2.PackUnsignedSaturate(leaf.GetLower(), leaf.GetUpper()).Store(codes);
            column0 += 16;
            column1 += 16;
            column2 += 16;
            column3 += 16;
            codes += tile.CodeBlockStride;
        }
    }

    /// <summary>The words of thresholds by nodes, each of which is in both bytes of a word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Threshold(Vector256<byte> low, Vector256<byte> high, Vector256<byte> node) =>
        Avx2.BlendVariable(Avx2.Shuffle(low, node), Avx2.Shuffle(high, node), Vector256.Create((ushort)0xFF00).AsByte()).AsInt16();

    /// <summary>A tree's 15 thresholds as words, which hold bytes with or without sign, too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Thresholds(float* thresholds)
    {
        // Packing works within 128-bit lanes.
        Vector256<short> words = Avx2.PackSignedSaturate(Avx.ConvertToVector256Int32(Vector256.Load(thresholds)), Avx.ConvertToVector256Int32(Vector256.Load(thresholds + 8)));
        return Avx2.Permute4x64(words.AsInt64(), 0b11_01_10_00).AsInt16();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> LoadSigned<T>(T* rows)
        where T : unmanaged => Signed<T>(Vector256.Load((sbyte*)rows));

    /// <summary>Unsigned bytes, flipped in their highest bit, order as signed ones do, which stay.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Signed<T>(Vector256<sbyte> values) => typeof(T) == typeof(byte) ? values ^ Vector256.Create(sbyte.MinValue) : values;
}
