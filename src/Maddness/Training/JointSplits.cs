using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// What a split gains when the tables of all codebooks are fitted anew: what it gains beside tables that stand, divided by its tolerance 1 − R², the part of its indicator that no leaf of any
/// codebook explains (orthogonal least squares, Chen, Billings and Luo 1989). The tolerance of a threshold follows from the counts of the rows on its left by leaves. They are taken for
/// sixteen groups of a column's bins; between the ends of groups it is interpolated.
/// </summary>
internal sealed class JointSplits
{
    /// <summary>Groups of bins: one for each lane of a vector.</summary>
    private const int Groups = 16;

    /// <summary>Less is not believed: it would be rounding, or a split that other codebooks have made.</summary>
    private const float LeastTolerance = 0.05f;

    private readonly BinnedColumns _binned;
    private readonly int _order;
    private readonly int _leastRows;
    private readonly int[] _counts;
    private readonly AlignedBuffer<float> _lefts;

    /// <summary>The group of each bin, and the last bin of each group.</summary>
    private readonly byte[] _groupOf = new byte[BinnedColumns.Bins];
    private readonly int[] _ends = new int[Groups];

    /// <param name="binned">The columns.</param>
    /// <param name="order">C·K.</param>
    /// <param name="leaves">K.</param>
    /// <param name="leastRows">Rows that a bucket has at least where it can be split.</param>
    internal JointSplits(BinnedColumns binned, int order, int leaves, int leastRows)
    {
        _leastRows = leastRows;
        _binned = binned;
        _order = order;
        _counts = new int[checked(leaves / 2 * order * Groups)];
        _lefts = new AlignedBuffer<float>(order * Groups);
    }

    /// <summary>1 / tolerance of the thresholds of a column.</summary>
    /// <param name="column">The column.</param>
    /// <param name="fit">All codebooks, and the buckets of the open one.</param>
    /// <param name="factors">Receives, for each bucket and bin, that of the threshold after the bin.</param>
    [MethodImpl(Compiled.Once)]
    internal void Factors(int column, JointFit fit, Span<float> factors)
    {
        int buckets = fit.Counts.Length;
        Group(column);
        Count(column, fit);
        Span<float> tolerances = stackalloc float[Groups];
        for (int b = 0; b < buckets; b++)
        {
            float rows = fit.Counts[b][fit.First + b];
            if (rows < _leastRows)
            {
                factors.Slice(b * BinnedColumns.Bins, BinnedColumns.Bins).Fill(1);
                continue;
            }

            // A lane for each group: the rows of the bucket up to its end.
            Vector512<float> left = Centre(b, fit);
            Vector512<float> variance = left - (left * left * Vector512.Create(1f / fit.Residual.Rows));
            Vector512<float> unexplained = variance - Form(fit.Inverse) - SquaredProduct(fit.Border);

            // Beside the other codebooks the bucket itself is known, so no more than its inner variance can be left.
            Vector512<float> inner = left - (left * left * Vector512.Create(1 / rows));
            Vector512<float> tolerance = unexplained / Vector512.Max(inner, Vector512<float>.One);
            Vector512.Min(Vector512.Max(tolerance, Vector512.Create(LeastTolerance)), Vector512<float>.One).StoreUnsafe(ref MemoryMarshal.GetReference(tolerances));
            Interpolate(tolerances, left, rows, factors.Slice(b * BinnedColumns.Bins, BinnedColumns.Bins));
        }
    }

    /// <summary>As many bins a group as spread those in use evenly: columns of few values fill few bins.</summary>
    [MethodImpl(Compiled.Once)]
    private void Group(int column)
    {
        int used = 1;
        while (used < BinnedColumns.Bins && _binned.Edge(column, used - 1) < _binned.Edge(column, BinnedColumns.Bins - 1))
        {
            used++;
        }

        _ends.AsSpan().Fill(BinnedColumns.Bins - 1);
        for (int bin = 0; bin < BinnedColumns.Bins; bin++)
        {
            _groupOf[bin] = (byte)Math.Min(used <= Groups ? bin : bin * Groups / used, Groups - 1);
            if (bin < used)
            {
                _ends[_groupOf[bin]] = bin;
            }
        }
    }

