using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Pipeline;

/// <summary>The largest values of a row, in descending order; the lowest index first among equals.</summary>
internal static unsafe class TopSelection
{
    /// <summary>Values are read in vectors of so many: rows end in a whole one, padded with −∞.</summary>
    internal const int Padding = 16;

    /// <summary>
    /// The index of the largest of <paramref name="count"/> values of each row, none of them NaN (no product of finite tables is). First the value, then its place: rows do not wait for each other, and
    /// there are no branches on values, as a row's arg-max cannot be predicted. (Measured beyond the product of 100 outputs, AVX-512: 24 ns a row, values and places together 33.)
    /// </summary>
    /// <param name="values">The first row.</param>
    /// <param name="stride">Floats from one row to the next.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="count">Values of a row, at least 1.</param>
    /// <param name="indices">One per row.</param>
    [MethodImpl(Compiled.Once)]
    internal static void ArgMax(float* values, nint stride, int rows, int count, int* indices)
    {
        int last = (count - 1) / Padding * Padding;
        Vector512<int> lastPlaces = Vector512<int>.Indices + Vector512.Create(last);
        for (int row = 0; row < rows; row++)
        {
            // "Native": either zero is the maximum of both, and equal to both.
            Vector512<float> lanes = Vector512.Load(values);
            for (int i = Padding; i <= last; i += Padding)
            {
                lanes = Vector512.MaxNative(lanes, Vector512.Load(values + i));
            }

            Vector256<float> half = Vector256.MaxNative(lanes.GetLower(), lanes.GetUpper());
            Vector128<float> quarter = Vector128.MaxNative(half.GetLower(), half.GetUpper());
            quarter = Vector128.MaxNative(quarter, Vector128.Shuffle(quarter, Vector128.Create(2, 3, 0, 1)));
            quarter = Vector128.MaxNative(quarter, Vector128.Shuffle(quarter, Vector128.Create(1, 0, 3, 2)));
            Vector512<float> largest = Vector512.Create(quarter.ToScalar());

            // Downwards, so that each lane ends with the first place of the largest value.
            Vector512<int> places = Vector512.Create(int.MaxValue);
            Vector512<int> current = lastPlaces;
            for (int i = last; i >= 0; i -= Padding)
            {
                places = Vector512.ConditionalSelect(Vector512.Equals(Vector512.Load(values + i), largest).AsInt32(), current, places);
                current -= Vector512.Create(Padding);
            }

            Vector256<int> halfPlaces = Vector256.Min(places.GetLower(), places.GetUpper());
            Vector128<int> first = Vector128.Min(halfPlaces.GetLower(), halfPlaces.GetUpper());
            first = Vector128.Min(first, Vector128.Shuffle(first, Vector128.Create(2, 3, 0, 1)));
            first = Vector128.Min(first, Vector128.Shuffle(first, Vector128.Create(1, 0, 3, 2)));
            indices[row] = first.ToScalar();
            values += stride;
        }
    }

    /// <summary>The <paramref name="k"/> largest of <paramref name="count"/> values, k at most count.</summary>
    [MethodImpl(Compiled.Once)]
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
