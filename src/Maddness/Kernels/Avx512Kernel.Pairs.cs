using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>
/// Integers encoded to pairs of codes, as <see cref="EncodedMatrix"/> holds them: two trees of 16 leaves at once, whose codes are put together before they are stored, not by a pass over them. A node's number is 16 + the leaf's
/// at the end: what the sum of one and sixteen of the other has too much is taken off at once.
/// </content>
internal readonly unsafe partial struct Avx512Kernel
{
    /// <inheritdoc/>
    public static int PairRows<T>(int levels)
        where T : unmanaged => levels == 4 && typeof(T) != typeof(float) ? ByteRows : 0;

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public static void EncodePairs<T>(in EncodeTile<T> tile)
        where T : unmanaged
    {
        for (int codebook = 0; codebook < tile.Codebooks; codebook += 2)
        {
            bool isLast = codebook + 1 == tile.Codebooks;
            if (typeof(T) == typeof(short))
            {
                EncodeWordPair(tile, codebook, isLast);
            }
            else
            {
                EncodeBytePair(tile, codebook, isLast);
            }
        }
    }

    /// <summary>64 rows of two trees, a byte each. Of a last tree without a partner the codes of the pair's second half are 0.</summary>
    [MethodImpl(Compiled.Once)]
    private static void EncodeBytePair<T>(in EncodeTile<T> tile, int codebook, bool isLast)
        where T : unmanaged
    {
        int partner = isLast ? codebook : codebook + 1;
        nint* columns = tile.ColumnOffsets + (codebook * 4), partners = tile.ColumnOffsets + (partner * 4);
        T* column0 = tile.Source + columns[0], column1 = tile.Source + columns[1], column2 = tile.Source + columns[2], column3 = tile.Source + columns[3];
        T* partner0 = tile.Source + partners[0], partner1 = tile.Source + partners[1], partner2 = tile.Source + partners[2], partner3 = tile.Source + partners[3];
        Vector512<sbyte> tree = ByteTree<T>(tile.Thresholds + (codebook * 16)), partnerTree = ByteTree<T>(tile.Thresholds + (partner * 16));
        Vector512<sbyte> root = Vector512.Create(tree[1]), partnerRoot = Vector512.Create(partnerTree[1]);

        // 16 of one byte and 16 · 16 of the same: the latter reaches into the next byte of a word, or out of it.
        Vector512<ushort> excess = Vector512.Create((ushort)(isLast ? 0x1010 : 0x1110));
        Vector512<ushort> ofPartners = isLast ? Vector512<ushort>.Zero : Vector512<ushort>.AllBitsSet;
        byte* pairs = tile.Codes + (codebook / 2 * CodeBlock.Rows);
        nint stride = tile.CodeBlockStride;
        int vectors = tile.Blocks * CodeBlock.Rows / ByteRows;
        for (int i = 0; i < vectors; i++)
        {
            Vector512<sbyte> node = Vector512.ConditionalSelect(Vector512.GreaterThan(LoadSigned<T>(column0), root), Vector512.Create((sbyte)3), Vector512.Create((sbyte)2));
            Vector512<sbyte> other = Vector512.ConditionalSelect(Vector512.GreaterThan(LoadSigned<T>(partner0), partnerRoot), Vector512.Create((sbyte)3), Vector512.Create((sbyte)2));
            node = Descend(node, LoadSigned<T>(column1), Avx512BW.Shuffle(tree, node));
            other = Descend(other, LoadSigned<T>(partner1), Avx512BW.Shuffle(partnerTree, other));
            node = Descend(node, LoadSigned<T>(column2), Avx512BW.Shuffle(tree, node));
            other = Descend(other, LoadSigned<T>(partner2), Avx512BW.Shuffle(partnerTree, other));
            node = Descend(node, LoadSigned<T>(column3), Avx512BW.Shuffle(tree, node));
            other = Descend(other, LoadSigned<T>(partner3), Avx512BW.Shuffle(partnerTree, other));
            Vector512<byte> leaves = (node.AsUInt16() + ((other.AsUInt16() << 4) & ofPartners) - excess).AsByte();
            leaves.GetLower().GetLower().Store(pairs);
            Avx512F.ExtractVector128(leaves, 1).Store(pairs + stride);
            Avx512F.ExtractVector128(leaves, 2).Store(pairs + (2 * stride));
            Avx512F.ExtractVector128(leaves, 3).Store(pairs + (3 * stride));
            column0 += ByteRows;
            column1 += ByteRows;
            column2 += ByteRows;
            column3 += ByteRows;
            partner0 += ByteRows;
            partner1 += ByteRows;
            partner2 += ByteRows;
            partner3 += ByteRows;
            pairs += 4 * stride;
        }
    }

    /// <summary>The same of 32 rows, 16 bits each.</summary>
    [MethodImpl(Compiled.Once)]
    private static void EncodeWordPair<T>(in EncodeTile<T> tile, int codebook, bool isLast)
        where T : unmanaged
    {
        const int Rows = ByteRows / 2;
        int partner = isLast ? codebook : codebook + 1;
        nint* columns = tile.ColumnOffsets + (codebook * 4), partners = tile.ColumnOffsets + (partner * 4);
        short* source = (short*)tile.Source;
        short* column0 = source + columns[0], column1 = source + columns[1], column2 = source + columns[2], column3 = source + columns[3];
        short* partner0 = source + partners[0], partner1 = source + partners[1], partner2 = source + partners[2], partner3 = source + partners[3];
        Vector512<short> tree = WordTree(tile.Thresholds + (codebook * 16)), partnerTree = WordTree(tile.Thresholds + (partner * 16));
        Vector512<short> root = Vector512.Create(tree[1]), partnerRoot = Vector512.Create(partnerTree[1]);
        Vector512<short> excess = Vector512.Create((short)(isLast ? 0x10 : 0x110));
        Vector512<short> ofPartners = isLast ? Vector512<short>.Zero : Vector512<short>.AllBitsSet;
        byte* pairs = tile.Codes + (codebook / 2 * CodeBlock.Rows);
        nint stride = tile.CodeBlockStride;
        int vectors = tile.Blocks * CodeBlock.Rows / Rows;
        for (int i = 0; i < vectors; i++)
        {
            Vector512<short> node = Vector512.ConditionalSelect(Vector512.GreaterThan(Vector512.Load(column0), root), Vector512.Create((short)3), Vector512.Create((short)2));
            Vector512<short> other = Vector512.ConditionalSelect(Vector512.GreaterThan(Vector512.Load(partner0), partnerRoot), Vector512.Create((short)3), Vector512.Create((short)2));
            node = Descend(node, Vector512.Load(column1), Avx512BW.PermuteVar32x16(tree, node));
            other = Descend(other, Vector512.Load(partner1), Avx512BW.PermuteVar32x16(partnerTree, other));
            node = Descend(node, Vector512.Load(column2), Avx512BW.PermuteVar32x16(tree, node));
            other = Descend(other, Vector512.Load(partner2), Avx512BW.PermuteVar32x16(partnerTree, other));
            node = Descend(node, Vector512.Load(column3), Avx512BW.PermuteVar32x16(tree, node));
            other = Descend(other, Vector512.Load(partner3), Avx512BW.PermuteVar32x16(partnerTree, other));
            Vector256<byte> leaves = Avx512BW.ConvertToVector256Byte((node + ((other << 4) & ofPartners) - excess).AsUInt16());
            leaves.GetLower().Store(pairs);
            Avx.ExtractVector128(leaves, 1).Store(pairs + stride);
            column0 += Rows;
            column1 += Rows;
            column2 += Rows;
            column3 += Rows;
            partner0 += Rows;
            partner1 += Rows;
            partner2 += Rows;
            partner3 += Rows;
            pairs += 2 * stride;
        }
    }

    /// <summary>A tree's 15 thresholds of a byte's range, with or without sign, in every 128-bit lane: the low byte is the threshold's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<sbyte> ByteTree<T>(float* thresholds)
        where T : unmanaged
    {
        Vector128<byte> bytes = Avx512F.ConvertToVector128Byte(Vector512.ConvertToInt32(Vector512.Load(thresholds)).AsUInt32());
        return Signed<T>(Avx512F.BroadcastVector128ToVector512((uint*)&bytes).AsSByte());
    }

    /// <summary>A tree's 15 thresholds of 16 bits, twice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> WordTree(float* thresholds)
    {
        Vector256<short> words = Avx512F.ConvertToVector256Int16(Vector512.ConvertToInt32(Vector512.Load(thresholds)));
        return Vector512.Create(words, words);
    }
}
