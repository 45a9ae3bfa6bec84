using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Maddness.Comparison.Core;

/// <summary>Decompositions for training, in double precision.</summary>
internal static class Linear
{
    /// <summary>Eigenvalues in descending order, and the vectors as columns, of a symmetric matrix.</summary>
    internal static (double[] Values, Matrix Vectors) Eigen(Matrix symmetric)
    {
        int n = symmetric.Rows;
        DenseMatrix wide = DenseMatrix.Create(n, n, (i, j) => 0.5 * ((double)symmetric[i, j] + symmetric[j, i]));
        MathNet.Numerics.LinearAlgebra.Factorization.Evd<double> evd = wide.Evd(Symmetricity.Symmetric);
        double[] values = new double[n];
        Matrix vectors = new(n, n);
        for (int i = 0; i < n; i++)
        {
            int source = n - 1 - i;
            values[i] = evd.EigenValues[source].Real;
            for (int j = 0; j < n; j++)
            {
                vectors[j, i] = (float)evd.EigenVectors[j, source];
            }
        }

        return (values, vectors);
    }

    /// <summary>X of (S + ridge·I) X = B for a symmetric positive S.</summary>
    internal static Matrix Solve(Matrix symmetric, Matrix b, double ridge)
    {
        DenseMatrix left = DenseMatrix.Create(symmetric.Rows, symmetric.Rows, (i, j) => symmetric[i, j] + (i == j ? ridge : 0));
        DenseMatrix right = DenseMatrix.Create(b.Rows, b.Columns, (i, j) => b[i, j]);
        Matrix<double> solution = left.Cholesky().Solve(right);
        Matrix result = new(b.Rows, b.Columns);
        for (int i = 0; i < b.Rows; i++)
        {
            for (int j = 0; j < b.Columns; j++)
            {
                result[i, j] = (float)solution[i, j];
            }
        }

        return result;
    }

    /// <summary>The orthogonal matrix nearest to a square one, by Newton–Schulz iterations: products only.</summary>
    internal static Matrix NearestOrthogonal(Matrix square)
    {
        int n = square.Rows;
        double norm = Math.Sqrt(square.Values.Sum(v => (double)v * v)) / Math.Pow(n, 0.25);
        float scale = (float)(1 / Math.Max(norm, 1e-30));
        Matrix x = new([.. square.Values.Select(v => v * scale)], n, n);

        // The largest singular value must stay below √3: a few powers bound it better than the norm does.
        float bound = MathF.Sqrt((float)LargestEigenvalue(Gemm.TransposeMultiply(x, x)));
        x = new([.. x.Values.Select(v => v / Math.Max(bound, 1e-30f))], n, n);
        for (int iteration = 0; iteration < 40; iteration++)
        {
            Matrix gram = Gemm.TransposeMultiply(x, x);
            double off = 0;
            for (int i = 0; i < gram.Values.Length; i++)
            {
                bool diagonal = i % (n + 1) == 0;
                double distance = gram.Values[i] - (diagonal ? 1 : 0);
                off += distance * distance;
                gram.Values[i] = (diagonal ? 1.5f : 0) - (0.5f * gram.Values[i]);
            }

            x = Gemm.Multiply(x, gram);
            if (off < 1e-8 * n)
            {
                break;
            }
        }

        return x;
    }

    /// <summary>A little more than the largest eigenvalue of a symmetric positive matrix.</summary>
    internal static double LargestEigenvalue(Matrix symmetric)
    {
        Matrix vector = new(symmetric.Rows, 1);
        Array.Fill(vector.Values, 1 / MathF.Sqrt(symmetric.Rows));
        vector.Values[0] *= 1.5f;
        double value = 0;
        for (int iteration = 0; iteration < 30; iteration++)
        {
            Matrix next = Gemm.Multiply(symmetric, vector);
            value = Math.Sqrt(next.Values.Sum(v => (double)v * v));
            float inverse = (float)(1 / Math.Max(value, 1e-30));
            vector = new([.. next.Values.Select(v => v * inverse)], symmetric.Rows, 1);
        }

        return value * 1.05;
    }
}
