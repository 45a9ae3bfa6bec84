using System.Diagnostics;
using System.Runtime.Intrinsics;

namespace Maddness.Pipeline;

/// <summary>The largest values of a row, in descending order; the lowest index first among equals.</summary>
internal static unsafe class TopSelection
{
    /// <summary>Values are read in vectors of so many: rows end in a whole one, padded with −∞.</summary>
    internal const int Padding = 16;

    /// <summary>The index of the largest of <paramref name="count"/> values. There are no branches on values: a row's arg-max cannot be predicted.</summary>
    internal static int ArgMax(float* values, int count)
    {
        Debug.Assert(count > 0, "There is a largest value.");

        // In each lane: the largest value, and the first place where it stands.
        Vector512<float> largest = Vector512.Load(values);
        Vector512<int> places = Vector512<int>.Indices;
        Vector512<int> current = places;
        for (int i = Padding; i < count; i += Padding)
        {
            current += Vector512.Create(Padding);
            Vector512<float> candidate = Vector512.Load(values + i);
            Vector512<int> isLarger = Vector512.GreaterThan(candidate, largest).AsInt32();
            largest = Vector512.ConditionalSelect(isLarger.AsSingle(), candidate, largest);
            places = Vector512.ConditionalSelect(isLarger, current, places);
        }

        // The largest of all lanes, then the first place among the lanes that hold it.
        Vector256<float> half = Vector256.Max(largest.GetLower(), largest.GetUpper());
        Vector128<float> quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        quarter = Vector128.Max(quarter, Vector128.Shuffle(quarter, Vector128.Create(2, 3, 0, 1)));
        quarter = Vector128.Max(quarter, Vector128.Shuffle(quarter, Vector128.Create(1, 0, 3, 2)));
        Vector512<int> isLargest = Vector512.Equals(largest, Vector512.Create(quarter.ToScalar())).AsInt32();
        places = Vector512.ConditionalSelect(isLargest, places, Vector512.Create(int.MaxValue));
        Vector256<int> halfPlaces = Vector256.Min(places.GetLower(), places.GetUpper());
        Vector128<int> first = Vector128.Min(halfPlaces.GetLower(), halfPlaces.GetUpper());
        first = Vector128.Min(first, Vector128.Shuffle(first, Vector128.Create(2, 3, 0, 1)));
        first = Vector128.Min(first, Vector128.Shuffle(first, Vector128.Create(1, 0, 3, 2)));

        // NaN, which a product of finite tables never is, equals nothing: it takes the first place.
        return first.ToScalar() < count ? first.ToScalar() : 0;
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
