using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// The best split of all buckets of a level by one column, by histograms: sums of the targets for each bucket and bin; the gain of a threshold is
/// |S_left|²/n_left + |S_right|²/n_right. Sums are floats: they only choose, and their order is fixed.
/// </summary>
internal sealed class OutputSplits
{
    private const int Bins = BinnedColumns.Bins;
    private const int Lanes = OutputTargets.Lanes;

    private readonly BinnedColumns _binned;
    private readonly int _vectors;

    /// <summary>[bucket][bin][lane]. A cell that lay in two cache lines would be stored in halves.</summary>
    private readonly AlignedBuffer<float> _histogram;
    private readonly float[] _ones;

    /// <param name="binned">The columns.</param>
    /// <param name="vectors">Vectors of a target, 1 or 2.</param>
    /// <param name="leaves">K.</param>
    internal OutputSplits(BinnedColumns binned, int vectors, int leaves)
    {
        _binned = binned;
        _vectors = vectors;
        _histogram = new AlignedBuffer<float>(leaves / 2 * Bins * vectors * Lanes);
        _ones = new float[leaves / 2 * Bins];
        _ones.AsSpan().Fill(1);
    }

    /// <summary>The sums, and in the last lane the rows, of each bucket.</summary>
    [MethodImpl(Compiled.Once)]
    internal static void Sum(ReadOnlySpan<byte> codes, OutputTargets targets, Span<float> sums)
    {
        int stride = targets.Stride;
        sums.Clear();
        ref float totals = ref MemoryMarshal.GetReference(sums);
        ref float values = ref MemoryMarshal.GetReference(targets.Values);

        // The targets have a row of whole vectors for each code, the sums one for each code that there can be.
        for (int n = 0; n < codes.Length; n++)
        {
            for (int v = 0; v < stride; v += Lanes)
            {
                nuint place = (nuint)((codes[n] * stride) + v);
                Vector512<float> sum = Vector512.LoadUnsafe(ref totals, place) + Vector512.LoadUnsafe(ref values, (nuint)((n * stride) + v));
                sum.StoreUnsafe(ref totals, place);
            }
        }
    }

    /// <summary>What the best thresholds of a column gain.</summary>
    /// <param name="column">The column.</param>
    /// <param name="codes">The bucket of each row.</param>
    /// <param name="targets">What is fitted.</param>
    /// <param name="totals">The sums of the targets of each bucket, see <see cref="Sum"/>.</param>
    /// <param name="minRows">Rows that each side keeps at least.</param>
    /// <param name="factors">What a split's gain is multiplied by, for each bucket and bin (see <see cref="JointSplits"/>); empty for 1.</param>
    /// <param name="splits">Receives the last bin on the left of each bucket; 63 where it is not split.</param>
    [MethodImpl(Compiled.Once)]
    internal double Gain(int column, ReadOnlySpan<byte> codes, OutputTargets targets, float[] totals, int minRows, ReadOnlySpan<float> factors, Span<byte> splits)
    {
        int buckets = totals.Length / targets.Stride;
        factors = factors.IsEmpty ? _ones : factors;
        Fill(column, codes, targets, totals);
        double gain = 0;
        for (int b = 0; b < buckets; b++)
        {
            ReadOnlySpan<float> own = factors.Slice(b * Bins, Bins);
            gain += _vectors == 1 ? Best<OneVector>(b, totals, minRows, own, out splits[b]) : Best<TwoVectors>(b, totals, minRows, own, out splits[b]);
        }

        return gain;
    }

    [MethodImpl(Compiled.Once)]
    private void Fill(int column, ReadOnlySpan<byte> codes, OutputTargets targets, float[] totals)
    {
        int stride = targets.Stride;
        int buckets = totals.Length / stride;
        _histogram.Span[..(buckets * Bins * stride)].Clear();
        ref float histogram = ref _histogram.Span[0];
        Add(_binned.Entries(column), codes, targets, ref histogram);
        int fullest = _binned.Fullest(column);
        for (int b = 0; b < buckets; b++)
        {
            Span<float> rest = _histogram.Span.Slice(((b * Bins) + fullest) * stride, stride);
            totals.AsSpan(b * stride, stride).CopyTo(rest);
            ref float destination = ref MemoryMarshal.GetReference(rest);
            for (nuint v = 0; v < (nuint)stride; v += Lanes)
            {
                Vector512<float> sum = Vector512.LoadUnsafe(ref destination, v);
                for (int i = 0; i < Bins; i++)
                {
                    if (i != fullest)
                    {
                        sum -= Vector512.LoadUnsafe(ref histogram, (nuint)(((b * Bins) + i) * stride) + v);
                    }
                }

                sum.StoreUnsafe(ref destination, v);
            }
        }
    }

