using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>A − G·P0: rows minus the bucket means of their codes, which fits dense prototypes. Of trees that each stand for a part of the columns.</summary>
/// <param name="data">The rows.</param>
/// <param name="codes">Their codes, codebook by codebook.</param>
/// <param name="trees">The trees and bucket means.</param>
internal sealed class RowResiduals(TrainingRows data, byte[][] codes, LearnedTrees trees) : ResidualSource
{
    internal override int Columns => data.Columns;

    /// <summary>How many columns of a part are below this one.</summary>
    private static int PlaceOf(int[] part, int column)
    {
        int place = Array.BinarySearch(part, column);
        return place < 0 ? ~place : place;
    }

    [MethodImpl(Compiled.Once)]
    internal override void Fill(int first, int count, double[] residual)
    {
        Array.Clear(residual);
        for (int c = 0; c < trees.Codebooks; c++)
        {
            int[] part = trees.Parts[c];
            int from = PlaceOf(part, first), to = PlaceOf(part, first + count);
            ReadOnlySpan<int> columns = part.AsSpan(from..to);
            if (columns.IsEmpty)
            {
                continue;
            }

            ReadOnlySpan<double> means = trees.Means[c];
            byte[] own = codes[c];
            for (int n = 0; n < own.Length; n++)
            {
                ReadOnlySpan<float> row = data.Row(n);
                ReadOnlySpan<double> mean = means.Slice((own[n] * part.Length) + from, columns.Length);
                Span<double> destination = residual.AsSpan(n * Stride, count);
                for (int j = 0; j < columns.Length; j++)
                {
                    destination[columns[j] - first] = row[columns[j]] - mean[j];
                }
            }
        }
    }
}
