using Maddness.Common;
using Maddness.Kernels;

namespace Maddness.Pipeline;

/// <summary>From checked views to pinned memory and the kernel of the current level: what every public product runs through.</summary>
internal static unsafe class Drivers
{
    /// <summary>Y = approximation of A·B.</summary>
    internal static void Multiply<T>(EncodePlan plan, PackedTables tables, Summation summation, MatrixView<T> a, MatrixView<float> destination, int degree)
        where T : unmanaged
    {
        KernelLevel level = KernelSelection.Current;
        fixed (T* source = &a.First)
        fixed (float* target = &destination.First)
        {
            Product<T> product = new(plan, tables, summation, Pin(a, source), Pin(destination, target), TilePlan.WorkersFor(a.Rows, degree));
            KernelCatalog.Run(level, ref product);
        }

        // The kernels read the plan's and the tables' memory through pointers.
        GC.KeepAlive(plan);
        GC.KeepAlive(tables);
    }

    /// <summary>Y from codes made earlier.</summary>
    internal static void Multiply(EncodedMatrix a, PackedTables tables, Summation summation, MatrixView<float> destination, int degree)
    {
        KernelLevel level = KernelSelection.Current;
        int levels = a.Levels;
        ReadOnlySpan<byte> codes = a.Codes.Span;
        if (codes.Length < EncodedMatrix.CodeBytes(destination.Rows, tables.Tables.Codebooks, levels) || 1 << levels != tables.Tables.Leaves)
        {
            throw new InvalidOperationException($"'{nameof(a)}' was encoded into while it was read; expected a matrix that nobody writes meanwhile.");
        }

        fixed (byte* source = codes)
        fixed (float* target = &destination.First)
        {
            Scan scan = new(tables, summation, source, levels, Pin(destination, target), TilePlan.WorkersFor(a.Rows, degree));
            KernelCatalog.Run(level, ref scan);
        }

        GC.KeepAlive(tables);
    }

    /// <summary>The index of the largest output of each row.</summary>
    internal static void ArgMax<T>(EncodePlan plan, PackedTables tables, Summation summation, MatrixView<T> a, Span<int> indices, int degree)
        where T : unmanaged
    {
        KernelLevel level = KernelSelection.Current;
        fixed (T* source = &a.First)
        fixed (int* target = indices)
        {
            ArgMax<T> argMax = new(plan, tables, summation, Pin(a, source), target, TilePlan.WorkersFor(a.Rows, degree));
            KernelCatalog.Run(level, ref argMax);
        }

        GC.KeepAlive(plan);
        GC.KeepAlive(tables);
    }

    /// <summary>The largest outputs of each row, indices and values.</summary>
    internal static void Search<T>(EncodePlan plan, PackedTables tables, Summation summation, MatrixView<T> a, int k, Span<int> indices, Span<float> values, int degree)
        where T : unmanaged
    {
        KernelLevel level = KernelSelection.Current;
        fixed (T* source = &a.First)
        fixed (int* indexTarget = indices)
        fixed (float* valueTarget = values)
        {
            Search<T> search = new(plan, tables, summation, Pin(a, source), k, indexTarget, valueTarget, TilePlan.WorkersFor(a.Rows, degree));
            KernelCatalog.Run(level, ref search);
        }

        GC.KeepAlive(plan);
        GC.KeepAlive(tables);
    }

    /// <summary>The candidates with the largest approximate outputs of each row, computed exactly, and the k best of them.</summary>
    internal static void Rerank<T>(
        EncodePlan plan, PackedTables tables, Summation summation, ReadOnlySpan<float> transposedB, MatrixView<T> a, int candidates, int k, Span<int> indices, Span<float> values, int degree)
        where T : unmanaged
    {
        KernelLevel level = KernelSelection.Current;
        fixed (T* source = &a.First)
        fixed (float* weights = transposedB)
        fixed (int* indexTarget = indices)
        fixed (float* valueTarget = values)
        {
            Reranking<T> reranking = new(plan, tables, summation, level, weights, Pin(a, source), candidates, k, indexTarget, valueTarget);
            RowPartition.Run(reranking, a.Rows, TilePlan.WorkersFor(a.Rows, degree));
        }

        GC.KeepAlive(plan);
        GC.KeepAlive(tables);
    }

    /// <summary>The codes of all rows.</summary>
    internal static EncodedMatrix Encode<T>(EncodePlan plan, MatrixView<T> a, int degree)
        where T : unmanaged
    {
        EncodedMatrix encoded = new(0, plan.Trees.Codebooks, plan.Trees.Levels, plan.Trees.Fingerprint, []);
        Encode(plan, a, encoded, degree);
        return encoded;
    }

    /// <summary>The codes of all rows, in place of others.</summary>
    internal static void Encode<T>(EncodePlan plan, MatrixView<T> a, EncodedMatrix destination, int degree)
        where T : unmanaged
    {
        KernelLevel level = KernelSelection.Current;
        int codebooks = plan.Trees.Codebooks, levels = plan.Trees.Levels;
        long bytes = EncodedMatrix.CodeBytes(a.Rows, codebooks, levels);
        if (bytes > Array.MaxLength)
        {
            throw new ArgumentException($"'{nameof(a)}' has {a.Rows} rows, whose codes take {bytes} bytes; expected at most {Array.MaxLength} bytes: encode it in parts.", nameof(a));
        }

        // Whole blocks are written, padding included.
        fixed (T* source = &a.First)
        fixed (byte* target = destination.Reserve(levels, (int)bytes))
        {
            Encoding<T> encoding = new(plan, Pin(a, source), target, TilePlan.WorkersFor(a.Rows, degree));
            KernelCatalog.Run(level, ref encoding);
        }

        GC.KeepAlive(plan);
        destination.Complete(a.Rows, codebooks, levels, plan.Trees.Fingerprint, (int)bytes);
    }

    private static PinnedMatrix<T> Pin<T>(MatrixView<T> view, T* first)
        where T : unmanaged => new(first, view.Rows, view.Columns, view.RowStride, view.ColumnStride);
}
