using System.Diagnostics;
using System.Runtime.Intrinsics;

namespace Maddness.Pipeline;

/// <summary>The largest values of a row, in descending order; the lowest index first among equals.</summary>
internal static unsafe class TopSelection
{
    /// <summary>Values are read in vectors of so many: rows end in a whole one, padded with −∞.</summary>
    internal const int Padding = 16;

    /// <summary>The index of the largest of <paramref name="count"/> values.</summary>
    internal static int ArgMax(float* values, int count)
    {
        Debug.Assert(count > 0, "There is a largest value.");
        Vector512<float> largest = Vector512.Load(values);
        for (int i = Padding; i < count; i += Padding)
        {
            largest = Vector512.Max(largest, Vector512.Load(values + i));
        }

        // The maximum of all lanes, then the first place where it stands.
        Vector256<float> half = Vector256.Max(largest.GetLower(), largest.GetUpper());
        Vector128<float> quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        float maximum = MathF.Max(MathF.Max(quarter[0], quarter[1]), MathF.Max(quarter[2], quarter[3]));
        Vector512<float> wanted = Vector512.Create(maximum);
        for (int i = 0; i < count; i += Padding)
        {
            ulong equal = Vector512.Equals(Vector512.Load(values + i), wanted).ExtractMostSignificantBits();
            if (equal != 0)
            {
                return i + System.Numerics.BitOperations.TrailingZeroCount(equal);
            }
        }

        // Not reached for values that compare; NaN, which a product of finite tables never is, takes the first place.
        return 0;
    }

    /// <summary>The <paramref name="k"/> largest of <paramref name="count"/> values, k at most count.</summary>
    internal static void Select(float* values, int count, int k, int* indices, float* best)
    {
        int found = 0;
        for (int i = 0; i < count; i += Padding)
        {
            // Once k are found, a vector matters only if it holds a larger value than the smallest of them.
            if (found == k && !Vector512.GreaterThanAny(Vector512.Load(values + i), Vector512.Create(best[k - 1])))
            {
                continue;
            }

            int end = Math.Min(i + Padding, count);
            for (int j = i; j < end; j++)
            {
                float value = values[j];
                if (found == k && !(value > best[k - 1]))
                {
                    continue;
                }

                // Insertion behind all that are as large: earlier indices stay first.
                int place = found < k ? found++ : k - 1;
                while (place > 0 && value > best[place - 1])
                {
                    best[place] = best[place - 1];
                    indices[place] = indices[place - 1];
                    place--;
                }

                best[place] = value;
                indices[place] = j;
            }
        }
    }
}
