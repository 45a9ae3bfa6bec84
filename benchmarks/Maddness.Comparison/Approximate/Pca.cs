using Maddness.Comparison.Core;

namespace Maddness.Comparison.Approximate;

/// <summary>Rows are replaced by their mean plus their projection on the leading principal components.</summary>
internal sealed class Pca : IMethod
{
    public string Name => "PCA, centred";

    public string Key => "pca";

    public MethodKind Kind => MethodKind.Approximate;

    public string SizeName => "components";

    public IEnumerable<int> Sizes(Problem problem, bool quick) => ProjectionSizes.Of(problem, quick);

    public Product Prepare(Problem problem, int size)
    {
        float[] means = Gemm.ColumnMeans(problem.Train);
        Matrix centred = Gemm.Centre(problem.Train, means);
        Matrix components = Leading(Linear.Eigen(Gemm.TransposeMultiply(centred, centred)).Vectors, size);
        Matrix q = Gemm.TransposeMultiply(components, problem.B);

        // (a − μ)VVᵀB + μB = aV(VᵀB) + (μ − μVVᵀ)B: the centring costs nothing per row.
        float[] projected = Gemm.RowTimes(Gemm.RowTimes(means, components), q), constant = Gemm.RowTimes(means, problem.B);
        System.Numerics.Tensors.TensorPrimitives.Subtract(constant, projected, constant);
        return new TwoFactors(components, q, constant);
    }

    internal static Matrix Leading(Matrix vectors, int count)
    {
        Matrix result = new(vectors.Rows, count);
        for (int row = 0; row < vectors.Rows; row++)
        {
            vectors.Row(row)[..count].CopyTo(result.Row(row));
        }

        return result;
    }
}
