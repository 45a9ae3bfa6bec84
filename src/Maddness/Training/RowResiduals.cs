using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>A − G·P0: rows minus the bucket means of their codes, which fits dense prototypes. Of trees that each stand for a range of columns.</summary>
/// <param name="data">The rows.</param>
/// <param name="codes">Their codes, codebook by codebook.</param>
/// <param name="trees">The trees and bucket means.</param>
internal sealed class RowResiduals(TrainingRows data, byte[][] codes, LearnedTrees trees) : ResidualSource
{
    internal override int Columns => data.Columns;

    [MethodImpl(Compiled.Once)]
    internal override void Fill(int first, int count, double[] residual)
    {
        Array.Clear(residual);
        for (int c = 0; c < trees.Codebooks; c++)
        {
            (int start, int width) = (trees.Parts[c][0], trees.Parts[c].Length);
            int from = Math.Max(first, start);
            int to = Math.Min(first + count, start + width);
            if (from >= to)
            {
                continue;
            }

            ReadOnlySpan<double> means = trees.Means[c];
            byte[] own = codes[c];
            for (int n = 0; n < own.Length; n++)
            {
                ReadOnlySpan<float> row = data.Row(n)[from..to];
                ReadOnlySpan<double> mean = means.Slice((own[n] * width) + from - start, row.Length);
                Span<double> destination = residual.AsSpan((n * Stride) + from - first, row.Length);
                for (int j = 0; j < row.Length; j++)
                {
                    destination[j] = row[j] - mean[j];
                }
            }
        }
    }
}