    /// <summary>Rows by [bucket][leaf of a codebook][group]; those of the fullest bin are what the others leave.</summary>
    [MethodImpl(Compiled.Once)]
    private void Count(int column, JointFit fit)
    {
        int buckets = fit.Counts.Length;
        Span<int> counts = _counts.AsSpan(0, buckets * _order * Groups);
        counts.Clear();
        ref int first = ref MemoryMarshal.GetReference(counts);
        ref ushort places = ref MemoryMarshal.GetArrayDataReference(fit.Places);
        nuint codebooks = (nuint)fit.Codebooks;

        // Places have a leaf of each codebook for each row, numbered through: below the order of the regression. Those of the open tree are its buckets, from First on.
        foreach (uint entry in _binned.Entries(column))
        {
            ref ushort row = ref Unsafe.Add(ref places, (entry >> 6) * codebooks);
            int bucket = Unsafe.Add(ref row, fit.Open) - fit.First;
            ref int cell = ref Unsafe.Add(ref first, ((nuint)(bucket * _order) * Groups) + _groupOf[entry & 63]);
            for (nuint c = 0; c < codebooks; c++)
            {
                Unsafe.Add(ref cell, (nuint)Unsafe.Add(ref row, c) * Groups)++;
            }
        }

        int fullest = _groupOf[_binned.Fullest(column)];
        for (int b = 0; b < buckets; b++)
        {
            for (int k = 0; k < _order; k++)
            {
                Span<int> groups = counts.Slice(((b * _order) + k) * Groups, Groups);
                int listed = 0;
                foreach (int count in groups)
                {
                    listed += count;
                }

                groups[fullest] += fit.Counts[b][k] - listed;
            }
        }
    }

    /// <summary>The rows of a bucket up to the end of each group, by leaves, less what as many rows of all would have; returns them all.</summary>
    [MethodImpl(Compiled.Once)]
    private Vector512<float> Centre(int bucket, JointFit fit)
    {
        ref float lefts = ref MemoryMarshal.GetReference(_lefts.Span);
        int own = fit.First + bucket;
        for (int k = 0; k < _order; k++)
        {
            ReadOnlySpan<int> groups = _counts.AsSpan(((bucket * _order) + k) * Groups, Groups);
            int sum = 0;
            for (int g = 0; g < Groups; g++)
            {
                sum += groups[g];
                Unsafe.Add(ref lefts, (k * Groups) + g) = sum;
            }
        }

        Vector512<float> all = Vector512.LoadUnsafe(ref lefts, (nuint)(own * Groups));
        for (int k = 0; k < _order; k++)
        {
            nuint place = (nuint)(k * Groups);
            (Vector512.LoadUnsafe(ref lefts, place) - (all * Vector512.Create((float)fit.Shares[k]))).StoreUnsafe(ref lefts, place);
        }

        return all;
    }

