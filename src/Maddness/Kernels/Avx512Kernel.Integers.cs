using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Maddness.Kernels;

/// <content>Encoding integers at their own width: 64 rows of bytes or 32 of int16 in one vector, where floats take 16.</content>
internal readonly unsafe partial struct Avx512Kernel
{
    /// <summary>Rows of four blocks, which share a vector of bytes.</summary>
    private const int ByteRows = 64;

    /// <summary>
    /// Encodes as many rows as fill whole vectors, by trees of 16 leaves, and returns the blocks done. Thresholds of integers are integers of the same type, which float32 holds exactly.
    /// </summary>
    private static int EncodeIntegers<T>(in EncodeTile<T> tile)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float) || tile.Levels != 4)
        {
            return 0;
        }

        int rowsPerVector = typeof(T) == typeof(short) ? ByteRows / 2 : ByteRows;
        int vectors = tile.Blocks * EncodeTile<T>.BlockRows / rowsPerVector;
        for (int codebook = 0; vectors > 0 && codebook < tile.Codebooks; codebook++)
        {
            nint* columns = tile.ColumnOffsets + (codebook * 4);
            T* column0 = tile.Source + columns[0];
            T* column1 = tile.Source + columns[1];
            T* column2 = tile.Source + columns[2];
            T* column3 = tile.Source + columns[3];
            byte* codes = tile.Codes + (codebook * EncodeTile<T>.BlockRows);
            if (typeof(T) == typeof(short))
            {
                EncodeWords((short*)column0, (short*)column1, (short*)column2, (short*)column3, tile.IsCold, tile.Thresholds + (codebook * 16), codes, tile.CodeBlockStride, vectors);
            }
            else
            {
                // Bytes flipped in their highest bit order as signed ones do.
                Vector512<sbyte> flip = typeof(T) == typeof(byte) ? Vector512.Create(sbyte.MinValue) : default;
                EncodeBytes((sbyte*)column0, (sbyte*)column1, (sbyte*)column2, (sbyte*)column3, flip, tile.IsCold, tile.Thresholds + (codebook * 16), codes, tile.CodeBlockStride, vectors);
            }
        }

        return vectors * rowsPerVector / EncodeTile<T>.BlockRows;
    }

    /// <summary>64 rows, a byte each; the tree's 15 thresholds stand in every 128-bit lane, from where a byte shuffle takes the node's.</summary>
    private static void EncodeBytes(
        sbyte* column0, sbyte* column1, sbyte* column2, sbyte* column3, Vector512<sbyte> flip, bool isCold, float* thresholds, byte* codes, nint stride, int vectors)
    {
        // Integers of a byte's range, with or without sign: the low byte is the threshold's.
        Vector128<byte> bytes = Avx512F.ConvertToVector128Byte(Vector512.ConvertToInt32(Vector512.Load(thresholds)).AsUInt32());
        Vector512<sbyte> tree = Avx512F.BroadcastVector128ToVector512((uint*)&bytes).AsSByte() ^ flip;
        Vector512<sbyte> root = Vector512.Create(tree[1]);
        for (int i = 0; i < vectors; i++)
        {
            if (isCold)
            {
                CachePrefetch.Line(column0 + Ahead);
                CachePrefetch.Line(column1 + Ahead);
                CachePrefetch.Line(column2 + Ahead);
                CachePrefetch.Line(column3 + Ahead);
            }

            // A comparison is −1 where the value is greater: subtracting it from the doubled node goes right.
            Vector512<sbyte> node = Vector512.Create((sbyte)2) - Vector512.GreaterThan(Vector512.Load(column0) ^ flip, root);
            node = node + node - Vector512.GreaterThan(Vector512.Load(column1) ^ flip, Avx512BW.Shuffle(tree, node));
            node = node + node - Vector512.GreaterThan(Vector512.Load(column2) ^ flip, Avx512BW.Shuffle(tree, node));
            node = node + node - Vector512.GreaterThan(Vector512.Load(column3) ^ flip, Avx512BW.Shuffle(tree, node));
            Vector512<byte> leaf = (node - Vector512.Create((sbyte)16)).AsByte();
            leaf.GetLower().GetLower().Store(codes);
            leaf.GetLower().GetUpper().Store(codes + stride);
            leaf.GetUpper().GetLower().Store(codes + (2 * stride));
            leaf.GetUpper().GetUpper().Store(codes + (3 * stride));
            column0 += ByteRows;
            column1 += ByteRows;
            column2 += ByteRows;
            column3 += ByteRows;
            codes += 4 * stride;
        }
    }

    /// <summary>32 rows, 16 bits each; a permutation of words takes the node's threshold.</summary>
    private static void EncodeWords(short* column0, short* column1, short* column2, short* column3, bool isCold, float* thresholds, byte* codes, nint stride, int vectors)
    {
        const int Rows = ByteRows / 2;
        Vector256<short> words = Avx512F.ConvertToVector256Int16(Vector512.ConvertToInt32(Vector512.Load(thresholds)));
        Vector512<short> tree = Vector512.Create(words, words);
        Vector512<short> root = Vector512.Create(tree[1]);
        for (int i = 0; i < vectors; i++)
        {
            if (isCold)
            {
                CachePrefetch.Line(column0 + Ahead);
                CachePrefetch.Line(column1 + Ahead);
                CachePrefetch.Line(column2 + Ahead);
                CachePrefetch.Line(column3 + Ahead);
            }

            Vector512<short> node = Vector512.Create((short)2) - Vector512.GreaterThan(Vector512.Load(column0), root);
            node = node + node - Vector512.GreaterThan(Vector512.Load(column1), Avx512BW.PermuteVar32x16(tree, node));
            node = node + node - Vector512.GreaterThan(Vector512.Load(column2), Avx512BW.PermuteVar32x16(tree, node));
            node = node + node - Vector512.GreaterThan(Vector512.Load(column3), Avx512BW.PermuteVar32x16(tree, node));
            Vector256<byte> leaf = Avx512BW.ConvertToVector256Byte((node - Vector512.Create((short)16)).AsUInt16());
            leaf.GetLower().Store(codes);
            leaf.GetUpper().Store(codes + stride);
            column0 += Rows;
            column1 += Rows;
            column2 += Rows;
            column3 += Rows;
            codes += 2 * stride;
        }
    }
}
