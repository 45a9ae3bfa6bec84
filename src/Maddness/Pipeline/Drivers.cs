using Maddness.Common;
using Maddness.Kernels;
using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>From checked views to pinned memory and the kernel of the current level: what every public product runs through.</summary>
internal static unsafe class Drivers
{
    /// <summary>Y = approximation of A·B (+ bias), activated.</summary>
    internal static void Multiply<T>(Approximation approximation, Activation activation, MatrixView<T> a, MatrixView<float> destination, int degree)
        where T : unmanaged
    {
        KernelLevel level = KernelSelection.Current;
        fixed (T* source = &a.First)
        fixed (float* target = &destination.First)
        {
            Product<EncodedRows<T>> product = new(
                approximation.Tables, approximation.Summation, activation, new(approximation.Plan, new(source, a)), new(target, destination), WorkerPlan.ForProduct(a.Rows, approximation.Tables.Tables, degree));
            KernelCatalog.Run(level, ref product);
        }

        // The kernels read the plan's and the tables' memory through pointers.
        GC.KeepAlive(approximation);
    }

    /// <summary>The same for the windows of images, one in a row, where these stand.</summary>
    internal static void Convolve<T>(Approximation approximation, Activation activation, WindowPlan plan, MatrixView<T> images, MatrixView<float> destination, int degree)
        where T : unmanaged
    {
        KernelLevel level = KernelSelection.Current;
        fixed (T* source = &images.First)
        fixed (float* target = &destination.First)
        {
            Product<EncodedWindows<T>> product = new(
                approximation.Tables, approximation.Summation, activation, new(plan, source, destination.Rows), new(target, destination), WorkerPlan.ForProduct(destination.Rows, approximation.Tables.Tables, degree));
            KernelCatalog.Run(level, ref product);
        }

        GC.KeepAlive(approximation);
        GC.KeepAlive(plan);
    }

    /// <summary>Y from codes made earlier.</summary>
    internal static void Multiply(EncodedMatrix a, PackedTables tables, Summation summation, Activation activation, MatrixView<float> destination, int degree)
    {
        KernelLevel level = KernelSelection.Current;
        EncodedMatrix.CodeMemory memory = MemoryOf(a, destination.Rows, tables.Tables);
        fixed (byte* source = memory.Bytes)
        fixed (float* target = &destination.First)
        {
            Product<PackedCodes> product = new(
                tables, summation, activation, new(source, destination.Rows, tables.Tables.Codebooks, memory.Levels), new(target, destination), WorkerPlan.ForSums(destination.Rows, tables.Tables, degree));
            KernelCatalog.Run(level, ref product);
        }

        GC.KeepAlive(tables);
    }

    /// <summary>The index of the largest output of each row.</summary>
    internal static void ArgMax<T>(Approximation approximation, MatrixView<T> a, Span<int> indices, int degree)
        where T : unmanaged
    {
        KernelLevel level = KernelSelection.Current;
        fixed (T* source = &a.First)
        fixed (int* target = indices)
        {
            ArgMax<EncodedRows<T>> argMax = new(
                approximation.Tables, approximation.Summation, new(approximation.Plan, new(source, a)), target, WorkerPlan.ForArgMax(a.Rows, approximation.Tables.Tables, degree), WorkerPlan.ForSearch(a.Rows, approximation.Tables.Tables, 1, degree));
            KernelCatalog.Run(level, ref argMax);
        }

        GC.KeepAlive(approximation);
    }

    /// <summary>The same from codes made earlier.</summary>
    internal static void ArgMax(EncodedMatrix a, PackedTables tables, Summation summation, Span<int> indices, int degree)
    {
        KernelLevel level = KernelSelection.Current;
        EncodedMatrix.CodeMemory memory = MemoryOf(a, indices.Length, tables.Tables);
        fixed (byte* source = memory.Bytes)
        fixed (int* target = indices)
        {
            ArgMax<PackedCodes> argMax = new(
                tables, summation, new(source, indices.Length, tables.Tables.Codebooks, memory.Levels), target, WorkerPlan.ForArgMax(indices.Length, tables.Tables, degree), WorkerPlan.ForSearch(indices.Length, tables.Tables, 1, degree));
            KernelCatalog.Run(level, ref argMax);
        }

        GC.KeepAlive(tables);
    }

    /// <summary>The largest outputs of each row, indices and values.</summary>
    internal static void Search<T>(Approximation approximation, MatrixView<T> a, int k, Span<int> indices, Span<float> values, int degree)
        where T : unmanaged
    {
        KernelLevel level = KernelSelection.Current;
        fixed (T* source = &a.First)
        fixed (int* indexTarget = indices)
        fixed (float* valueTarget = values)
        {
            Search<EncodedRows<T>> search = new(
                approximation.Tables, approximation.Summation, new(approximation.Plan, new(source, a)), k, indexTarget, valueTarget, WorkerPlan.ForSearch(a.Rows, approximation.Tables.Tables, k, degree));
            KernelCatalog.Run(level, ref search);
        }

        GC.KeepAlive(approximation);
    }

