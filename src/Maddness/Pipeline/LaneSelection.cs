using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Pipeline;

/// <summary>
/// The k largest of few outputs, of 16 rows at once: rows are lanes, and every output is inserted into the largest so far without a branch. (<see cref="TopSelection"/> takes rows one by one, and branches on their values.)
/// </summary>
internal static unsafe class LaneSelection
{
    internal const int Rows = 16;

    /// <summary>The most that are kept in order: an output takes as many steps.</summary>
    private const int MaxK = 16;

    /// <summary>The most outputs that are worth it (measured on Zen 4, product of 128 inputs included, C = 8, 1,000 rows, ns a row, row by row and so: 10 outputs, k = 2, 5 49 and 18, 53 and 20; 32 outputs, k = 5, 10 68 and 37, 85 and 55; 64, k = 2, 5, 8 73 and 49, 83 and 61, 108 and 83; 100, k = 2, 5, 8 82 and 73, 91 and 90, 109 and 126; on Emerald Rapids, 64 inputs, 65 outputs, k = 2, 5, 8 87 and 49, 104 and 65, 234 and 152, 100, k = 2, 3, 5 147 and 103, 108 and 82, 197 and 169).</summary>
    private const int MaxOutputs = 100;

    /// <summary>Steps that take as long as a row by itself does, and rows that 16 take as long as with no step at all (from codes, C = 4, ns a call, row by row and so: k = 5, 10 outputs, four rows 393 and 360; 30 outputs, five rows 498 and 550, six 558 and 560; 64 outputs, eight rows 929 and 1,004, ten 1,058 and 1,026;
    /// 40 outputs, k = 16, many rows, ns a row, 119 and 102).</summary>
    private const int StepsOfRow = 51, RowsOfBlock = 3;

    /// <summary>Whether it is worth it: last rows take as long as 16.</summary>
    internal static bool IsWorth(int outputs, int k, int rows) =>
        k is > 1 and <= MaxK && outputs <= MaxOutputs && (rows + Rows - 1) / Rows * (long)((RowsOfBlock * StepsOfRow) + (outputs * k)) <= (long)StepsOfRow * rows;

    /// <summary>Finds the largest of the outputs of up to 16 rows, none of them NaN.</summary>
    /// <param name="values">[output][row]: 16 rows can be read, whatever those behind the last one hold.</param>
    /// <param name="stride">Floats from one output to the next.</param>
    /// <param name="outputs">How many, at least k.</param>
    /// <param name="k">How many to find.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="indices">k of each row: the largest value's first, the lowest index first among equals.</param>
    /// <param name="best">Their values.</param>
    /// <param name="rowStride">From what is found of one row to that of the next.</param>
    [MethodImpl(Compiled.Once)]
    [SkipLocalsInit]
    internal static void Select(float* values, nint stride, int outputs, int k, int rows, int* indices, float* best, int rowStride)
    {
        byte* memory = stackalloc byte[(2 * MaxK * Rows * sizeof(float)) + CacheLine.Bytes];
        float* largest = (float*)CacheLine.FirstIn(memory);
        int* places = (int*)(largest + (MaxK * Rows));
        for (int output = 0; output < outputs; output++)
        {
            Vector512<float> value = Vector512.Load(values + (output * stride));
            Vector512<int> place = Vector512.Create(output);

            // A row's largest stand in order: a value that exceeds one of them exceeds those after it, which move one on. The last one of k leaves; as long as there are fewer, what stands in the next place is nothing.
            int last = Math.Min(output, k - 1);
            Vector512<float> exceeds = output < k ? Vector512<float>.AllBitsSet : Vector512.GreaterThan(value, Vector512.Load(largest + (last * Rows)));
            for (int i = last; i > 0; i--)
            {
                float* current = largest + (i * Rows);
                int* currentPlace = places + (i * Rows);
                Vector512<float> before = Vector512.Load(current - Rows);
                Vector512<float> exceedsBefore = Vector512.GreaterThan(value, before);
                Vector512.ConditionalSelect(exceedsBefore, before, Vector512.ConditionalSelect(exceeds, value, Vector512.Load(current))).Store(current);
                Vector512.ConditionalSelect(exceedsBefore.AsInt32(), Vector512.Load(currentPlace - Rows), Vector512.ConditionalSelect(exceeds.AsInt32(), place, Vector512.Load(currentPlace))).Store(currentPlace);
                exceeds = exceedsBefore;
            }

            Vector512.ConditionalSelect(exceeds, value, Vector512.Load(largest)).Store(largest);
            Vector512.ConditionalSelect(exceeds.AsInt32(), place, Vector512.Load(places)).Store(places);
        }

        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < k; i++)
            {
                indices[i] = places[(i * Rows) + row];
                best[i] = largest[(i * Rows) + row];
            }

            indices += rowStride;
            best += rowStride;
        }
    }
}
