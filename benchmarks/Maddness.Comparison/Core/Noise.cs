namespace Maddness.Comparison.Core;

/// <summary>Seeded random numbers, the same in every run.</summary>
internal static class Noise
{
    internal static float Gaussian(Random random)
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
        return (float)(radius * Math.Cos(2 * Math.PI * random.NextDouble()));
    }

    internal static Matrix Gaussian(Random random, int rows, int columns, float scale = 1)
    {
        Matrix matrix = new(rows, columns);
        for (int i = 0; i < matrix.Values.Length; i++)
        {
            matrix.Values[i] = scale * Gaussian(random);
        }

        return matrix;
    }

    /// <summary>Orthonormal columns by Gram–Schmidt, twice, in double.</summary>
    internal static Matrix Orthonormal(Random random, int rows, int columns)
    {
        Matrix matrix = Gaussian(random, columns, rows);
        for (int pass = 0; pass < 2; pass++)
        {
            for (int i = 0; i < columns; i++)
            {
                Span<float> row = matrix.Row(i);
                for (int j = 0; j < i; j++)
                {
                    ReadOnlySpan<float> other = matrix.Row(j);
                    float dot = System.Numerics.Tensors.TensorPrimitives.Dot(row, other);
                    System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(other, -dot, row, row);
                }

                System.Numerics.Tensors.TensorPrimitives.Divide(row, System.Numerics.Tensors.TensorPrimitives.Norm<float>(row), row);
            }
        }

        return matrix.Transpose();
    }
}
