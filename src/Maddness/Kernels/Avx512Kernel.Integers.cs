using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>Encoding integers at their own width: 64 rows of bytes or 32 of int16 in one vector, where floats take 16.</content>
internal readonly unsafe partial struct Avx512Kernel
{
    /// <summary>Rows of four blocks, which share a vector of bytes.</summary>
    private const int ByteRows = 64;

    /// <summary>
    /// Encodes as many rows as fill whole vectors, by trees of 16 leaves, and returns the blocks done. Thresholds of integers are integers of the same type, which float32 holds exactly.
    /// </summary>
    [MethodImpl(Compiled.Once)]
    private static int EncodeIntegers<T>(in EncodeTile<T> tile)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float) || tile.Levels != 4)
        {
            return 0;
        }

        int rowsPerVector = typeof(T) == typeof(short) ? ByteRows / 2 : ByteRows;
        int vectors = tile.Blocks * CodeBlock.Rows / rowsPerVector;
        for (int codebook = 0; vectors > 0 && codebook < tile.Codebooks; codebook++)
        {
            nint* columns = tile.ColumnOffsets + (codebook * 4);
            T* column0 = tile.Source + columns[0];
            T* column1 = tile.Source + columns[1];
            T* column2 = tile.Source + columns[2];
            T* column3 = tile.Source + columns[3];
            byte* codes = tile.Codes + (codebook * CodeBlock.Rows);
            if (typeof(T) == typeof(short))
            {
                EncodeWords((short*)column0, (short*)column1, (short*)column2, (short*)column3, tile.IsCold, tile.Thresholds + (codebook * 16), codes, tile.CodeBlockStride, vectors);
            }
            else
            {
                EncodeBytes(column0, column1, column2, column3, tile.IsCold, tile.Thresholds + (codebook * 16), codes, tile.CodeBlockStride, vectors);
            }
        }

        return vectors * rowsPerVector / CodeBlock.Rows;
    }

    /// <summary>64 rows, a byte each; the tree's 15 thresholds stand in every 128-bit lane, from where a byte shuffle takes the node's.</summary>
    [MethodImpl(Compiled.Once)]
    private static void EncodeBytes<T>(T* column0, T* column1, T* column2, T* column3, bool isCold, float* thresholds, byte* codes, nint stride, int vectors)
        where T : unmanaged
    {
        Vector512<sbyte> tree = ByteTree<T>(thresholds);
        Vector512<sbyte> root = Vector512.Create(tree[1]);
        for (int i = 0; i < vectors; i++)
        {
            if (isCold)
            {
                EncodeTile<T>.AskAhead(column0);
                EncodeTile<T>.AskAhead(column1);
                EncodeTile<T>.AskAhead(column2);
                EncodeTile<T>.AskAhead(column3);
            }

            Vector512<sbyte> node = Vector512.ConditionalSelect(Vector512.GreaterThan(LoadSigned<T>(column0), root), Vector512.Create((sbyte)3), Vector512.Create((sbyte)2));
            node = Descend(node, LoadSigned<T>(column1), Avx512BW.Shuffle(tree, node));
            node = Descend(node, LoadSigned<T>(column2), Avx512BW.Shuffle(tree, node));
            node = Descend(node, LoadSigned<T>(column3), Avx512BW.Shuffle(tree, node));
            Vector512<sbyte> leaf = node - Vector512.Create((sbyte)16);
            Avx512F.ExtractVector128(leaf, 0).Store((sbyte*)codes);
            Avx512F.ExtractVector128(leaf, 1).Store((sbyte*)codes + stride);
            Avx512F.ExtractVector128(leaf, 2).Store((sbyte*)codes + (2 * stride));
            Avx512F.ExtractVector128(leaf, 3).Store((sbyte*)codes + (3 * stride));
            column0 += ByteRows;
            column1 += ByteRows;
            column2 += ByteRows;
            column3 += ByteRows;
            codes += 4 * stride;
        }
    }

    /// <summary>32 rows, 16 bits each; a permutation of words takes the node's threshold.</summary>
    [MethodImpl(Compiled.Once)]
    private static void EncodeWords(short* column0, short* column1, short* column2, short* column3, bool isCold, float* thresholds, byte* codes, nint stride, int vectors)
    {
        const int Rows = ByteRows / 2;
        Vector512<short> tree = WordTree(thresholds);
        Vector512<short> root = Vector512.Create(tree[1]);
        for (int i = 0; i < vectors; i++)
        {
            if (isCold)
            {
                EncodeTile<short>.AskAhead(column0);
                EncodeTile<short>.AskAhead(column1);
                EncodeTile<short>.AskAhead(column2);
                EncodeTile<short>.AskAhead(column3);
            }

            Vector512<short> node = Vector512.ConditionalSelect(Vector512.GreaterThan(Vector512.Load(column0), root), Vector512.Create((short)3), Vector512.Create((short)2));
            node = Descend(node, Vector512.Load(column1), Avx512BW.PermuteVar32x16(tree, node));
            node = Descend(node, Vector512.Load(column2), Avx512BW.PermuteVar32x16(tree, node));
            node = Descend(node, Vector512.Load(column3), Avx512BW.PermuteVar32x16(tree, node));
            Vector256<byte> leaf = Avx512BW.ConvertToVector256Byte((node - Vector512.Create((short)16)).AsUInt16());
            leaf.GetLower().Store(codes);
            Avx.ExtractVector128(leaf, 1).Store(codes + stride);
            column0 += Rows;
            column1 += Rows;
            column2 += Rows;
            column3 += Rows;
            codes += 2 * stride;
        }
    }

    /// <summary>One level down, as for floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Descend<T>(Vector512<T> node, Vector512<T> value, Vector512<T> threshold)
        where T : unmanaged
    {
        Vector512<T> left = node + node;
        return Vector512.ConditionalSelect(Vector512.GreaterThan(value, threshold), left + Vector512<T>.One, left);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<sbyte> LoadSigned<T>(T* rows)
        where T : unmanaged => Signed<T>(Vector512.Load((sbyte*)rows));

    /// <summary>Unsigned bytes, flipped in their highest bit, order as signed ones do, which stay.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<sbyte> Signed<T>(Vector512<sbyte> values) => typeof(T) == typeof(byte) ? values ^ Vector512.Create(sbyte.MinValue) : values;
}
