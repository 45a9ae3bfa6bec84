using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>Sums over the lanes of a vector, in one written order on every CPU.</summary>
internal static class VectorSums
{
    /// <summary>((0+4)+(2+6)) + ((1+5)+(3+7)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static double Sum(Vector512<double> v)
    {
        Vector256<double> four = v.GetLower() + v.GetUpper();
        Vector128<double> two = four.GetLower() + four.GetUpper();
        return two.ToScalar() + two.GetElement(1);
    }

    /// <summary>Sixteen lanes: halves are added until four are left, then (0+2) + (1+3).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Sum(Vector512<float> v)
    {
        Vector256<float> eight = v.GetLower() + v.GetUpper();
        Vector128<float> four = eight.GetLower() + eight.GetUpper();
        Vector64<float> two = four.GetLower() + four.GetUpper();
        return two.ToScalar() + two.GetElement(1);
    }

    /// <summary>Adds a multiple of some values to as many sums.</summary>
    [MethodImpl(Compiled.Once)]
    internal static void AddScaled(Span<double> sums, double factor, ReadOnlySpan<double> values)
    {
        ref double sum = ref MemoryMarshal.GetReference(sums);
        ref double value = ref MemoryMarshal.GetReference(values);
        Vector512<double> factors = Vector512.Create(factor);
        int i = 0;
        for (; i + Vector512<double>.Count <= values.Length; i += Vector512<double>.Count)
        {
            (Vector512.LoadUnsafe(ref sum, (nuint)i) + (factors * Vector512.LoadUnsafe(ref value, (nuint)i))).StoreUnsafe(ref sum, (nuint)i);
        }

        for (; i < values.Length; i++)
        {
            sums[i] += factor * values[i];
        }
    }
}
