using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>The soft-max of rows of doubles, with an exponential of its own: the same bits on every CPU, which those of the runtime's libraries are not.</summary>
internal static class SoftMax
{
    /// <summary>Doubles of a vector; rows are padded to a multiple of it.</summary>
    internal const int Lanes = 8;

    private const double Log2E = 1.4426950408889634;
    private const double Ln2High = 0.693147180369123816490;
    private const double Ln2Low = 1.90821492927058770002e-10;

    /// <summary>2^52 + 2^51: a number of magnitude below 2^51 added to it is rounded to an integer, which then stands in the low bits.</summary>
    private const double Rounding = 6755399441055744;

    /// <summary>Where the exponential is as good as 0, and still an ordinary number.</summary>
    private const double Lowest = -700;

    /// <summary>Replaces values by their soft-max. Padding must hold −∞ or very small numbers, and ends near 0.</summary>
    [MethodImpl(Compiled.Once)]
    internal static void Replace(Span<double> row)
    {
        Debug.Assert(row.Length % Lanes == 0, "Rows are padded to whole vectors.");
        ref double first = ref MemoryMarshal.GetReference(row);
        double largest = row[0];
        foreach (double value in row)
        {
            largest = Math.Max(largest, value);
        }

        Vector512<double> sums = default;
        for (int i = 0; i < row.Length; i += Lanes)
        {
            Vector512<double> e = Exp(Vector512.LoadUnsafe(ref first, (nuint)i) - Vector512.Create(largest));
            e.StoreUnsafe(ref first, (nuint)i);
            sums += e;
        }

        Vector512<double> factor = Vector512.Create(1 / VectorSums.Sum(sums));
        for (int i = 0; i < row.Length; i += Lanes)
        {
            (Vector512.LoadUnsafe(ref first, (nuint)i) * factor).StoreUnsafe(ref first, (nuint)i);
        }
    }

    /// <summary>e^x for x ≤ 0, to about 1e-15 of itself: e^x = 2^n · e^r with |r| ≤ ln 2 / 2, and e^r by its series.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Exp(Vector512<double> x)
    {
        x = Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512.Create(Lowest)), x, Vector512.Create(Lowest));
        Vector512<double> shifted = (x * Vector512.Create(Log2E)) + Vector512.Create(Rounding);
        Vector512<double> n = shifted - Vector512.Create(Rounding);
        Vector512<double> r = x - (n * Vector512.Create(Ln2High)) - (n * Vector512.Create(Ln2Low));
        Vector512<double> p = Vector512.Create(1.0 / 479001600);
        p = (p * r) + Vector512.Create(1.0 / 39916800);
        p = (p * r) + Vector512.Create(1.0 / 3628800);
        p = (p * r) + Vector512.Create(1.0 / 362880);
        p = (p * r) + Vector512.Create(1.0 / 40320);
        p = (p * r) + Vector512.Create(1.0 / 5040);
        p = (p * r) + Vector512.Create(1.0 / 720);
        p = (p * r) + Vector512.Create(1.0 / 120);
        p = (p * r) + Vector512.Create(1.0 / 24);
        p = (p * r) + Vector512.Create(1.0 / 6);
        p = (p * r) + Vector512.Create(0.5);
        p = (p * r) + Vector512<double>.One;
        p = (p * r) + Vector512<double>.One;
        Vector512<long> power = (shifted.AsInt64() - Vector512.Create(Rounding).AsInt64() + Vector512.Create(1023L)) << 52;
        return p * power.AsDouble();
    }
}
