using Maddness.Comparison.Core;

namespace Maddness.Comparison.Approximate;

/// <summary>A·P·Q + constant with dense P (D × r) and Q (r × M): what every dense projection becomes once B is known.</summary>
internal sealed class TwoFactors : Product
{
    private readonly ExactMatmul _first;
    private readonly ExactMatmul _second;
    private float[] _between = [];

    internal TwoFactors(Matrix p, Matrix q, float[]? constant = null)
    {
        _first = new ExactMatmul(p.Values, p.Rows, p.Columns);
        _second = new ExactMatmul(q.Values, q.Rows, q.Columns, constant ?? []);
    }

    public override Cost Cost => new((double)_first.Outputs * (_first.Inputs + _second.Outputs));

    public override void Load(Matrix a)
    {
        base.Load(a);
        _between = new float[Math.Min(a.Rows, RowsAtOnce) * _first.Outputs];
    }

    // The projection of a block of rows stays in the cache until it is multiplied again.
    private const int RowsAtOnce = 512;

    public override void Multiply(float[] destination)
    {
        int inner = _first.Inputs, outputs = _second.Outputs;
        for (int row = 0; row < A.Rows; row += RowsAtOnce)
        {
            int rows = Math.Min(RowsAtOnce, A.Rows - row);
            Span<float> between = _between.AsSpan(0, rows * _first.Outputs);
            _first.Multiply(A.Values.AsSpan(row * inner, rows * inner), rows, between);
            _second.Multiply(between, rows, destination.AsSpan(row * outputs, rows * outputs));
        }
    }
}
