using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Common;

namespace Maddness.Kernels;

/// <summary>512-bit vectors: AVX-512 F, BW, CD, DQ and VL.</summary>
internal readonly unsafe partial struct Avx512Kernel : IKernel
{
    /// <summary>Outputs of half a tile: one register of 16-bit sums, and two whole cache lines of floats.</summary>
    internal const int Width = 32;

    /// <summary>Outputs summed at once row by row.</summary>
    private const int RowChunk = 64;

    /// <inheritdoc/>
    public static KernelLevel Level => KernelLevel.Avx512;

    /// <inheritdoc/>
    public static bool IsSupported => Avx512BW.VL.IsSupported && Avx512DQ.VL.IsSupported;

    /// <inheritdoc/>
    public static int TileOutputs(int leaves) => TileWidth;

    /// <summary>
    /// From codes, 16 leaves, ns a call (Zen 4): row by row 64 outputs cost what one does, so that what is left of the last 64 decides (C = 8, row by row and so: 64 outputs, 12 rows 283 and 290, 13 rows 300 and 299; 65 outputs, 8 rows 302 and 275; 130 outputs, 9 rows 435 and 454, 11 rows 506 and 479;
    /// 300 outputs, 12 rows 913 and 944). Fewer than 64 outputs: 63, C = 8, 8 rows 260 and 232, C = 100, 6 rows 673 and 664; 10, C = 16, 6 rows 202 and 224, C = 64, 5 rows 320 and 335, 6 rows 362 and 337; 8, C = 8, 5 rows 172 and 169, C = 64, 4 rows 283 and 240.
    /// With 32 leaves a call of 5 rows took 544 to 590 ns row by row, one of 6 583 by tiles.
    /// </summary>
    public static int MinTileRows(int leaves, int outputs, int codebooks) =>
        leaves != 16 ? 6
        : outputs >= RowChunk ? MinWideRows(outputs, codebooks)
        : outputs > Width ? codebooks < 64 ? 8 : 6
        : (codebooks < 64 ? 6 : 5) - (outputs <= 8 ? 1 : 0);

    private static int MinWideRows(int outputs, int codebooks) => outputs % RowChunk is 0 or > RowChunk / 4 ? 13 : outputs > 2 * RowChunk ? 11 : codebooks < 32 ? 8 : 6;

    /// <summary>As above, a call of 17 rows took 59 and 73 ns a row with its last one in a tile and 53 and 64 without, one of 20 51 and 63 and 50 and 62, one of 21 48 and 61 and 50 and 62.</summary>
    public static int MinTailRows(int leaves, int outputs) => leaves == 16 && outputs >= RowChunk ? 5 : 0;

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public static void Encode<T>(in EncodeTile<T> tile)
        where T : unmanaged
    {
        int done = EncodeIntegers(tile);
        int blocks = tile.Blocks - done;
        if (blocks == 0)
        {
            return;
        }

        int levels = tile.Levels;
        int leaves = 1 << levels;
        T* source = tile.Source + (done * CodeBlock.Rows);
        for (int codebook = 0; codebook < tile.Codebooks; codebook++)
        {
            float* thresholds = tile.Thresholds + (codebook * leaves);
            nint* columns = tile.ColumnOffsets + (codebook * levels);
            byte* codes = tile.Codes + (done * tile.CodeBlockStride) + (codebook * CodeBlock.Rows);
            switch (levels)
            {
                case 4:
                    EncodeTree<T, Constant.Four>(source, columns, tile.IsCold, thresholds, codes, tile.CodeBlockStride, blocks);
                    break;
                case 5:
                    EncodeTree<T, Constant.Five>(source, columns, tile.IsCold, thresholds, codes, tile.CodeBlockStride, blocks);
                    break;
                default:
                    EncodeTree<T, Constant.Six>(source, columns, tile.IsCold, thresholds, codes, tile.CodeBlockStride, blocks);
                    break;
            }
        }
    }

    /// <inheritdoc/>
    public static bool Streams => true;

    /// <inheritdoc/>
    public static bool TransposesGroups => true;

    /// <inheritdoc/>
    /// <remarks>
    /// By AVX2: registers of 16 columns leave out less (measured on Zen 4, 256 rows in cache, 8 lines, C = 20, 32 and 64, ns a row: 14.3, 19.5 and 27.6 by groups of four, 16.1, 20.6 and 28.5 by registers of 16 columns).
    /// </remarks>
    public static float* TransposeGroups(float* source, nint rowStride, ColumnGroup* groups, int count, float* target, nint targetStride) =>
        Avx2Kernel.TransposeGroups(source, rowStride, groups, count, target, targetStride);

    /// <inheritdoc/>
    [MethodImpl(Compiled.Once)]
    public static void SumRows(in OutputTile tile)
    {
        nint stride = tile.LeafStride, tableBytes = tile.Leaves * stride;
        for (int row = 0; row < tile.Rows; row++)
        {
            byte* codes = tile.CodesOf(row);
            float* destination = tile.Destination + (row * tile.RowStride);
            for (int output = 0; output < tile.Outputs; output += RowChunk)
            {
                Vector512<int> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
                for (int start = 0; start < tile.Codebooks; start += OutputTile.FlushCodebooks)
                {
                    // 64 outputs: two vectors of thirty-two 16-bit sums.
                    Vector512<ushort> low = default, high = default;
                    int end = Math.Min(start + OutputTile.FlushCodebooks, tile.Codebooks);
                    int codebook = start;
                    byte* tables = tile.Tables + (start * tableBytes) + output;
                    byte* code = codes + (start * 16);
                    for (int fours = start + tile.FoursOf(end - start); codebook < fours; codebook += 4)
                    {
                        Vector512<byte> first = Vector512.Load(tables + (code[0] * stride)) + Vector512.Load(tables + tableBytes + (code[16] * stride));
                        Vector512<byte> second = Vector512.Load(tables + (2 * tableBytes) + (code[32] * stride)) + Vector512.Load(tables + (3 * tableBytes) + (code[48] * stride));
                        Vector512<byte> sums = first + second;
                        low += Avx512BW.ConvertToVector512UInt16(sums.GetLower());
                        high += Avx512BW.ConvertToVector512UInt16(sums.GetUpper());
                        tables += 4 * tableBytes;
                        code += 64;
                    }

                    for (; codebook < end; codebook++)
                    {
                        byte* entries = tables + (code[0] * stride);
                        low += Avx512BW.ConvertToVector512UInt16(Vector256.Load(entries));
                        high += Avx512BW.ConvertToVector512UInt16(Vector256.Load(entries + 32));
                        tables += tableBytes;
                        code += 16;
                    }

                    sum0 += Vector512.WidenLower(low).AsInt32();
                    sum1 += Vector512.WidenUpper(low).AsInt32();
                    sum2 += Vector512.WidenLower(high).AsInt32();
                    sum3 += Vector512.WidenUpper(high).AsInt32();
                }

                int left = tile.Outputs - output;
                StorePart(sum0, tile, destination, output, left);
                StorePart(sum1, tile, destination, output + 16, left - 16);
                StorePart(sum2, tile, destination, output + 32, left - 32);
                StorePart(sum3, tile, destination, output + 48, left - 48);
            }
        }
    }

    /// <summary>One tree. From the third level on the thresholds of a level are a register, of the sixth one two, permuted by the node's place in its level: after the last one that is the leaf.</summary>
    [MethodImpl(Compiled.Once)]
    private static void EncodeTree<T, TLevels>(T* rows, nint* columns, bool isCold, float* thresholds, byte* codes, nint stride, int blocks)
        where T : unmanaged
        where TLevels : struct, IConstant
    {
        T* column0 = rows + columns[0];
        T* column1 = rows + columns[1];
        T* column2 = rows + columns[2];
        T* column3 = rows + columns[3];
        T* column4 = TLevels.Value > 4 ? rows + columns[4] : null;
        T* column5 = TLevels.Value > 5 ? rows + columns[5] : null;
        Vector512<float> nodes4 = Vector512.Load(thresholds + 4);
        Vector512<float> nodes8 = Vector512.Load(thresholds + 8);
        Vector512<float> nodes16 = TLevels.Value > 4 ? Vector512.Load(thresholds + 16) : default;
        Vector512<float> nodes32 = TLevels.Value > 5 ? Vector512.Load(thresholds + 32) : default;
        Vector512<float> nodes48 = TLevels.Value > 5 ? Vector512.Load(thresholds + 48) : default;
        Vector512<float> root = Vector512.Create(thresholds[1]);
        Vector512<float> left = Vector512.Create(thresholds[2]);
        Vector512<float> right = Vector512.Create(thresholds[3]);
        for (int block = 0; block < blocks; block++)
        {
            if (isCold)
            {
                EncodeTile<T>.AskAhead(column0);
                EncodeTile<T>.AskAhead(column1);
                EncodeTile<T>.AskAhead(column2);
                EncodeTile<T>.AskAhead(column3);
                if (TLevels.Value > 4)
                {
                    EncodeTile<T>.AskAhead(column4);
                }

                if (TLevels.Value > 5)
                {
                    EncodeTile<T>.AskAhead(column5);
                }
            }

            // 16 rows, a dword each. The first two levels need no permutation: their thresholds are blended by the comparison above. Places start 32 too far, which no permutation reads and no byte holds in the end: a blend with zeros would wait
            // for the block before, whose register it takes for them.
            Vector512<float> isRight = Avx512F.CompareGreaterThan(Load16(column0), root);
            Vector512<int> place = Avx512F.BlendVariable(Vector512.Create(32).AsSingle(), Vector512.Create(33).AsSingle(), isRight).AsInt32();
            place = Descend(place, Load16(column1), Avx512F.BlendVariable(left, right, isRight));
            place = Descend(place, Load16(column2), Avx512F.PermuteVar16x32(nodes4, place));
            place = Descend(place, Load16(column3), Avx512F.PermuteVar16x32(nodes8, place));
            if (TLevels.Value > 4)
            {
                place = Descend(place, Load16(column4), Avx512F.PermuteVar16x32(nodes16, place));
                column4 += CodeBlock.Rows;
            }

            if (TLevels.Value > 5)
            {
                place = Descend(place, Load16(column5), Avx512F.PermuteVar16x32x2(nodes32, place, nodes48));
                column5 += CodeBlock.Rows;
            }

            Avx512F.ConvertToVector128Byte(place.AsUInt32()).Store(codes);
            column0 += CodeBlock.Rows;
            column1 += CodeBlock.Rows;
            column2 += CodeBlock.Rows;
            column3 += CodeBlock.Rows;
            codes += stride;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePart(Vector512<int> sums, in OutputTile tile, float* destination, int output, int left)
    {
        if (left > 0)
        {
            Avx512Output.StoreFirst(Avx512Output.Dequantize(sums, tile, output), destination + output, left);
        }
    }

    /// <summary>One level down: the right child where the value is greater; NaN compares false and goes left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Descend(Vector512<int> place, Vector512<float> value, Vector512<float> threshold)
    {
        Vector512<int> left = place + place;
        return Vector512.ConditionalSelect(Vector512.GreaterThan(value, threshold).AsInt32(), left + Vector512<int>.One, left);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Load16<T>(T* rows)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            return Vector512.Load((float*)rows);
        }

        if (typeof(T) == typeof(short))
        {
            return Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector256.Load((short*)rows)));
        }

        return Vector512.ConvertToSingle(typeof(T) == typeof(sbyte)
            ? Avx512F.ConvertToVector512Int32(Vector128.Load((sbyte*)rows))
            : Avx512F.ConvertToVector512Int32(Vector128.Load((byte*)rows)));
    }
}
