using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>Gᵀ·R for a chunk of columns: the rows of R summed by code.</summary>
internal static class BucketSums
{
    /// <summary>Rows that stay in the first cache while all codebooks add them up.</summary>
    private const int RowBlock = 128;

    /// <summary>sums[c·K + k] = the sum, rows ascending, of the residuals whose code in codebook c is k.</summary>
    [MethodImpl(Compiled.Once)]
    internal static void Compute(LearnedTrees trees, double[] residual, double[] sums)
    {
        Array.Clear(sums);
        int rows = trees.Trees[0].Codes.Length;
        for (int start = 0; start < rows; start += RowBlock)
        {
            int count = Math.Min(RowBlock, rows - start);
            for (int c = 0; c < trees.Codebooks; c++)
            {
                ReadOnlySpan<byte> codes = trees.Trees[c].Codes.AsSpan(start, count);
                Add(codes, ref residual[start * ResidualSource.Stride], ref sums[c * trees.Leaves * ResidualSource.Stride]);
            }
        }
    }

    /// <summary>Adds rows of <see cref="ResidualSource.Stride"/> values, one for each code, to the sums, which have one for each code that there can be.</summary>
    [MethodImpl(Compiled.Once)]
    private static void Add(ReadOnlySpan<byte> codes, ref double residual, ref double sums)
    {
        foreach (byte code in codes)
        {
            ref double sum = ref Unsafe.Add(ref sums, code * ResidualSource.Stride);
            (Vector512.LoadUnsafe(ref sum) + Vector512.LoadUnsafe(ref residual)).StoreUnsafe(ref sum);
            (Vector512.LoadUnsafe(ref sum, 8) + Vector512.LoadUnsafe(ref residual, 8)).StoreUnsafe(ref sum, 8);
            (Vector512.LoadUnsafe(ref sum, 16) + Vector512.LoadUnsafe(ref residual, 16)).StoreUnsafe(ref sum, 16);
            (Vector512.LoadUnsafe(ref sum, 24) + Vector512.LoadUnsafe(ref residual, 24)).StoreUnsafe(ref sum, 24);
            residual = ref Unsafe.Add(ref residual, ResidualSource.Stride);
        }
    }
}
