using System.Numerics.Tensors;

namespace Maddness.Comparison.Core;

/// <summary>The exact products that rivals are made of: all of them use the library's own, so that no rival loses by a slow one.</summary>
internal static class Gemm
{
    /// <summary>A·B.</summary>
    internal static Matrix Multiply(Matrix a, Matrix b)
    {
        Matrix result = new(a.Rows, b.Columns);
        ExactMatmul.Multiply(a.Values, a.Rows, a.Columns, b.Values, b.Columns, result.Values);
        return result;
    }

    /// <summary>Aᵀ·B.</summary>
    internal static Matrix TransposeMultiply(Matrix a, Matrix b)
    {
        Matrix result = new(a.Columns, b.Columns);
        ExactMatmul.Multiply(
            new ReadOnlyTensorSpan<float>(a.Values, [a.Columns, a.Rows], [Stride(a.Columns, 1), Stride(a.Rows, a.Columns)]),
            new ReadOnlyTensorSpan<float>(b.Values, [b.Rows, b.Columns]),
            new TensorSpan<float>(result.Values, [a.Columns, b.Columns]));
        return result;
    }

    /// <summary>A·Bᵀ.</summary>
    internal static Matrix MultiplyTranspose(Matrix a, Matrix b)
    {
        Matrix result = new(a.Rows, b.Rows);
        ExactMatmul.Multiply(
            new ReadOnlyTensorSpan<float>(a.Values, [a.Rows, a.Columns]),
            new ReadOnlyTensorSpan<float>(b.Values, [b.Columns, b.Rows], [Stride(b.Columns, 1), Stride(b.Rows, b.Columns)]),
            new TensorSpan<float>(result.Values, [a.Rows, b.Rows]));
        return result;
    }

    /// <summary>A stride as tensors want it: 0 where there is one element only.</summary>
    internal static nint Stride(int length, int stride) => length == 1 ? 0 : stride;

    /// <summary>The mean of each column.</summary>
    internal static float[] ColumnMeans(Matrix a)
    {
        double[] sums = new double[a.Columns];
        for (int row = 0; row < a.Rows; row++)
        {
            ReadOnlySpan<float> values = a.Row(row);
            for (int column = 0; column < sums.Length; column++)
            {
                sums[column] += values[column];
            }
        }

        return [.. sums.Select(s => (float)(s / Math.Max(1, a.Rows)))];
    }

    /// <summary>A with its column means taken away.</summary>
    internal static Matrix Centre(Matrix a, float[] means)
    {
        Matrix result = new(a.Rows, a.Columns);
        for (int row = 0; row < a.Rows; row++)
        {
            TensorPrimitives.Subtract(a.Row(row), means, result.Row(row));
        }

        return result;
    }

    /// <summary>means·B: one row.</summary>
    internal static float[] RowTimes(float[] row, Matrix b) => Multiply(new Matrix(row, 1, row.Length), b).Values;
}
