using System.Buffers;
using Maddness.Kernels;
using Maddness.Model;
using Maddness.Pipeline;
using Maddness.Tests.Support;

namespace Maddness.Tests.Pipeline;

/// <summary>Windows that are read where they stand give the bits that rows of their own give, at every level; images and outputs lie flush against pages that nobody may touch.</summary>
public unsafe class EncodedWindowsTests
{
    /// <summary>Of each kind: without padding, wide and narrow; padded alike and unlike; strides; dilations; one channel, and as many as a line has; signals; windows larger than the image; several rows of windows a tile, and several tiles a row.</summary>
    private static readonly ConvolutionShape[] Shapes =
    [
        new(5, 40, 3, 3, 3),
        new(9, 9, 4, 3, 3),
        new(12, 21, 16, 3, 3) { PaddingTop = 1, PaddingLeft = 1, PaddingBottom = 1, PaddingRight = 1 },
        new(7, 7, 5, 3, 3) { PaddingTop = 1, PaddingLeft = 1, PaddingBottom = 1, PaddingRight = 1 },
        new(11, 40, 2, 2, 3) { StrideY = 2, StrideX = 3, PaddingTop = 0, PaddingLeft = 4, PaddingBottom = 1, PaddingRight = 2 },
        new(16, 30, 3, 3, 3) { PaddingTop = 2, PaddingLeft = 2, PaddingBottom = 2, PaddingRight = 2, DilationY = 2, DilationX = 2 },
        new(16, 32, 3, 4, 4) { StrideY = 4, StrideX = 4 },
        new(20, 50, 1, 5, 5),
        new(20, 50, 1, 5, 5) { PaddingTop = 2, PaddingLeft = 2, PaddingBottom = 2, PaddingRight = 2 },
        new(1, 2500, 1, 1, 24),
        new(1, 1200, 2, 1, 9) { StrideX = 2, PaddingLeft = 8, PaddingRight = 3 },
        new(1, 300, 7, 1, 1),
        new(2, 2, 3, 3, 4) { PaddingTop = 2, PaddingLeft = 3, PaddingBottom = 1, PaddingRight = 5 },
        new(3, 400_000, 1, 2, 3) { StrideX = 20_000, PaddingTop = 1, PaddingBottom = 1 },
        new(1, 10, 4, 1, 1) { StrideX = 1 << 30, StrideY = 1 << 30 },
    ];

    public static TheoryData<KernelLevel> Levels => [.. TestedKernels.Levels];

    [GuardedTheory]
    [MemberData(nameof(Levels))]
    public void They_are_the_rows_that_are_copied(KernelLevel kernel)
    {
        Random random = new(1);
        foreach (ConvolutionShape shape in Shapes)
        {
            foreach (int codebooks in (int[])[1, 4, 9])
            {
                Check<float>(kernel, random, shape, 2, codebooks, 4, 11);
            }

            Check<float>(kernel, random, shape, 1, 70, 4, 33);
            Check<float>(kernel, random, shape, 2, 3, 5, 7);
            Check<short>(kernel, random, shape, 2, 6, 4, 20);
            Check<sbyte>(kernel, random, shape, 1, 5, 6, 3);
            Check<byte>(kernel, random, shape, 2, 16, 4, 18);
        }
    }

    [GuardedTheory]
    [MemberData(nameof(Levels))]
    public void Windows_of_any_shape_are_the_rows_that_are_copied(KernelLevel kernel)
    {
        Random random = new(3);
        for (int i = 0; i < 60; i++)
        {
            int kernelHeight = random.Next(1, 5), kernelWidth = random.Next(1, 6), dilationY = random.Next(1, 4), dilationX = random.Next(1, 4);
            int[] padding = [random.Next(4), random.Next(4), random.Next(4), random.Next(4)];

            // At least as large, with the padding, as a window.
            int height = Math.Max(1, ((kernelHeight - 1) * dilationY) + 1 - padding[0] - padding[2]) + random.Next(8);
            int width = Math.Max(1, ((kernelWidth - 1) * dilationX) + 1 - padding[1] - padding[3]) + random.Next(60);
            ConvolutionShape shape = new(height, width, random.Next(1, 20), kernelHeight, kernelWidth)
            {
                StrideY = random.Next(1, 4),
                StrideX = random.Next(1, 4),
                PaddingTop = padding[0],
                PaddingLeft = padding[1],
                PaddingBottom = padding[2],
                PaddingRight = padding[3],
                DilationY = dilationY,
                DilationX = dilationX,
            };
            int count = random.Next(1, 4), codebooks = random.Next(1, 20), levels = random.Next(4, 7), outputs = random.Next(1, 40), workers = random.Next(1, 4);
            switch (i % 4)
            {
                case 0:
                    Check<short>(kernel, random, shape, count, codebooks, levels, outputs, workers);
                    break;
                case 1:
                    Check<byte>(kernel, random, shape, count, codebooks, levels, outputs, workers);
                    break;
                default:
                    Check<float>(kernel, random, shape, count, codebooks, levels, outputs, workers);
                    break;
            }
        }
    }

