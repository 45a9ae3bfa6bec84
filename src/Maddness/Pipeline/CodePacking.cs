using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Pipeline;

/// <summary>Between the codes that kernels read and write, 16 bytes per codebook and block, and the layout of <see cref="EncodedMatrix"/>. Both hold whole blocks.</summary>
internal static unsafe class CodePacking
{
    /// <summary>Packs the blocks of <paramref name="rows"/> rows; rows missing in the last one are written as zero.</summary>
    [MethodImpl(Compiled.Once)]
    internal static void Pack(byte* codes, int codebooks, int levels, int rows, byte* packed)
    {
        int blocks = (rows + CodeBlock.Rows - 1) / CodeBlock.Rows;
        int packedBytes = EncodedMatrix.BlockBytes(codebooks, levels);
        if (levels == 4)
        {
            // Pairs of codebooks follow each other through all blocks on both sides; the partner of an odd last codebook holds zeros.
            int pairs = packedBytes / CodeBlock.Rows * blocks;
            for (int pair = 0; pair < pairs; pair++)
            {
                byte* source = codes + (2 * CodeBlock.Rows * pair);
                (Vector128.Load(source) | (Vector128.Load(source + CodeBlock.Rows) << 4)).Store(packed + (CodeBlock.Rows * pair));
            }
        }
        else
        {
            int stride = TilePlan.CodeBlockStride(codebooks);
            for (int block = 0; block < blocks; block++)
            {
                new ReadOnlySpan<byte>(codes + (block * stride), packedBytes).CopyTo(new Span<byte>(packed + (block * packedBytes), packedBytes));
            }
        }

        if (rows % CodeBlock.Rows != 0)
        {
            Vector128<byte> valid = Vector128.GreaterThan(Vector128.Create((byte)(rows % CodeBlock.Rows)), Vector128<byte>.Indices);
            byte* last = packed + ((blocks - 1) * packedBytes);
            for (int i = 0; i < packedBytes; i += CodeBlock.Rows)
            {
                (Vector128.Load(last + i) & valid).Store(last + i);
            }
        }
    }

    /// <summary>Unpacks whole blocks.</summary>
    [MethodImpl(Compiled.Once)]
    internal static void Unpack(byte* packed, int codebooks, int levels, int blocks, byte* codes)
    {
        int packedBytes = EncodedMatrix.BlockBytes(codebooks, levels);
        if (levels == 4)
        {
            int pairs = packedBytes / CodeBlock.Rows * blocks;
            for (int pair = 0; pair < pairs; pair++)
            {
                Vector128<byte> both = Vector128.Load(packed + (CodeBlock.Rows * pair));
                byte* target = codes + (2 * CodeBlock.Rows * pair);
                (both & Vector128.Create((byte)0x0F)).Store(target);
                (both >>> 4).Store(target + CodeBlock.Rows);
            }

            return;
        }

        int stride = TilePlan.CodeBlockStride(codebooks);
        for (int block = 0; block < blocks; block++)
        {
            new ReadOnlySpan<byte>(packed + (block * packedBytes), packedBytes).CopyTo(new Span<byte>(codes + (block * stride), packedBytes));
        }
    }
}