    /// <summary>Adds the targets of rows to their cells.</summary>
    [MethodImpl(Compiled.Once)]
    private static void Add(ReadOnlySpan<uint> entries, ReadOnlySpan<byte> codes, OutputTargets targets, ref float histogram)
    {
        ref float values = ref MemoryMarshal.GetReference(targets.Values);
        ref byte code = ref MemoryMarshal.GetReference(codes);
        nuint stride = (nuint)targets.Stride;

        // Entries name rows of the targets, and of the codes, which are buckets of a level above the leaves: the histogram has leaves / 2.
        foreach (uint entry in entries)
        {
            nuint row = entry >> 6;
            nuint place = (((nuint)Unsafe.Add(ref code, row) * Bins) + (entry & 63)) * stride;
            nuint from = row * stride;
            (Vector512.LoadUnsafe(ref histogram, place) + Vector512.LoadUnsafe(ref values, from)).StoreUnsafe(ref histogram, place);
            if (stride > Lanes)
            {
                (Vector512.LoadUnsafe(ref histogram, place + Lanes) + Vector512.LoadUnsafe(ref values, from + Lanes)).StoreUnsafe(ref histogram, place + Lanes);
            }
        }
    }

    /// <summary>Of a bucket, the best split, and its gain. The last vector holds the count in its last lane; where there is only that one, the first is 0.</summary>
    [MethodImpl(Compiled.Once)]
    private double Best<TVectors>(int bucket, float[] sums, int minRows, ReadOnlySpan<float> factors, out byte split)
        where TVectors : struct, IVectors
    {
        int stride = TVectors.Count * Lanes;
        ref float totals = ref sums[bucket * stride];
        ref float bins = ref _histogram.Span[bucket * Bins * stride];
        nuint last = (nuint)(stride - Lanes);
        Vector512<float> mask = Vector512.WithElement(Vector512<float>.One, Lanes - 1, 0f);
        Vector512<float> total0 = TVectors.Count == 1 ? default : Vector512.LoadUnsafe(ref totals);
        Vector512<float> total1 = Vector512.LoadUnsafe(ref totals, last) * mask;
        float count = sums[(bucket * stride) + stride - 1];
        split = Bins - 1;
        if (count == 0)
        {
            return 0;
        }

        double unsplit = VectorSums.Sum((total0 * total0) + (total1 * total1)) / count;
        double best = unsplit;
        Vector512<float> left0 = default, left1 = default;
        float leftCount = 0;
        for (int i = 0; i < Bins - 1; i++)
        {
            nuint place = (nuint)(i * stride);
            float here = Unsafe.Add(ref bins, place + last + Lanes - 1);
            if (here == 0)
            {
                continue;
            }

            leftCount += here;
            left0 += TVectors.Count == 1 ? default : Vector512.LoadUnsafe(ref bins, place);
            left1 += Vector512.LoadUnsafe(ref bins, place + last) * mask;
            float rightCount = count - leftCount;
            if (leftCount < minRows || rightCount < minRows)
            {
                continue;
            }

            Vector512<float> right0 = total0 - left0;
            Vector512<float> right1 = total1 - left1;
            Vector512<float> onLeft = ((left0 * left0) + (left1 * left1)) * Vector512.Create(1 / leftCount);
            Vector512<float> onRight = ((right0 * right0) + (right1 * right1)) * Vector512.Create(1 / rightCount);
            double gain = unsplit + ((VectorSums.Sum(onLeft + onRight) - unsplit) * factors[i]);
            if (gain > best)
            {
                best = gain;
                split = (byte)i;
            }
        }

        return best;
    }

    /// <summary>The vectors of a row's targets.</summary>
    private interface IVectors
    {
        static abstract int Count { get; }
    }

    private readonly struct OneVector : IVectors
    {
        public static int Count => 1;
    }

    private readonly struct TwoVectors : IVectors
    {
        public static int Count => 2;
    }
}
