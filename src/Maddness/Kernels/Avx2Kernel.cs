using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Common;

namespace Maddness.Kernels;

/// <summary>256-bit vectors: AVX2 with FMA.</summary>
internal readonly unsafe partial struct Avx2Kernel : IKernel
{
    /// <summary>Outputs summed at once by byte shuffles: two per register, in four registers with two accumulators each, half of the 16 registers.</summary>
    internal const int Width = 8;

    /// <summary>Outputs summed at once row by row.</summary>
    private const int RowChunk = 32;

    /// <inheritdoc/>
    public static KernelLevel Level => KernelLevel.Avx2;

    /// <inheritdoc/>
    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    /// <inheritdoc/>
    public static int TileOutputs(int leaves) => LeafWidth;

    /// <summary>
    /// From codes, 16 leaves, ns a call (Zen 4): a wide tile takes four rows at a time and wins from there on, with many codebooks sooner (100 outputs, C = 4, 16 and 32, row by row and so: three rows 236 and 298, 368 and 372, 554 and 489, four rows 271 and 254, 445 and 327, 684 and 442). A narrow one, of 16 or 8 outputs, takes
    /// 16 rows at a time (10 outputs, C = 8, 16 and 32, four rows 174 and 207, 207 and 225, 276 and 266, six rows 199 and 206, 247 and 238, 347 and 265; 8 outputs, C = 16, three rows 183 and 180, four 201 and 180).
    /// </summary>
    public static int MinTileRows(int leaves, int outputs, int codebooks) => leaves != 16 ? 6 : outputs >= RowChunk ? codebooks < 32 ? 4 : 3 : codebooks switch { < 16 => 6, < 32 => 5, _ => 4 } - (outputs <= 8 ? 1 : 0);

    /// <summary>A wide tile takes 4 rows at a time, its tables in cache by then: as above, calls of 17 to 22 rows took less with the last ones in a tile.</summary>
    public static int MinTailRows(int leaves, int outputs) => 0;

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public static void Encode<T>(in EncodeTile<T> tile)
        where T : unmanaged
    {
        int done = EncodeIntegers(tile);
        EncodeTile<T> rest = tile;
        rest.Source += done * CodeBlock.Rows;
        rest.Codes += done * tile.CodeBlockStride;
        rest.Blocks -= done;
        for (int codebook = 0; rest.Blocks > 0 && codebook < tile.Codebooks; codebook++)
        {
            switch (tile.Levels)
            {
                case 4:
                    EncodeTree<T, Constant.Four>(rest, codebook);
                    break;
                case 5:
                    EncodeTree<T, Constant.Five>(rest, codebook);
                    break;
                default:
                    EncodeTree<T, Constant.Six>(rest, codebook);
                    break;
            }
        }
    }

    /// <inheritdoc/>
    public static bool TransposesGroups => true;

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public static float* TransposeGroups(float* source, nint rowStride, ColumnGroup* groups, int count, float* target, nint targetStride) =>
        GroupTranspose.Run<Avx2Transpose.Group>(source, rowStride, groups, count, target, targetStride);

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public static void SumRows(in OutputTile tile)
    {
        for (int row = 0; row < tile.Rows; row++)
        {
            byte* codes = tile.CodesOf(row);
            float* destination = tile.Destination + (row * tile.RowStride);
            for (int output = 0; output < tile.Outputs; output += RowChunk)
            {
                Vector256<int> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
                for (int start = 0; start < tile.Codebooks; start += OutputTile.FlushCodebooks)
                {
                    // 32 outputs: two vectors of sixteen 16-bit sums.
                    Vector256<ushort> low = default, high = default;
                    int end = Math.Min(start + OutputTile.FlushCodebooks, tile.Codebooks);
                    for (int codebook = start; codebook < end; codebook++)
                    {
                        byte* entries = tile.Tables + (((codebook * tile.Leaves) + codes[codebook * 16]) * tile.LeafStride) + output;
                        low += Avx2.ConvertToVector256Int16(entries).AsUInt16();
                        high += Avx2.ConvertToVector256Int16(entries + 16).AsUInt16();
                    }

                    sum0 += Vector256.WidenLower(low).AsInt32();
                    sum1 += Vector256.WidenUpper(low).AsInt32();
                    sum2 += Vector256.WidenLower(high).AsInt32();
                    sum3 += Vector256.WidenUpper(high).AsInt32();
                }

                int left = tile.Outputs - output;
                StorePart(sum0, tile, destination, output, left);
                StorePart(sum1, tile, destination, output + 8, left - 8);
                StorePart(sum2, tile, destination, output + 16, left - 16);
                StorePart(sum3, tile, destination, output + 24, left - 24);
            }
        }
    }

    [MethodImpl(Compiled.Once)]
    private static void EncodeTree<T, TLevels>(in EncodeTile<T> tile, int codebook)
        where T : unmanaged
        where TLevels : struct, IConstant
    {
        float* thresholds = tile.Thresholds + (codebook << TLevels.Value);
        nint* columns = tile.ColumnOffsets + (codebook * TLevels.Value);
        T* column0 = tile.Source + columns[0];
        T* column1 = tile.Source + columns[1];
        T* column2 = tile.Source + columns[2];
        T* column3 = tile.Source + columns[3];
        T* column4 = TLevels.Value > 4 ? tile.Source + columns[4] : null;
        T* column5 = TLevels.Value > 5 ? tile.Source + columns[5] : null;

        // Nodes 0..7 hold levels 0 to 2, nodes 8..15 level 3: the permutation reads the low three bits of a node.
        Vector256<float> upperLevels = Vector256.Load(thresholds);
        Vector256<float> level3 = Vector256.Load(thresholds + 8);
        Vector256<float> root = Vector256.Create(thresholds[1]);
        byte* codes = tile.Codes + (codebook * CodeBlock.Rows);
        for (int block = 0; block < tile.Blocks; block++)
        {
            if (tile.IsCold)
            {
                nint first = block * CodeBlock.Rows;
                EncodeTile<T>.AskAhead(column0 + first);
                EncodeTile<T>.AskAhead(column1 + first);
                EncodeTile<T>.AskAhead(column2 + first);
                EncodeTile<T>.AskAhead(column3 + first);
                if (TLevels.Value > 4)
                {
                    EncodeTile<T>.AskAhead(column4 + first);
                }

                if (TLevels.Value > 5)
                {
                    EncodeTile<T>.AskAhead(column5 + first);
                }
            }

            Vector256<int> low = Vector256<int>.Zero, high = Vector256<int>.Zero;
            for (int half = 0; half < 2; half++)
            {
                nint row = (block * CodeBlock.Rows) + (half * 8);
                Vector256<int> node = Vector256.Create(2) - Vector256.GreaterThan(Load8(column0 + row), root).AsInt32();
                node = Descend(node, Load8(column1 + row), Avx2.PermuteVar8x32(upperLevels, node));
                node = Descend(node, Load8(column2 + row), Avx2.PermuteVar8x32(upperLevels, node));
                node = Descend(node, Load8(column3 + row), Avx2.PermuteVar8x32(level3, node));
                if (TLevels.Value > 4)
                {
                    node = Descend(node, Load8(column4 + row), Permute16(thresholds + 16, node));
                }

                if (TLevels.Value > 5)
                {
                    // Bit 4 of nodes 32..63, as a sign, tells their halves apart.
                    Vector256<float> threshold = Avx.BlendVariable(Permute16(thresholds + 32, node), Permute16(thresholds + 48, node), (node << 27).AsSingle());
                    node = Descend(node, Load8(column5 + row), threshold);
                }

                low = high;
                high = node - Vector256.Create(1 << TLevels.Value);
            }

            // 16 dwords to 16 bytes: packing works within 128-bit lanes, so the quarters are put in order at the end.
            Vector256<short> words = Avx2.PackSignedSaturate(low, high);
            words = Avx2.Permute4x64(words.AsInt64(), 0b11_01_10_00).AsInt16();
            Sse2.PackUnsignedSaturate(words.GetLower(), words.GetUpper()).Store(codes);
            codes += tile.CodeBlockStride;
        }
    }

    /// <summary>Looks up 16 thresholds by the low four bits of a node; the fourth one, as a sign, chooses between two permutations. (A gather takes tens of operations on some CPUs.)</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Permute16(float* thresholds, Vector256<int> node) =>
        Avx.BlendVariable(Avx2.PermuteVar8x32(Vector256.Load(thresholds), node), Avx2.PermuteVar8x32(Vector256.Load(thresholds + 8), node), (node << 28).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePart(Vector256<int> sums, in OutputTile tile, float* destination, int output, int left)
    {
        if (left <= 0)
        {
            return;
        }

        Vector256<float> value = (Vector256.ConvertToSingle(sums) * Vector256.Load(tile.Scales + output))
            + Vector256.Load(tile.Offsets + output) + Vector256.Load(tile.Bias + output);
        Avx2Output.StoreFirst(Avx.Max(Vector256.Create(tile.Floor), value), destination + output, left);
    }

    /// <summary>One level down: the right child where the value is greater; NaN compares false and goes left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Descend(Vector256<int> node, Vector256<float> value, Vector256<float> threshold) =>
        node + node - Vector256.GreaterThan(value, threshold).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Load8<T>(T* rows)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            return Vector256.Load((float*)rows);
        }

        if (typeof(T) == typeof(short))
        {
            return Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32((short*)rows));
        }

        return Vector256.ConvertToSingle(typeof(T) == typeof(sbyte) ? Avx2.ConvertToVector256Int32((sbyte*)rows) : Avx2.ConvertToVector256Int32((byte*)rows));
    }
}
