using Maddness.Comparison.Core;

namespace Maddness.Comparison.Approximate;

/// <summary>A·S₁·S₂…·Sₙ + constant with sparse factors.</summary>
internal sealed class SparseFactors(SparseMatrix[] factors, float[]? constant = null) : Product
{
    private readonly float[] _constant = constant ?? new float[factors[^1].Columns];
    private readonly float[] _rows = new float[factors[0].Rows * SparseMatrix.RowsAtOnce];
    private readonly float[][] _results = [.. factors.Select(f => new float[f.Columns * SparseMatrix.RowsAtOnce])];

    public override Cost Cost => new(factors.Sum(f => (double)f.Count));

    public override void Multiply(float[] destination)
    {
        int inputs = factors[0].Rows, outputs = factors[^1].Columns;
        for (int row = 0; row < A.Rows; row += SparseMatrix.RowsAtOnce)
        {
            int rows = Math.Min(SparseMatrix.RowsAtOnce, A.Rows - row);
            SparseMatrix.TransposeIn(A.Values.AsSpan(row * inputs, rows * inputs), inputs, _rows);
            float[] source = _rows;
            for (int i = 0; i < factors.Length; i++)
            {
                factors[i].MultiplyTransposed(source, _results[i]);
                source = _results[i];
            }

            SparseMatrix.TransposeOut(source, outputs, _constant, destination.AsSpan(row * outputs, rows * outputs));
        }
    }
}
