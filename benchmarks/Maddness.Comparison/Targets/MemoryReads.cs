using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Comparison.Core;

namespace Maddness.Comparison.Targets;

/// <summary>Loops that read memory and do nothing else, by one thread: what bounds products whose inputs come from there. In GB/s.</summary>
internal static class MemoryReads
{
    private const int LineFloats = 16;

    /// <summary>Rows between a request for a line, to the second cache, and its use: the library's own.</summary>
    private const int RowsAhead = 24;

    /// <summary>All of an array, in order.</summary>
    internal static double Streaming(int floats)
    {
        float[] values = new float[floats];
        values.AsSpan().Fill(1);
        float sum = 0;
        double milliseconds = Timing.Medians([() => sum += TensorPrimitives.Sum(values)], 9, 2000)[0];
        return sum > 0 ? 4e-6 * floats / milliseconds : double.NaN;
    }

    /// <summary>Some cache lines of each row, the same ones of all, asked for ahead; of these bytes.</summary>
    /// <param name="rows">The rows, the first of which starts a cache line.</param>
    /// <param name="columns">Floats of a row, a multiple of a line's.</param>
    /// <param name="lines">How many lines, anywhere in a row.</param>
    internal static double Lines(ReadOnlyMemory<float> rows, int columns, int lines)
    {
        int[] offsets = [.. Enumerable.Range(0, columns / LineFloats)];
        new Random(1).Shuffle(offsets);
        offsets = [.. offsets[..lines].Order().Select(line => line * LineFloats)];
        float sum = 0;
        double milliseconds = Timing.Medians([() => sum += Sum(rows.Span, columns, offsets)], 9, 2000)[0];
        return sum != 0 ? 1e-6 * sizeof(float) * LineFloats * lines * (rows.Length / columns) / milliseconds : double.NaN;
    }

    private static unsafe float Sum(ReadOnlySpan<float> rows, int columns, int[] offsets)
    {
        Vector128<float> sum = default;
        fixed (float* first = rows)
        {
            float* row = first;
            for (int left = rows.Length / columns; left > 0; left--)
            {
                foreach (int offset in offsets)
                {
                    if (Sse.IsSupported && left > RowsAhead)
                    {
                        Sse.Prefetch1(row + (RowsAhead * columns) + offset);
                    }

                    sum += Vector128.Load(row + offset);
                }

                row += columns;
            }
        }

        return Vector128.Sum(sum);
    }
}
