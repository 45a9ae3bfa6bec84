using Maddness.Common;
using Maddness.Model;
using Maddness.Pipeline;

namespace Maddness.Tests.Support;

/// <summary>Runs the pipeline at a given level, whatever the process has selected, so that tests need not share a global.</summary>
internal static unsafe class PipelineRunner
{
    internal static float[] Multiply<T>(
        KernelLevel level,
        HashTrees trees,
        LookupTables tables,
        T[] a,
        int rows,
        bool columnMajor = false,
        int workers = 1,
        Summation summation = Summation.Exact,
        Activation activation = Activation.None,
        int outputParts = 1)
        where T : unmanaged
    {
        float[] destination = new float[rows * tables.Outputs];
        destination.AsSpan().Fill(float.NaN);
        fixed (T* source = a)
        fixed (float* target = destination)
        {
            PinnedMatrix<T> view = columnMajor ? new(source, rows, trees.Inputs, 1, rows) : new(source, rows, trees.Inputs, trees.Inputs, 1);
            Product<EncodedRows<T>> product = new(new PackedTables(tables), summation, activation, new(new EncodePlan(trees), view), new(target, rows, tables.Outputs, tables.Outputs, 1), new(workers, outputParts));
            TestedKernels.Run(level, ref product);
        }

        return destination;
    }

    /// <summary>The product of all windows of images, wherever these and the destination lie.</summary>
    internal static void Convolve<T>(KernelLevel level, ConvolutionShape shape, HashTrees trees, LookupTables tables, T* images, int count, float* destination, int workers = 1, Summation summation = Summation.Exact)
        where T : unmanaged
    {
        int rows = count * shape.Rows;
        Product<EncodedWindows<T>> product = new(
            new PackedTables(tables), summation, Activation.None, new(new WindowPlan(shape, trees), images, rows), new(destination, rows, tables.Outputs, tables.Outputs, 1), new(workers, 1));
        TestedKernels.Run(level, ref product);
    }

    internal static int[] ArgMax<T>(KernelLevel level, HashTrees trees, LookupTables tables, T[] a, int rows, WorkerShares? shares = null, Summation summation = Summation.Exact)
        where T : unmanaged
    {
        int[] indices = new int[rows];
        indices.AsSpan().Fill(-1);
        fixed (T* source = a)
        fixed (int* target = indices)
        {
            ArgMax<EncodedRows<T>> argMax = new(new PackedTables(tables), summation, new(new EncodePlan(trees), new(source, rows, trees.Inputs, trees.Inputs, 1)), target, shares ?? new(1, 1), shares ?? new(1, 1));
            TestedKernels.Run(level, ref argMax);
        }

        return indices;
    }

    internal static byte[] Encode<T>(KernelLevel level, HashTrees trees, T[] a, int rows, bool columnMajor = false, int workers = 1)
        where T : unmanaged
    {
        byte[] packed = new byte[(rows + 15) / 16 * EncodedMatrix.BlockBytes(trees.Codebooks, trees.Levels)];
        packed.AsSpan().Fill(0xEE);
        fixed (T* source = a)
        fixed (byte* target = packed)
        {
            PinnedMatrix<T> view = columnMajor ? new(source, rows, trees.Inputs, 1, rows) : new(source, rows, trees.Inputs, trees.Inputs, 1);
            Encoding<T> encoding = new(new EncodePlan(trees), view, target, workers);
            TestedKernels.Run(level, ref encoding);
        }

        return packed;
    }

    internal static (int[] Indices, float[] Values) Search<T>(KernelLevel level, HashTrees trees, LookupTables tables, T[] a, int rows, int k, WorkerShares shares)
        where T : unmanaged
    {
        fixed (T* source = a)
        {
            return Search(level, tables, new EncodedRows<T>(new EncodePlan(trees), new(source, rows, trees.Inputs, trees.Inputs, 1)), k, shares);
        }
    }

    /// <summary>The same from packed codes.</summary>
    internal static (int[] Indices, float[] Values) Search(KernelLevel level, LookupTables tables, int levels, byte[] packed, int rows, int k, WorkerShares shares)
    {
        fixed (byte* source = packed)
        {
            return Search(level, tables, new PackedCodes(source, rows, tables.Codebooks, levels), k, shares);
        }
    }

    internal static (int[] Indices, float[] Values) Rerank<T>(
        KernelLevel level, HashTrees trees, LookupTables tables, float[] b, T[] a, int rows, int candidates, int k, WorkerShares shares)
        where T : unmanaged
    {
        int[] indices = new int[rows * k];
        float[] values = new float[rows * k];
        indices.AsSpan().Fill(-1);
        fixed (T* source = a)
        fixed (int* indexTarget = indices)
        fixed (float* valueTarget = values)
        {
            Reranking<T> reranking = new(
                new(new EncodePlan(trees), new PackedTables(tables), Summation.Exact),
                new TransposedWeights(MatrixView<float>.Of(b, trees.Inputs, tables.Outputs, "b"), "b"),
                new(source, rows, trees.Inputs, trees.Inputs, 1),
                candidates,
                k,
                indexTarget,
                valueTarget,
                shares);
            TestedKernels.Run(level, ref reranking);
        }

        return (indices, values);
    }

    internal static float[] Scan(KernelLevel level, HashTrees trees, LookupTables tables, byte[] packed, int rows, bool columnMajor = false, int workers = 1, int outputParts = 1)
    {
        float[] destination = new float[rows * tables.Outputs];
        fixed (byte* source = packed)
        fixed (float* target = destination)
        {
            PinnedMatrix<float> view = columnMajor ? new(target, rows, tables.Outputs, 1, rows) : new(target, rows, tables.Outputs, tables.Outputs, 1);
            Product<PackedCodes> scan = new(new PackedTables(tables), Summation.Exact, Activation.None, new(source, rows, trees.Codebooks, trees.Levels), view, new(workers, outputParts));
            TestedKernels.Run(level, ref scan);
        }

        return destination;
    }

    private static (int[] Indices, float[] Values) Search<TCodes>(KernelLevel level, LookupTables tables, TCodes codes, int k, WorkerShares shares)
        where TCodes : struct, ICodeSource
    {
        int[] indices = new int[codes.Rows * k];
        float[] values = new float[codes.Rows * k];
        indices.AsSpan().Fill(-1);
        fixed (int* indexTarget = indices)
        fixed (float* valueTarget = values)
        {
            Search<TCodes> search = new(new PackedTables(tables), Summation.Exact, codes, k, indexTarget, valueTarget, shares);
            TestedKernels.Run(level, ref search);
        }

        return (indices, values);
    }
}
