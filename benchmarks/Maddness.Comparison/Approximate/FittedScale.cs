using System.Numerics.Tensors;
using Maddness.Comparison.Core;

namespace Maddness.Comparison.Approximate;

/// <summary>
/// Makes the best of a sketch A·S·Q: the mean of the rows is taken away (it is exact then, and costs a constant) and the product is scaled by least squares on the training rows, without which
/// an unbiased sketch of few dimensions is worse than answering 0.
/// </summary>
internal static class FittedScale
{
    internal static (Matrix Q, float[] Constant) Of(Problem problem, Matrix s, Matrix q)
    {
        float[] means = Gemm.ColumnMeans(problem.Train);
        Matrix centred = Gemm.Centre(problem.Train, means);
        Matrix exact = Gemm.Multiply(centred, problem.B), approximate = Gemm.Multiply(Gemm.Multiply(centred, s), q);
        double dot = TensorPrimitives.Dot<float>(exact.Values, approximate.Values);
        float scale = (float)(dot / Math.Max(1e-30, TensorPrimitives.SumOfSquares<float>(approximate.Values)));
        Matrix scaled = new([.. q.Values.Select(v => v * scale)], q.Rows, q.Columns);
        float[] constant = Gemm.RowTimes(means, problem.B), projected = Gemm.RowTimes(Gemm.RowTimes(means, s), scaled);
        TensorPrimitives.Subtract(constant, projected, constant);
        return (scaled, constant);
    }
}
