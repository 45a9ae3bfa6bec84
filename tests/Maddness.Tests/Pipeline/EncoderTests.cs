using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;
using Maddness.Model;
using Maddness.Pipeline;
using Maddness.Tests.Support;

namespace Maddness.Tests.Pipeline;

/// <summary>What encoders leave in the blocks that sums read, before codes are packed.</summary>
public sealed unsafe class EncoderTests
{
    private static readonly int[] RowCounts = [1, 2, 3, 4, 7, 12, 13, 15, 16, 17, 20, 23, 31, 33, 47, 49, 63, 65];

    public static TheoryData<KernelLevel> Levels => [.. TestedKernels.Levels];

    [Theory]
    [MemberData(nameof(Levels))]
    public void Codes_of_missing_rows_are_codes(KernelLevel kernel)
    {
        Random random = new(1);
        foreach (int levels in (int[])[4, 5, 6])
        {
            // 3 to 16 codebooks are permuted where they can be, one and 17 transposed.
            foreach (int codebooks in (int[])[1, 3, 6, 16, 17])
            {
                Check<float>(kernel, random, codebooks, levels);
                Check<short>(kernel, random, codebooks, levels);
                Check<sbyte>(kernel, random, codebooks, levels);
                Check<byte>(kernel, random, codebooks, levels);
            }
        }
    }

    private static void Check<T>(KernelLevel kernel, Random random, int codebooks, int levels)
        where T : unmanaged
    {
        const int Inputs = 40;
        HashTrees trees = RandomModel.Trees(random, Inputs, codebooks, levels, ElementTypes.Of<T>());
        EncodePlan plan = new(trees);
        foreach (int rows in RowCounts)
        {
            T[] a = RandomModel.Inputs<T>(random, rows * Inputs);
            int blocks = (rows + CodeBlock.Rows - 1) / CodeBlock.Rows;
            byte[] codes = new byte[blocks * TilePlan.CodeBlockStride(codebooks)];
            foreach (bool isColumnMajor in (bool[])[false, true])
            {
                codes.AsSpan().Fill(0xEE);
                fixed (T* source = a)
                {
                    fixed (byte* target = codes)
                    {
                        Encodes<T> operation = new(plan, isColumnMajor ? new(source, rows, Inputs, 1, rows) : new(source, rows, Inputs, Inputs, 1), target);
                        TestedKernels.Run(kernel, ref operation);
                    }
                }

                for (int i = 0; i < codes.Length; i++)
                {
                    int codebook = i % TilePlan.CodeBlockStride(codebooks) / CodeBlock.Rows;
                    if (codebook < codebooks)
                    {
                        codes[i].Should().BeLessThan((byte)(1 << levels), "row {0} of {1}, codebook {2} of {3}, {4} levels of {5}", i % 16, rows, codebook, codebooks, levels, typeof(T).Name);
                    }
                }
            }
        }
    }

    /// <summary>Leaves bytes that are no codes where the kernel's own memory on the stack will be.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static byte DirtyStack()
    {
        Span<byte> memory = stackalloc byte[16 * 1024];
        memory.Fill(0xFF);
        return memory[^1];
    }

    private readonly struct Encodes<T>(EncodePlan plan, PinnedMatrix<T> source, byte* codes) : IKernelOperation
        where T : unmanaged
    {
        private readonly EncodePlan _plan = plan;
        private readonly PinnedMatrix<T> _source = source;
        private readonly byte* _codes = codes;

        public void Invoke<TKernel>()
            where TKernel : struct, IKernel
        {
            Encoder<T>.Reading reading = Encoder<T>.ReadingOf<TKernel>(_plan, _source);
            byte[] memory = new byte[Encoder<T>.ScratchBytes(_plan, _source, reading) + 64];
            memory.AsSpan().Fill(0xF7);
            fixed (byte* first = memory)
            {
                Scratch scratch = new(first, memory.Length);
                Encoder<T> encoder = new(_plan, _source, reading, writesToMemory: false, ref scratch);
                _ = DirtyStack();
                encoder.Encode<TKernel>(0, _source.Rows, _codes);
            }
        }
    }
}
