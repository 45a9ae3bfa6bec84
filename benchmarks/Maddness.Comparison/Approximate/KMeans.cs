using System.Numerics.Tensors;
using Maddness.Comparison.Core;

namespace Maddness.Comparison.Approximate;

/// <summary>Lloyd's k-means from k-means++ starts.</summary>
internal static class KMeans
{
    private const int Iterations = 20;

    internal static Matrix Fit(Matrix rows, int clusters, Random random)
    {
        Matrix centroids = Start(rows, clusters, random);
        int[] codes = new int[rows.Rows];
        for (int iteration = 0; iteration < Iterations; iteration++)
        {
            if (!Assign(rows, centroids, codes))
            {
                break;
            }

            Move(rows, centroids, codes, random);
        }

        return centroids;
    }

    /// <summary>The nearest centroid of each row; whether any changed.</summary>
    internal static bool Assign(Matrix rows, Matrix centroids, int[] codes)
    {
        Matrix scores = Scores(rows, centroids);
        bool changed = false;
        for (int row = 0; row < rows.Rows; row++)
        {
            int best = TensorPrimitives.IndexOfMax<float>(scores.Row(row));
            changed |= best != codes[row];
            codes[row] = best;
        }

        return changed;
    }

    /// <summary>−½‖c‖² for each centroid: with it as a bias, the largest product is the nearest centroid.</summary>
    internal static float[] HalfNorms(Matrix centroids) =>
        [.. Enumerable.Range(0, centroids.Rows).Select(c => -0.5f * TensorPrimitives.SumOfSquares<float>(centroids.Row(c)))];

    private static Matrix Scores(Matrix rows, Matrix centroids)
    {
        Matrix scores = new(rows.Rows, centroids.Rows);
        ExactMatmul.Multiply(rows.Values, rows.Rows, rows.Columns, centroids.Transpose().Values, centroids.Rows, scores.Values, HalfNorms(centroids));
        return scores;
    }

    private static Matrix Start(Matrix rows, int clusters, Random random)
    {
        Matrix centroids = new(clusters, rows.Columns);
        double[] distances = [.. Enumerable.Repeat(double.PositiveInfinity, rows.Rows)];
        int chosen = random.Next(rows.Rows);
        for (int cluster = 0; cluster < clusters; cluster++)
        {
            rows.Row(chosen).CopyTo(centroids.Row(cluster));
            double sum = 0;
            for (int row = 0; row < rows.Rows; row++)
            {
                double distance = TensorPrimitives.Distance<float>(rows.Row(row), centroids.Row(cluster));
                distances[row] = Math.Min(distances[row], distance * distance);
                sum += distances[row];
            }

            double at = random.NextDouble() * sum;
            for (chosen = 0; chosen < rows.Rows - 1 && at > distances[chosen]; chosen++)
            {
                at -= distances[chosen];
            }
        }

        return centroids;
    }

    private static void Move(Matrix rows, Matrix centroids, int[] codes, Random random)
    {
        int[] counts = new int[centroids.Rows];
        Array.Clear(centroids.Values);
        for (int row = 0; row < rows.Rows; row++)
        {
            Span<float> centroid = centroids.Row(codes[row]);
            TensorPrimitives.Add(centroid, rows.Row(row), centroid);
            counts[codes[row]]++;
        }

        for (int cluster = 0; cluster < centroids.Rows; cluster++)
        {
            if (counts[cluster] == 0)
            {
                // A cluster that lost its rows starts again somewhere.
                rows.Row(random.Next(rows.Rows)).CopyTo(centroids.Row(cluster));
                continue;
            }

            TensorPrimitives.Divide(centroids.Row(cluster), counts[cluster], centroids.Row(cluster));
        }
    }
}
