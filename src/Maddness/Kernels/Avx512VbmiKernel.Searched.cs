using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Common;

namespace Maddness.Kernels;

/// <content>What the search of the largest outputs reads: two codebooks' tables to a permutation.</content>
internal readonly unsafe partial struct Avx512VbmiKernel<TPermutation>
{
    /// <summary>Outputs permuted at once with 16 leaves: two per register, in 16 accumulators of 32 words. With 32 leaves a register serves one output, and twice the rows.</summary>
    private const int Width = 32;

    /// <summary>Outputs of a narrow tile of 16 leaves: a quarter of what is permuted at once, with the same index vectors.</summary>
    private const int NarrowWidth = Width / 4;

    /// <inheritdoc/>
    public static int LargestLanes(int leaves) => IsPermuted(leaves) ? Width : 0;

    /// <summary>With 32 leaves a block is of 32 rows, whose tables take as long for fewer: estimates of 6 rows took half of it with 1,000 outputs, as long with 12 rows and 8 codebooks, and with 17 rows and 17 and 32.</summary>
    public static int MinSearchedRows(int leaves, int outputs, int codebooks) => leaves == 16 ? Avx512Kernel.MinSearchedRows(leaves, outputs, codebooks) : codebooks < 16 ? 12 : 17;

    /// <inheritdoc/>
    public static int SearchedBlockRows(int leaves) => leaves == 32 ? 32 : 16;

    /// <inheritdoc/>
    public static int SearchedOutputs(int leaves) => leaves == 32 ? Width / 2 : Width;

    /// <inheritdoc/>
    public static int NarrowSearchedOutputs(int leaves) => leaves == 32 ? 0 : NarrowWidth;

    /// <summary>For each pair of codebooks 64 bytes a block; with 32 leaves, 64 bytes two blocks.</summary>
    public static int IndexBytes(int codebooks, int leaves) => (codebooks + 1) / 2 * (leaves == 32 ? 32 : 64);

    /// <summary>
    /// 16 leaves: a register serves 16 rows, two codebooks and two outputs; byte 4r + j of the index is 16·j + the code of row r in codebook j mod 2.
    /// 32 leaves: it serves 32 rows, two codebooks and one output; byte 2r + j is 32·j + the code of row r in codebook j.
    /// Codes of a block stand 16 bytes apart; an odd last codebook has a partner of zero codes and zero tables.
    /// </summary>
    [MethodImpl(Compiled.Once)]
    public static void ExpandCodes(byte* codes, byte* index, int codebooks, int leaves, int blocks)
    {
        int pairs = (codebooks + 1) / 2;
        if (leaves == 16)
        {
            // Blocks follow each other in codes and index alike.
            ExpandCodes16(codes, index, pairs * blocks);
            return;
        }

        int blockStride = pairs * 32;
        for (int block = 0; block < blocks; block += 2)
        {
            // The second of two blocks may be missing: the first stands in, and what is kept of it is not written.
            byte* first = codes + (block * blockStride);
            ExpandCodes32(first, block + 1 < blocks ? first + blockStride : first, index + (block * blockStride), pairs);
        }
    }

    /// <summary>
    /// [pair of codebooks][i in 0..15]: 64 bytes, with 16 leaves the tables of output 2i in the even and odd codebook, then of output 2i + 1; with 32 leaves, the tables of output i in the even and odd codebook.
    /// </summary>
    [MethodImpl(Compiled.Once)]
    public static void PackSearchedTile(in TableSource source, int firstOutput, byte* packed)
    {
        for (int codebook = 0; codebook < source.Codebooks; codebook += 2)
        {
            for (int i = 0; i < 16; i++)
            {
                if (source.Leaves == 32)
                {
                    source.CopyTable(firstOutput + i, codebook, new Span<byte>(packed, 32));
                    source.CopyTable(firstOutput + i, codebook + 1, new Span<byte>(packed + 32, 32));
                }
                else
                {
                    PackRegister(source, firstOutput + (2 * i), codebook, packed);
                }

                packed += 64;
            }
        }
    }

    /// <summary>[pair of codebooks][i in 0..3]: 64 bytes, the tables of output 2i in the even and odd codebook, then of output 2i + 1.</summary>
    [MethodImpl(Compiled.Once)]
    public static void PackNarrowSearchedTile(in TableSource source, int firstOutput, byte* packed)
    {
        for (int codebook = 0; codebook < source.Codebooks; codebook += 2)
        {
            for (int i = 0; i < 4; i++)
            {
                PackRegister(source, firstOutput + (2 * i), codebook, packed);
                packed += 64;
            }
        }
    }

    /// <summary>Whether the permutation, of 64 bytes, reaches the tables of two codebooks.</summary>
    private static bool IsPermuted(int leaves) => leaves <= 32;

    /// <summary>Two outputs in a pair of codebooks: what one byte permutation looks up in.</summary>
    [MethodImpl(Compiled.Once)]
    private static void PackRegister(in TableSource source, int output, int codebook, byte* packed)
    {
        source.CopyTable(output, codebook, new Span<byte>(packed, 16));
        source.CopyTable(output, codebook + 1, new Span<byte>(packed + 16, 16));
        source.CopyTable(output + 1, codebook, new Span<byte>(packed + 32, 16));
        source.CopyTable(output + 1, codebook + 1, new Span<byte>(packed + 48, 16));
    }

    [MethodImpl(Compiled.Once)]
    private static void ExpandCodes16(byte* codes, byte* index, int pairs)
    {
        Vector512<uint> tableStarts = Vector512.Create(0x30201000u);
        for (int pair = 0; pair < pairs; pair++)
        {
            Vector512<uint> even = Avx512F.ConvertToVector512UInt32(Vector128.Load(codes));
            Vector512<uint> odd = Avx512F.ConvertToVector512UInt32(Vector128.Load(codes + 16));
            Vector512<uint> both = even | (odd << 8);
            (both | (both << 16) | tableStarts).Store((uint*)index);
            codes += 32;
            index += 64;
        }
    }

    [MethodImpl(Compiled.Once)]
    private static void ExpandCodes32(byte* first, byte* second, byte* index, int pairs)
    {
        Vector512<ushort> tableStarts = Vector512.Create((ushort)0x2000);
        for (int pair = 0; pair < pairs; pair++)
        {
            Vector512<ushort> even = Avx512BW.ConvertToVector512UInt16(Vector256.Create(Vector128.Load(first), Vector128.Load(second)));
            Vector512<ushort> odd = Avx512BW.ConvertToVector512UInt16(Vector256.Create(Vector128.Load(first + 16), Vector128.Load(second + 16)));
            (even | (odd << 8) | tableStarts).Store((ushort*)index);
            first += 32;
            second += 32;
            index += 64;
        }
    }
}
