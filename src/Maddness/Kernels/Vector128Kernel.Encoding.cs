using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>
/// Encoding. Trees of 16 leaves choose among thresholds of floats by the comparisons above, and look up those of integers, at their own width, by byte shuffles (measured on Zen 4, 10,000 × 512 columns, C = 16, packing
/// included, ns a row, and where thresholds are taken one by one, as those of deeper trees are: floats 9.8 and 45.5, int16 5.2 and 58.7, int8 2.2 and 58.4).
/// </content>
internal readonly unsafe partial struct Vector128Kernel
{
    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public static void Encode<T>(in EncodeTile<T> tile)
        where T : unmanaged
    {
        for (int codebook = 0; codebook < tile.Codebooks; codebook++)
        {
            if (tile.Levels != 4)
            {
                EncodeDeepTree(tile, codebook);
            }
            else if (typeof(T) == typeof(float))
            {
                EncodeFloats(tile, codebook);
            }
            else if (typeof(T) == typeof(short))
            {
                EncodeWords(tile, codebook);
            }
            else
            {
                EncodeBytes(tile, codebook);
            }
        }
    }

    /// <summary>Five or six levels: four nodes of the heap a vector, four vectors a block of 16 rows.</summary>
    [MethodImpl(Compiled.Once)]
    private static void EncodeDeepTree<T>(in EncodeTile<T> tile, int codebook)
        where T : unmanaged
    {
        int levels = tile.Levels;
        int leaves = 1 << levels;
        float* thresholds = tile.Thresholds + (codebook * leaves);
        nint* columns = tile.ColumnOffsets + (codebook * levels);
        byte* codes = tile.Codes + (codebook * CodeBlock.Rows);
        for (int block = 0; block < tile.Blocks; block++)
        {
            for (int part = 0; part < CodeBlock.Rows; part += 4)
            {
                T* rows = tile.Source + (block * CodeBlock.Rows) + part;
                Vector128<int> node = Vector128<int>.One;
                for (int level = 0; level < levels; level++)
                {
                    Vector128<float> threshold = Vector128.Create(thresholds[node[0]], thresholds[node[1]], thresholds[node[2]], thresholds[node[3]]);
                    Vector128<int> right = Vector128.GreaterThan(Load4(rows + columns[level]), threshold).AsInt32();
                    node = node + node - right;
                }

                for (int row = 0; row < 4; row++)
                {
                    codes[(block * tile.CodeBlockStride) + part + row] = (byte)(node[row] - leaves);
                }
            }
        }
    }

    /// <summary>Four rows a vector; a block's codes are the bytes of one.</summary>
    [MethodImpl(Compiled.Once)]
    private static void EncodeFloats<T>(in EncodeTile<T> tile, int codebook)
        where T : unmanaged
    {
        nint* columns = tile.ColumnOffsets + (codebook * 4);
        float* source = (float*)tile.Source;
        float* column0 = source + columns[0], column1 = source + columns[1], column2 = source + columns[2], column3 = source + columns[3];
        float* t = tile.Thresholds + (codebook * 16);
        Vector128<float> node1 = Vector128.Create(t[1]), node2 = Vector128.Create(t[2]), node3 = Vector128.Create(t[3]), node4 = Vector128.Create(t[4]), node5 = Vector128.Create(t[5]);
        Vector128<float> node6 = Vector128.Create(t[6]), node7 = Vector128.Create(t[7]), node8 = Vector128.Create(t[8]), node9 = Vector128.Create(t[9]), node10 = Vector128.Create(t[10]);
        Vector128<float> node11 = Vector128.Create(t[11]), node12 = Vector128.Create(t[12]), node13 = Vector128.Create(t[13]), node14 = Vector128.Create(t[14]), node15 = Vector128.Create(t[15]);
        byte* codes = tile.Codes + (codebook * CodeBlock.Rows);
        for (int block = 0; block < tile.Blocks; block++)
        {
            // Dword l: byte p is the code of row 4p + l.
            Vector128<int> quarters = default;
            for (int row = 12; row >= 0; row -= 4)
            {
                Vector128<float> right0 = Vector128.GreaterThan(Vector128.Load(column0 + row), node1);
                Vector128<float> right1 = Vector128.GreaterThan(Vector128.Load(column1 + row), Vector128.ConditionalSelect(right0, node3, node2));
                Vector128<float> left = Vector128.ConditionalSelect(right1, node5, node4);
                Vector128<float> right2 = Vector128.GreaterThan(Vector128.Load(column2 + row), Vector128.ConditionalSelect(right0, Vector128.ConditionalSelect(right1, node7, node6), left));
                left = Vector128.ConditionalSelect(right1, Vector128.ConditionalSelect(right2, node11, node10), Vector128.ConditionalSelect(right2, node9, node8));
                Vector128<float> right = Vector128.ConditionalSelect(right1, Vector128.ConditionalSelect(right2, node15, node14), Vector128.ConditionalSelect(right2, node13, node12));
                Vector128<float> right3 = Vector128.GreaterThan(Vector128.Load(column3 + row), Vector128.ConditionalSelect(right0, right, left));
                Vector128<int> code = (right0.AsInt32() & Vector128.Create(8)) | (right1.AsInt32() & Vector128.Create(4)) | (right2.AsInt32() & Vector128.Create(2)) | (right3.AsInt32() & Vector128<int>.One);
                quarters = (quarters << 8) | code;
            }

            Portable.Shuffle(quarters.AsByte(), Vector128.Create((byte)0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)).Store(codes);
            column0 += 16;
            column1 += 16;
            column2 += 16;
            column3 += 16;
            codes += tile.CodeBlockStride;
        }
    }

    /// <summary>A block of 16 rows a vector, a byte each; a shuffle takes the node's threshold among the tree's 15.</summary>
    [MethodImpl(Compiled.Once)]
    private static void EncodeBytes<T>(in EncodeTile<T> tile, int codebook)
        where T : unmanaged
    {
        nint* columns = tile.ColumnOffsets + (codebook * 4);
        T* column0 = tile.Source + columns[0], column1 = tile.Source + columns[1], column2 = tile.Source + columns[2], column3 = tile.Source + columns[3];

        // With or without sign: the low byte is the threshold's.
        Thresholds(tile.Thresholds + (codebook * 16), out Vector128<short> words, out Vector128<short> moreWords);
        Vector128<sbyte> tree = Signed<T>(Vector128.Narrow(words, moreWords));
        Vector128<sbyte> root = Vector128.Create(tree[1]);
        byte* codes = tile.Codes + (codebook * CodeBlock.Rows);
        for (int block = 0; block < tile.Blocks; block++)
        {
            Vector128<sbyte> node = Vector128.Create((sbyte)2) - Vector128.GreaterThan(LoadSigned<T>(column0), root);
            node = node + node - Vector128.GreaterThan(LoadSigned<T>(column1), Portable.Shuffle(tree.AsByte(), node.AsByte()).AsSByte());
            node = node + node - Vector128.GreaterThan(LoadSigned<T>(column2), Portable.Shuffle(tree.AsByte(), node.AsByte()).AsSByte());
            node = node + node - Vector128.GreaterThan(LoadSigned<T>(column3), Portable.Shuffle(tree.AsByte(), node.AsByte()).AsSByte());
            (node - Vector128.Create((sbyte)16)).Store((sbyte*)codes);
            column0 += 16;
            column1 += 16;
            column2 += 16;
            column3 += 16;
            codes += tile.CodeBlockStride;
        }
    }

    /// <summary>Eight rows a vector, 16 bits each. Both bytes of a word are its node's number, as comparisons set both: one shuffle takes the threshold's low byte by it, one the high byte.</summary>
    [MethodImpl(Compiled.Once)]
    private static void EncodeWords<T>(in EncodeTile<T> tile, int codebook)
        where T : unmanaged
    {
        nint* columns = tile.ColumnOffsets + (codebook * 4);
        short* source = (short*)tile.Source;
        short* column0 = source + columns[0], column1 = source + columns[1], column2 = source + columns[2], column3 = source + columns[3];
        Thresholds(tile.Thresholds + (codebook * 16), out Vector128<short> words, out Vector128<short> moreWords);
        Vector128<byte> low = Vector128.Narrow(words.AsUInt16(), moreWords.AsUInt16()), high = Vector128.Narrow(words.AsUInt16() >>> 8, moreWords.AsUInt16() >>> 8);
        Vector128<short> root = Vector128.Create(words[1]);
        byte* codes = tile.Codes + (codebook * CodeBlock.Rows);
        for (int block = 0; block < tile.Blocks; block++)
        {
            Vector128<byte> first = EncodeEight(column0, column1, column2, column3, root, low, high);
            Vector128<byte> second = EncodeEight(column0 + 8, column1 + 8, column2 + 8, column3 + 8, root, low, high);
            (Vector128.Narrow(first.AsUInt16(), second.AsUInt16()) - Vector128.Create((byte)16)).Store(codes);
            column0 += 16;
            column1 += 16;
            column2 += 16;
            column3 += 16;
            codes += tile.CodeBlockStride;
        }
    }

    /// <summary>Eight rows' nodes behind the last level, in both bytes of a word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> EncodeEight(short* column0, short* column1, short* column2, short* column3, Vector128<short> root, Vector128<byte> low, Vector128<byte> high)
    {
        Vector128<byte> node = Vector128.Create((byte)2) - Vector128.GreaterThan(Vector128.Load(column0), root).AsByte();
        node = node + node - Vector128.GreaterThan(Vector128.Load(column1), Threshold(low, high, node)).AsByte();
        node = node + node - Vector128.GreaterThan(Vector128.Load(column2), Threshold(low, high, node)).AsByte();
        return node + node - Vector128.GreaterThan(Vector128.Load(column3), Threshold(low, high, node)).AsByte();
    }

    /// <summary>The words of thresholds by nodes, each of which is in both bytes of a word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Threshold(Vector128<byte> low, Vector128<byte> high, Vector128<byte> node) =>
        Vector128.ConditionalSelect(Vector128.Create((ushort)0xFF00).AsByte(), Portable.Shuffle(high, node), Portable.Shuffle(low, node)).AsInt16();

    /// <summary>A tree's 15 thresholds as words, which hold bytes with or without sign, too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Thresholds(float* thresholds, out Vector128<short> words, out Vector128<short> moreWords)
    {
        words = Vector128.Narrow(Vector128.ConvertToInt32(Vector128.Load(thresholds)), Vector128.ConvertToInt32(Vector128.Load(thresholds + 4)));
        moreWords = Vector128.Narrow(Vector128.ConvertToInt32(Vector128.Load(thresholds + 8)), Vector128.ConvertToInt32(Vector128.Load(thresholds + 12)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<sbyte> LoadSigned<T>(T* rows)
        where T : unmanaged => Signed<T>(Vector128.Load((sbyte*)rows));

    /// <summary>Unsigned bytes, flipped in their highest bit, order as signed ones do, which stay.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<sbyte> Signed<T>(Vector128<sbyte> values) => typeof(T) == typeof(byte) ? values ^ Vector128.Create(sbyte.MinValue) : values;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Load4<T>(T* rows)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            return Vector128.Load((float*)rows);
        }

        return Vector128.Create(ElementTypes.ToSingle(rows[0]), ElementTypes.ToSingle(rows[1]), ElementTypes.ToSingle(rows[2]), ElementTypes.ToSingle(rows[3]));
    }
}
