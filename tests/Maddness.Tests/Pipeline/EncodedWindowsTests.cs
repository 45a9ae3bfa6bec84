using Maddness.Model;
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
        new(12, 21, 16, 3, 3, paddingTop: 1, paddingLeft: 1, paddingBottom: 1, paddingRight: 1),
        new(7, 7, 5, 3, 3, paddingTop: 1, paddingLeft: 1, paddingBottom: 1, paddingRight: 1),
        new(11, 40, 2, 2, 3, strideY: 2, strideX: 3, paddingTop: 0, paddingLeft: 4, paddingBottom: 1, paddingRight: 2),
        new(16, 30, 3, 3, 3, paddingTop: 2, paddingLeft: 2, paddingBottom: 2, paddingRight: 2, dilationY: 2, dilationX: 2),
        new(16, 32, 3, 4, 4, strideY: 4, strideX: 4),
        new(20, 50, 1, 5, 5),
        new(20, 50, 1, 5, 5, paddingTop: 2, paddingLeft: 2, paddingBottom: 2, paddingRight: 2),
        new(1, 2500, 1, 1, 24),
        new(1, 1200, 2, 1, 9, strideX: 2, paddingLeft: 8, paddingRight: 3),
        new(1, 300, 7, 1, 1),
        new(2, 2, 3, 3, 4, paddingTop: 2, paddingLeft: 3, paddingBottom: 1, paddingRight: 5),
        new(3, 300_000, 1, 2, 3, strideX: 30_000),
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
            ConvolutionShape shape = new(
                height, width, random.Next(1, 20), kernelHeight, kernelWidth, random.Next(1, 4), random.Next(1, 4), padding[0], padding[1], padding[2], padding[3], dilationY, dilationX);
            Check<float>(kernel, random, shape, random.Next(1, 4), random.Next(1, 20), 4, random.Next(1, 40));
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
}