    /// <summary>hᵀ·J·h of the counts h on the left, a lane for each group: by J's lower triangle, eight rows at a time.</summary>
    [MethodImpl(Compiled.Once)]
    private Vector512<float> Form(float[][] inverse)
    {
        ref float lefts = ref MemoryMarshal.GetReference(_lefts.Span);
        Vector512<float> form = default;
        for (int i = 0; i < _order; i += 8)
        {
            ref float r0 = ref MemoryMarshal.GetArrayDataReference(inverse[i]);
            ref float r1 = ref MemoryMarshal.GetArrayDataReference(inverse[i + 1]);
            ref float r2 = ref MemoryMarshal.GetArrayDataReference(inverse[i + 2]);
            ref float r3 = ref MemoryMarshal.GetArrayDataReference(inverse[i + 3]);
            ref float r4 = ref MemoryMarshal.GetArrayDataReference(inverse[i + 4]);
            ref float r5 = ref MemoryMarshal.GetArrayDataReference(inverse[i + 5]);
            ref float r6 = ref MemoryMarshal.GetArrayDataReference(inverse[i + 6]);
            ref float r7 = ref MemoryMarshal.GetArrayDataReference(inverse[i + 7]);
            Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
            for (nuint k = 0; k < (nuint)i; k++)
            {
                Vector512<float> x = Vector512.LoadUnsafe(ref lefts, k * Groups);
                s0 += Vector512.Create(Unsafe.Add(ref r0, k)) * x;
                s1 += Vector512.Create(Unsafe.Add(ref r1, k)) * x;
                s2 += Vector512.Create(Unsafe.Add(ref r2, k)) * x;
                s3 += Vector512.Create(Unsafe.Add(ref r3, k)) * x;
                s4 += Vector512.Create(Unsafe.Add(ref r4, k)) * x;
                s5 += Vector512.Create(Unsafe.Add(ref r5, k)) * x;
                s6 += Vector512.Create(Unsafe.Add(ref r6, k)) * x;
                s7 += Vector512.Create(Unsafe.Add(ref r7, k)) * x;
            }

            form += Row(ref lefts, inverse, i, 0, s0) + Row(ref lefts, inverse, i, 1, s1);
            form += Row(ref lefts, inverse, i, 2, s2) + Row(ref lefts, inverse, i, 3, s3);
            form += Row(ref lefts, inverse, i, 4, s4) + Row(ref lefts, inverse, i, 5, s5);
            form += Row(ref lefts, inverse, i, 6, s6) + Row(ref lefts, inverse, i, 7, s7);
        }

        return form;
    }

    /// <summary>What a row of J adds to the form: the sum before its block counts twice, as does the part of the block left of the diagonal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Row(ref float lefts, float[][] inverse, int block, int row, Vector512<float> sum)
    {
        float[] values = inverse[block + row];
        for (int k = block; k < block + row; k++)
        {
            sum += Vector512.Create(values[k]) * Vector512.LoadUnsafe(ref lefts, (nuint)(k * Groups));
        }

        Vector512<float> own = Vector512.LoadUnsafe(ref lefts, (nuint)((block + row) * Groups));
        return own * (sum + sum + (Vector512.Create(values[block + row]) * own));
    }

    /// <summary>‖X·h‖².</summary>
    [MethodImpl(Compiled.Once)]
    private Vector512<float> SquaredProduct(float[][] border)
    {
        ref float lefts = ref MemoryMarshal.GetReference(_lefts.Span);
        Vector512<float> squares = default;
        foreach (float[] row in border)
        {
            Vector512<float> product = default;
            for (int k = 0; k < row.Length; k++)
            {
                product += Vector512.Create(row[k]) * Vector512.LoadUnsafe(ref lefts, (nuint)(k * Groups));
            }

            squares += product * product;
        }

        return squares;
    }

    /// <summary>From the ends of groups that leave rows on both sides to all bins; before the first and after the last of them, as there. Where there is none, 1.</summary>
    [MethodImpl(Compiled.Once)]
    private void Interpolate(ReadOnlySpan<float> tolerances, Vector512<float> left, float rows, Span<float> factors)
    {
        int before = -1;
        int bin = 0;
        float last = 1;
        for (int g = 0; g < Groups - 1; g++)
        {
            float count = left.GetElement(g);
            if (count <= 0 || count >= rows)
            {
                continue;
            }

            int end = _ends[g];
            for (; bin <= end; bin++)
            {
                factors[bin] = 1 / (before < 0 ? tolerances[g] : last + ((tolerances[g] - last) * (bin - before) / (end - before)));
            }

            before = end;
            last = tolerances[g];
        }

        factors[bin..].Fill(1 / last);
    }
}