    [GuardedTheory]
    [MemberData(nameof(Levels))]
    public void Windows_far_apart_are_the_rows_that_are_copied(KernelLevel kernel)
    {
        // Two windows side by side reach over as much as is encoded at once, and over what lines are asked for of.
        Random random = new(4);
        Check<float>(kernel, random, new ConvolutionShape(2, 2_500_000, 1, 1, 3) { StrideX = 140_000 }, 1, 4, 4, 3);
        Check<float>(kernel, random, new ConvolutionShape(1, 9_100_000, 1, 1, 3) { StrideX = 530_000 }, 1, 4, 4, 3);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    public void Codes_of_missing_rows_are_codes(int levels)
    {
        // Sums load at them, too. What a thread rents held other things before.
        Random random = new(5);
        foreach (ConvolutionShape shape in Shapes)
        {
            foreach (int codebooks in (int[])[1, 6, 9])
            {
                HashTrees trees = RandomModel.Trees(random, shape.Inputs, codebooks, levels);
                float[] images = RandomModel.Inputs<float>(random, 2 * shape.ImageLength);
                for (int size = 1 << 16; size <= 1 << 20; size *= 2)
                {
                    byte[] rented = ArrayPool<byte>.Shared.Rent(size);
                    rented.AsSpan().Fill(0xFF);
                    ArrayPool<byte>.Shared.Return(rented);
                }

                fixed (float* source = images)
                {
                    CodesCheck check = new(new EncodedWindows<float>(new WindowPlan(shape, trees), source, 2 * shape.Rows), codebooks, 1 << levels);
                    TestedKernels.Run(KernelSelection.Best, ref check);
                    check.Largest.Should().BeLessThan(1 << levels, "{0}, C = {1}", shape, codebooks);
                    check.Rows.Should().Be(2 * shape.Rows);
                }
            }
        }
    }

    [GuardedFact]
    public void Threads_and_averages_do_not_change_that()
    {
        Random random = new(2);
        foreach (ConvolutionShape shape in Shapes)
        {
            Check<float>(KernelSelection.Best, random, shape, 3, 5, 4, 10, workers: 3);
            Check<float>(KernelSelection.Best, random, shape, 1, 6, 4, 10, summation: Summation.Averaging);
        }
    }

    private static void Check<T>(KernelLevel kernel, Random random, ConvolutionShape shape, int count, int codebooks, int levels, int outputs, int workers = 1, Summation summation = Summation.Exact)
        where T : unmanaged
    {
        HashTrees trees = RandomModel.Trees(random, shape.Inputs, codebooks, levels, Common.ElementTypes.Of<T>());
        LookupTables tables = RandomModel.Tables(random, codebooks, levels, outputs);
        T[] images = RandomModel.Inputs<T>(random, count * shape.ImageLength);
        int rows = count * shape.Rows;
        T[] copies = new T[rows * shape.Inputs];
        shape.CopyRows<T>(images, count, copies);
        float[] expected = PipelineRunner.Multiply(KernelLevel.Scalar, trees, tables, copies, rows, summation: summation);
        foreach (bool trailing in (bool[])[true, false])
        {
            using GuardedMemory<T> source = GuardedMemory<T>.Of(images, trailing);
            using GuardedMemory<float> destination = GuardedMemory<float>.Of(expected.Length, trailing);
            destination.Span.Fill(float.NaN);
            PipelineRunner.Convolve(kernel, shape, trees, tables, source.Pointer, count, destination.Pointer, workers, summation);
            Bits.ShouldBe(destination.Span, expected, $"{shape}, {typeof(T)}, C = {codebooks}, K = {1 << levels}");
        }
    }

    /// <summary>Looks at the codes of whole blocks.</summary>
    private struct CodesCheck(EncodedWindows<float> windows, int codebooks, int leaves) : IKernelOperation, ITileTask<CodesCheck.Consumer>
    {
        private readonly int[] _seen = new int[2];
        private EncodedWindows<float> _windows = windows;

        internal readonly int Largest => _seen[0];

        internal readonly int Rows => _seen[1];

        public readonly bool WritesToMemory => false;

        public void Invoke<TKernel>()
            where TKernel : struct, IKernel => _windows.Run<TKernel, CodesCheck, Consumer>(ref this, 0, _windows.Rows);

        public readonly long ScratchBytes<TKernel>(int rows)
            where TKernel : struct, IKernel => 0;

        public readonly Consumer Start<TKernel>(int rows, ref Scratch scratch)
            where TKernel : struct, IKernel => new(_seen, codebooks, leaves);

        internal readonly struct Consumer(int[] seen, int codebooks, int leaves) : ICodeConsumer
        {
            public void Consume<TKernel>(byte* codes, int start, int rows)
                where TKernel : struct, IKernel
            {
                int stride = TilePlan.CodeBlockStride(codebooks);
                for (int block = 0; block * 16 < rows; block++)
                {
                    for (int i = 0; i < codebooks * 16; i++)
                    {
                        seen[0] = Math.Max(seen[0], codes[(block * stride) + i]);
                    }

                    // The partner of an odd last codebook is read as zeros.
                    for (int i = codebooks * 16; i < stride; i++)
                    {
                        seen[0] = codes[(block * stride) + i] == 0 ? seen[0] : leaves;
                    }
                }

                seen[1] += rows;
            }
        }
    }
}
