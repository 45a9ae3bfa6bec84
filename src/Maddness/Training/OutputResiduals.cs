using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>(A − G·P0)·B: what the bucket means leave of the outputs, which fits tables for a known B.</summary>
/// <param name="data">The rows.</param>
/// <param name="codes">Their codes, codebook by codebook.</param>
/// <param name="trees">The trees and bucket means.</param>
/// <param name="b">D × M, row-major.</param>
/// <param name="outputs">M.</param>
internal sealed class OutputResiduals(TrainingRows data, byte[][] codes, LearnedTrees trees, float[] b, int outputs) : ResidualSource
{
    internal override int Columns => outputs;

    [MethodImpl(Compiled.Once)]
    internal override void Fill(int first, int count, double[] residual)
    {
        double[] columns = new double[data.Columns * Stride];
        for (int d = 0; d < data.Columns; d++)
        {
            for (int m = 0; m < count; m++)
            {
                columns[(d * Stride) + m] = b[(d * outputs) + first + m];
            }
        }

        double[] difference = new double[data.Columns];
        for (int n = 0; n < data.Rows; n++)
        {
            Subtract(n, difference);
            Multiply(difference, columns, residual.AsSpan(n * Stride, Stride));
        }
    }

    [MethodImpl(Compiled.Once)]
    private void Subtract(int n, double[] difference)
    {
        ReadOnlySpan<float> row = data.Row(n);
        for (int d = 0; d < row.Length; d++)
        {
            difference[d] = row[d];
        }

        for (int c = 0; c < trees.Codebooks; c++)
        {
            int[] part = trees.Parts[c];
            ReadOnlySpan<double> mean = trees.Means[c].AsSpan(codes[c][n] * part.Length, part.Length);
            for (int j = 0; j < part.Length; j++)
            {
                difference[part[j]] -= mean[j];
            }
        }
    }

    /// <summary>Columns ascending, one chain of additions per output.</summary>
    [MethodImpl(Compiled.Once)]
    private static void Multiply(double[] row, double[] columns, Span<double> destination)
    {
        Vector512<double> s0 = default, s1 = default, s2 = default, s3 = default;
        ref double first = ref MemoryMarshal.GetArrayDataReference(columns);
        foreach (double value in row)
        {
            Vector512<double> x = Vector512.Create(value);
            s0 += x * Vector512.LoadUnsafe(ref first);
            s1 += x * Vector512.LoadUnsafe(ref first, 8);
            s2 += x * Vector512.LoadUnsafe(ref first, 16);
            s3 += x * Vector512.LoadUnsafe(ref first, 24);
            first = ref Unsafe.Add(ref first, Stride);
        }

        s0.CopyTo(destination);
        s1.CopyTo(destination[8..]);
        s2.CopyTo(destination[16..]);
        s3.CopyTo(destination[24..]);
    }
}
