using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// The best threshold of one column in one bucket (paper §4.1, Algorithm 2): the one that leaves the least squared error, over all columns of the range,
/// around the means of its two sides. With S the sum of a side's rows and n their number, least error is largest ‖S_left‖²/n_left + ‖S_right‖²/n_right.
/// </summary>
internal sealed class SplitSearch(RangeBlock block, SortedColumns sorted, BucketStatistics statistics, ElementType elementType)
{
    private readonly AlignedBuffer<double> _right = new(block.Stride);

    /// <summary>The squared error that the bucket has after its best split by the column.</summary>
    /// <param name="column">The column, counted from the start of the range.</param>
    /// <param name="bucket">The bucket.</param>
    /// <param name="threshold">The lowest of the best thresholds; the one that keeps all rows on the left where there are fewer than two distinct values.</param>
    [MethodImpl(Compiled.Once)]
    internal double Loss(int column, int bucket, out float threshold)
    {
        ReadOnlySpan<ulong> entries = sorted.Bucket(column, bucket);
        int rows = statistics.Rows(bucket);
        int first = FirstAboveLowest(entries, rows);
        threshold = Threshold.Unsplit(elementType);
        if (first == entries.Length)
        {
            return statistics.Loss(bucket);
        }

        // Rows move to the right side from the highest value down; where the value changes, a threshold fits between.
        double best = double.NegativeInfinity;
        uint bestLower = 0;
        uint bestUpper = 0;
        ref double total = ref MemoryMarshal.GetReference(statistics.Sum(bucket));
        ref double right = ref MemoryMarshal.GetReference(_right.Span);
        ref float values = ref MemoryMarshal.GetReference(block.Values);
        int stride = block.Stride;
        _right.Span.Clear();
        uint key = (uint)(entries[^1] >> 32);
        for (int i = entries.Length - 1; i >= first; i--)
        {
            nuint x = (nuint)(uint)entries[i] * (nuint)(uint)stride;
            uint lower = i > 0 ? (uint)(entries[i - 1] >> 32) : sorted.LowestKey(column);
            if (lower == key)
            {
                for (nuint j = 0; j < (nuint)stride; j += RangeBlock.Lanes)
                {
                    (Vector512.LoadUnsafe(ref right, j) + RangeBlock.Load(ref values, x + j)).StoreUnsafe(ref right, j);
                }

                continue;
            }

            Vector512<double> rightSquares = Vector512<double>.Zero;
            Vector512<double> leftSquares = Vector512<double>.Zero;
            for (nuint j = 0; j < (nuint)stride; j += RangeBlock.Lanes)
            {
                Vector512<double> sum = Vector512.LoadUnsafe(ref right, j) + RangeBlock.Load(ref values, x + j);
                sum.StoreUnsafe(ref right, j);
                rightSquares += sum * sum;
                Vector512<double> left = Vector512.LoadUnsafe(ref total, j) - sum;
                leftSquares += left * left;
            }

            int rightRows = entries.Length - i;
            double explained = (VectorSums.Sum(leftSquares) / (rows - rightRows)) + (VectorSums.Sum(rightSquares) / rightRows);
            if (explained >= best)
            {
                best = explained;
                bestLower = lower;
                bestUpper = key;
            }

            key = lower;
        }

        threshold = Threshold.Between(SortedColumns.Value(bestLower), SortedColumns.Value(bestUpper), elementType);
        return statistics.Squares(bucket) - best;
    }

    /// <summary>The first entry whose value is above the bucket's lowest: such values alone can stand right of a threshold.</summary>
    [MethodImpl(Compiled.Once)]
    private static int FirstAboveLowest(ReadOnlySpan<ulong> entries, int rows)
    {
        if (rows > entries.Length)
        {
            // The lowest value is the column's own, whose rows have no entries.
            return 0;
        }

        int first = 0;
        while (first < entries.Length && entries[first] >> 32 == entries[0] >> 32)
        {
            first++;
        }

        return first;
    }
}
