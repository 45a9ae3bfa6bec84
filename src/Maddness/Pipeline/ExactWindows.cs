using System.Buffers;
using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>The exact product of windows: some of them at a time are copied to rows, which stay in a near cache until they are multiplied, if they are not very long.</summary>
internal static unsafe class ExactWindows
{
    /// <summary>Of the second cache, what rows may take, if no more of them are needed.</summary>
    private const int BlockFloats = 128 * 1024;

    /// <summary>For fewer rows B would be read more often than for rows that are copied all at once.</summary>
    private const int MinRows = ExactDriver.MaxBlockRows;

    /// <summary>16 MB, which fewer rows than these do not exceed.</summary>
    private const int MostFloats = 4 * 1024 * 1024;

    /// <summary>The products of all windows.</summary>
    internal static void Multiply(ExactPanels panels, KernelLevel level, ConvolutionShape shape, MatrixView<float> images, MatrixView<float> destination, int degree)
    {
        int rows = destination.Rows, inputs = shape.Inputs;
        int workers = WorkerPlan.ForExact(rows, inputs, panels.Outputs, degree);
        int least = Math.Clamp(MostFloats / inputs, 1, MinRows);
        int ofRows = (int)Math.Min(workers, ((long)rows + least - 1) / least);
        int blockRows = Math.Max(1, Math.Min(BlockFloats / inputs, rows / Math.Max(1, ofRows)) / least) * least;
        fixed (float* source = &images.First)
        fixed (float* target = &destination.First)
        {
            if (ofRows <= 1)
            {
                // Threads share the outputs of rows that are too few for each.
                Run(panels, level, shape, source, images.Rows, target, 0, rows, blockRows, workers);
            }
            else
            {
                RunParallel(panels, level, shape, source, images.Rows, target, rows, blockRows, ofRows);
            }
        }
    }

    /// <summary>Apart, because a method with a closure allocates it on entry, whether it is used or not.</summary>
    private static void RunParallel(ExactPanels panels, KernelLevel level, ConvolutionShape shape, float* images, int count, float* destination, int rows, int blockRows, int workers) =>
        Workers.Run(workers, rows / workers / blockRows, (part, parts) =>
        {
            int start = Workers.StartOf(rows, blockRows, part, parts);
            Run(panels, level, shape, images, count, destination, start, Workers.StartOf(rows, blockRows, part + 1, parts), blockRows, 1);
        });

    [MethodImpl(Compiled.Once)]
    private static void Run(ExactPanels panels, KernelLevel level, ConvolutionShape shape, float* images, int count, float* destination, int start, int end, int blockRows, int degree)
    {
        int inputs = shape.Inputs, outputs = panels.Outputs;
        WindowRows copies = new(shape);
        ReadOnlySpan<float> source = new(images, count * shape.ImageLength);
        float[] rented = ArrayPool<float>.Shared.Rent(Math.Min(blockRows, end - start) * inputs);
        fixed (float* block = rented)
        {
            for (int row = start; row < end; row += blockRows)
            {
                int taken = Math.Min(blockRows, end - row);
                copies.Copy(source, row, taken, new Span<float>(block, taken * inputs));
                BoundExactOperation operation = new()
                {
                    Product = new() { A = new(block, taken, inputs, inputs, 1), C = new(destination + ((nint)row * outputs), taken, outputs, outputs, 1) },
                    Panels = panels,
                    Parallelism = degree,
                };
                KernelCatalog.Run(level, ref operation);
            }
        }

        ArrayPool<float>.Shared.Return(rented);
    }
}
