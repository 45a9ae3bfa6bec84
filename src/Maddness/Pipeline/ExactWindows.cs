using System.Buffers;
using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Pipeline;

/// <summary>The exact product of windows: some of them at a time are copied to rows, which stay in the second cache until they are multiplied.</summary>
internal static unsafe class ExactWindows
{
    /// <summary>Of the second cache, what rows may take, if no more of them are needed.</summary>
    private const int BlockFloats = 128 * 1024;

    /// <summary>For fewer rows B would be read more often than for rows that are copied all at once.</summary>
    private const int MinRows = ExactDriver.MaxBlockRows;

    /// <summary>The products of all windows.</summary>
    internal static void Multiply(ExactMatmul product, ConvolutionShape shape, MatrixView<float> images, MatrixView<float> destination, int degree)
    {
        int rows = destination.Rows;
        int blockRows = Math.Max(1, BlockFloats / shape.Inputs / MinRows) * MinRows;
        fixed (float* source = &images.First)
        fixed (float* target = &destination.First)
        {
            int workers = (int)Math.Min(degree, ((long)rows + blockRows - 1) / blockRows);
            if (workers <= 1)
            {
                Run(product, shape, source, images.Rows, target, 0, rows, blockRows);
            }
            else
            {
                RunParallel(product, shape, source, images.Rows, target, rows, blockRows, workers);
            }
        }
    }

    /// <summary>Apart, because a method with a closure allocates it on entry, whether it is used or not.</summary>
    private static void RunParallel(ExactMatmul product, ConvolutionShape shape, float* images, int count, float* destination, int rows, int blockRows, int workers) =>
        Workers.Run(workers, rows / workers / blockRows, (part, parts) =>
        {
            int start = Workers.StartOf(rows, blockRows, part, parts);
            Run(product, shape, images, count, destination, start, Workers.StartOf(rows, blockRows, part + 1, parts), blockRows);
        });

    [MethodImpl(Compiled.Once)]
    private static void Run(ExactMatmul product, ConvolutionShape shape, float* images, int count, float* destination, int start, int end, int blockRows)
    {
        int inputs = shape.Inputs, outputs = product.Outputs;
        ReadOnlySpan<float> source = new(images, count * shape.ImageLength);
        float[] rented = ArrayPool<float>.Shared.Rent(checked(Math.Min(blockRows, end - start) * inputs));
        for (int row = start; row < end; row += blockRows)
        {
            int taken = Math.Min(blockRows, end - row);
            Span<float> block = rented.AsSpan(0, taken * inputs);
            for (int i = 0; i < taken; i++)
            {
                WindowRows.Copy(source, shape, row + i, block.Slice(i * inputs, inputs));
            }

            product.Multiply(block, taken, new Span<float>(destination + ((nint)row * outputs), taken * outputs));
        }

        ArrayPool<float>.Shared.Return(rented);
    }
}