    /// <summary>The same from codes made earlier.</summary>
    internal static void Search(EncodedMatrix a, PackedTables tables, Summation summation, int k, Span<int> indices, Span<float> values, int degree)
    {
        KernelLevel level = KernelSelection.Current;
        int rows = indices.Length / k;
        EncodedMatrix.CodeMemory memory = MemoryOf(a, rows, tables.Tables);
        fixed (byte* source = memory.Bytes)
        fixed (int* indexTarget = indices)
        fixed (float* valueTarget = values)
        {
            Search<PackedCodes> search = new(
                tables, summation, new(source, rows, tables.Tables.Codebooks, memory.Levels), k, indexTarget, valueTarget, WorkerPlan.ForSearch(rows, tables.Tables, k, degree));
            KernelCatalog.Run(level, ref search);
        }

        GC.KeepAlive(tables);
    }

    /// <summary>The candidates with the largest approximate outputs of each row, computed exactly, and the k best of them.</summary>
    internal static void Rerank<T>(
        Approximation approximation, TransposedWeights weights, MatrixView<T> a, int candidates, int k, Span<int> indices, Span<float> values, int degree)
        where T : unmanaged
    {
        KernelLevel level = KernelSelection.Current;
        fixed (T* source = &a.First)
        fixed (int* indexTarget = indices)
        fixed (float* valueTarget = values)
        {
            WorkerShares shares = WorkerPlan.ForReranking(a.Rows, approximation.Tables.Tables, candidates, a.Columns, degree);
            Reranking<T> reranking = new(approximation, weights, new(source, a), candidates, k, indexTarget, valueTarget, shares);
            KernelCatalog.Run(level, ref reranking);
        }

        GC.KeepAlive(approximation);
        GC.KeepAlive(weights);
    }

    /// <summary>The codes of all rows. Checks its arguments, which come from two public types.</summary>
    internal static EncodedMatrix Encode<T>(EncodePlan plan, MatrixView<T> a, int maxDegreeOfParallelism)
        where T : unmanaged
    {
        HashTrees trees = plan.Trees;
        InputChecks.Input(a, trees, nameof(a));
        int degree = ArgumentChecks.Parallelism(maxDegreeOfParallelism);

        // Whole blocks are written, padding included, before anybody sees them.
        byte[] codes = GC.AllocateUninitializedArray<byte>(CodeBytes(trees, a));
        Encode(KernelSelection.Current, plan, a, codes, degree);
        return new EncodedMatrix(a.Rows, trees.Codebooks, trees.Levels, trees.Fingerprint, codes);
    }

    /// <summary>The codes of all rows, in place of others.</summary>
    internal static void Encode<T>(EncodePlan plan, MatrixView<T> a, EncodedMatrix destination, int maxDegreeOfParallelism)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(destination);
        HashTrees trees = plan.Trees;
        InputChecks.Input(a, trees, nameof(a));
        int degree = ArgumentChecks.Parallelism(maxDegreeOfParallelism);
        int length = CodeBytes(trees, a);
        KernelLevel level = KernelSelection.Current;
        EncodedMatrix.CodeMemory memory = destination.Reserve(trees.Levels, length);
        Encode(level, plan, a, memory.Bytes, degree);
        destination.Complete(memory, a.Rows, trees.Codebooks, trees.Fingerprint, length);
    }

    /// <summary>The codes of so many rows: what others write meanwhile may be other rows', but is never less.</summary>
    private static EncodedMatrix.CodeMemory MemoryOf(EncodedMatrix a, int rows, LookupTables tables)
    {
        EncodedMatrix.CodeMemory memory = a.Memory;
        return memory.Bytes.Length >= EncodedMatrix.CodeBytes(rows, tables.Codebooks, memory.Levels) && 1 << memory.Levels == tables.Leaves
            ? memory
            : throw new InvalidOperationException($"'{nameof(a)}' was encoded into while it was read; expected a matrix that nobody writes meanwhile.");
    }

    private static void Encode<T>(KernelLevel level, EncodePlan plan, MatrixView<T> a, byte[] codes, int degree)
        where T : unmanaged
    {
        fixed (T* source = &a.First)
        fixed (byte* target = codes)
        {
            Encoding<T> encoding = new(plan, new(source, a), target, WorkerPlan.ForEncoding(a.Rows, plan.Trees.Codebooks, degree));
            KernelCatalog.Run(level, ref encoding);
        }

        GC.KeepAlive(plan);
    }

    private static int CodeBytes<T>(HashTrees trees, MatrixView<T> a)
        where T : unmanaged
    {
        long bytes = EncodedMatrix.CodeBytes(a.Rows, trees.Codebooks, trees.Levels);
        return bytes <= Array.MaxLength
            ? (int)bytes
            : throw new ArgumentException($"'{nameof(a)}' has {a.Rows} rows, whose codes take {bytes} bytes; expected at most {Array.MaxLength} bytes: encode it in parts.", nameof(a));
    }
}
