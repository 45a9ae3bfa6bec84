using Maddness.Comparison.Core;

namespace Maddness.Comparison.Approximate;

/// <summary>
/// A·S·Sᵀ·B with a dense random S. Gaussian: independent normal entries of variance 1/D; orthogonal: orthonormal columns. Neither is scaled up to be unbiased, which at these
/// sizes would multiply the error. "Fitted" takes the mean of the rows away and scales by least squares on the training rows: the best such a method can do.
/// </summary>
internal sealed class RandomProjection(string name, string key, bool orthogonal, bool fitted) : IMethod
{
    public string Name => name;

    public string Key => key;

    public MethodKind Kind => MethodKind.Approximate;

    public string SizeName => "dimensions";

    public IEnumerable<int> Sizes(Problem problem, bool quick) => ProjectionSizes.Of(problem, quick);

    public IProduct Prepare(Problem problem, int size)
    {
        Random random = new(17 + size);
        Matrix s = orthogonal ? Noise.Orthonormal(random, problem.Inputs, size) : Noise.Gaussian(random, problem.Inputs, size, 1 / MathF.Sqrt(problem.Inputs));
        Matrix q = Gemm.TransposeMultiply(s, problem.B);
        return fitted ? Fit(problem, s, q) : new TwoFactors(s, q);
    }

    private static TwoFactors Fit(Problem problem, Matrix s, Matrix q)
    {
        float[] means = Gemm.ColumnMeans(problem.Train);
        Matrix centred = Gemm.Centre(problem.Train, means);
        Matrix exact = Gemm.Multiply(centred, problem.B), approximate = Gemm.Multiply(Gemm.Multiply(centred, s), q);
        double dot = System.Numerics.Tensors.TensorPrimitives.Dot<float>(exact.Values, approximate.Values);
        float scale = (float)(dot / Math.Max(1e-30, System.Numerics.Tensors.TensorPrimitives.SumOfSquares<float>(approximate.Values)));
        Matrix scaled = new([.. q.Values.Select(v => v * scale)], q.Rows, q.Columns);
        float[] constant = Gemm.RowTimes(means, problem.B), projected = Gemm.RowTimes(Gemm.RowTimes(means, s), scaled);
        System.Numerics.Tensors.TensorPrimitives.Subtract(constant, projected, constant);
        return new TwoFactors(s, scaled, constant);
    }
}
