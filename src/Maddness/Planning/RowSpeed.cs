using Maddness.Common;

namespace Maddness.Planning;

/// <summary>The speed of products of rows.</summary>
internal sealed class RowSpeed<T> : SpeedComparison
    where T : unmanaged
{
    private readonly T[] _a;
    private readonly float[] _exactA;
    private readonly float[] _y;
    private readonly ExactMatmul _exact;

    /// <param name="a">N × D; of very many rows, the first ones are timed.</param>
    /// <param name="b">D × M.</param>
    /// <param name="bias">Of the exact product; empty for none.</param>
    /// <param name="settled">An earlier comparison, whose kinds of products need not settle again; null for none.</param>
    internal RowSpeed(MatrixView<T> a, MatrixView<float> b, ReadOnlySpan<float> bias, RowSpeed<T>? settled = null)
        : base(RowsOf(a.Rows, b.Rows, b.Columns), settled)
    {
        _a = a.SliceRows(0, Rows).ToArray(nameof(a));
        _exactA = _a as float[] ?? Array.ConvertAll(_a, ElementTypes.ToSingle);
        _y = new float[Rows * b.Columns];
        _exact = new ExactMatmul(in b, bias, KernelSelection.Current);
    }

    private protected override void Multiply(MaddnessMatmul? product)
    {
        if (product is null)
        {
            _exact.Multiply(_exactA, Rows, _y);
        }
        else
        {
            product.Multiply<T>(_a, Rows, _y);
        }
    }
}
