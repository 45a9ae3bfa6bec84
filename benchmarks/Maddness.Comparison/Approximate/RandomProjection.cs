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

    public Product Prepare(Problem problem, int size)
    {
        Random random = new(17 + size);
        Matrix s = orthogonal ? Noise.Orthonormal(random, problem.Inputs, size) : Noise.Gaussian(random, problem.Inputs, size, 1 / MathF.Sqrt(problem.Inputs));
        Matrix q = Gemm.TransposeMultiply(s, problem.B);
        if (!fitted)
        {
            return new TwoFactors(s, q);
        }

        (Matrix scaled, float[] constant) = FittedScale.Of(problem, s, q);
        return new TwoFactors(s, scaled, constant);
    }
}
