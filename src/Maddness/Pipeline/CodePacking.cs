using System.Runtime.Intrinsics;

namespace Maddness.Pipeline;

/// <summary>Between the codes that kernels read and write, 16 bytes per codebook and block, and the layout of <see cref="EncodedMatrix"/>.</summary>
internal static unsafe class CodePacking
{
    /// <summary>Packs blocks of codes; rows from <paramref name="rows"/> on are written as zero.</summary>
    internal static void Pack(byte* codes, int codebooks, int levels, int rows, Span<byte> packed)
    {
        int stride = TilePlan.CodeBlockStride(codebooks);
        int packedBytes = EncodedMatrix.BlockBytes(codebooks, levels);
        for (int first = 0; first < rows; first += TilePlan.BlockRows)
        {
            Vector128<byte> valid = Vector128.GreaterThan(Vector128.Create((byte)Math.Min(TilePlan.BlockRows, rows - first)), Vector128<byte>.Indices);
            Span<byte> block = packed.Slice(first / TilePlan.BlockRows * packedBytes, packedBytes);
            byte* source = codes + (first / TilePlan.BlockRows * stride);
            for (int i = 0; i < packedBytes; i += TilePlan.BlockRows)
            {
                Vector128<byte> bytes;
                if (levels == 4)
                {
                    // The partner of an odd last codebook holds zeros.
                    bytes = Vector128.Load(source) | (Vector128.Load(source + TilePlan.BlockRows) << 4);
                    source += 2 * TilePlan.BlockRows;
                }
                else
                {
                    bytes = Vector128.Load(source);
                    source += TilePlan.BlockRows;
                }

                (bytes & valid).CopyTo(block[i..]);
            }
        }
    }

    /// <summary>Unpacks whole blocks.</summary>
    internal static void Unpack(ReadOnlySpan<byte> packed, int codebooks, int levels, int blocks, byte* codes)
    {
        int stride = TilePlan.CodeBlockStride(codebooks);
        int packedBytes = EncodedMatrix.BlockBytes(codebooks, levels);
        for (int block = 0; block < blocks; block++)
        {
            ReadOnlySpan<byte> source = packed.Slice(block * packedBytes, packedBytes);
            byte* target = codes + (block * stride);
            for (int i = 0; i < packedBytes; i += TilePlan.BlockRows)
            {
                Vector128<byte> bytes = Vector128.Create(source.Slice(i, TilePlan.BlockRows));
                if (levels == 4)
                {
                    (bytes & Vector128.Create((byte)0x0F)).Store(target);
                    (bytes >>> 4).Store(target + TilePlan.BlockRows);
                    target += 2 * TilePlan.BlockRows;
                }
                else
                {
                    bytes.Store(target);
                    target += TilePlan.BlockRows;
                }
            }
        }
    }
}
