using Maddness.Comparison.Core;

namespace Maddness.Comparison.Approximate;

/// <summary>
/// A·S·Sᵀ·B with a sparse random S: every column of A is added, with a random sign, to one coordinate (HashJL) or to several (OSNAP; Nelson and Nguyên).
/// Centred and scaled by least squares, which is never worse than the unbiased sketch that was published.
/// </summary>
internal sealed class SparseSketch(string name, string key, int copies) : IMethod
{
    public string Name => name;

    public string Key => key;

    public MethodKind Kind => MethodKind.Approximate;

    public string SizeName => "dimensions";

    public IEnumerable<int> Sizes(Problem problem, bool quick) => ProjectionSizes.Of(problem, quick);

    public Product Prepare(Problem problem, int size)
    {
        Random random = new(31 + size);
        Matrix s = new(problem.Inputs, size);
        int[] coordinates = [.. Enumerable.Range(0, size)];
        int used = Math.Min(copies, size);
        for (int row = 0; row < problem.Inputs; row++)
        {
            random.Shuffle(coordinates);
            foreach (int coordinate in coordinates.AsSpan(0, used))
            {
                s[row, coordinate] = (random.Next(2) == 0 ? 1 : -1) / MathF.Sqrt(used);
            }
        }

        (Matrix q, float[] constant) = FittedScale.Of(problem, s, Gemm.TransposeMultiply(s, problem.B));
        return new SketchProduct(new SparseMatrix(s), q, constant);
    }

    private sealed class SketchProduct(SparseMatrix s, Matrix q, float[] constant) : Product
    {
        private const int RowsAtOnce = SparseMatrix.RowsAtOnce;

        private readonly ExactMatmul _second = new(q.Values, q.Rows, q.Columns, constant);
        private readonly float[] _lanes = new float[s.Rows * RowsAtOnce];
        private readonly float[] _sketchLanes = new float[s.Columns * RowsAtOnce];
        private readonly float[] _sketch = new float[s.Columns * RowsAtOnce];
        private readonly float[] _zero = new float[s.Columns];

        public override Cost Cost => new(s.Count + ((double)q.Rows * q.Columns));

        public override void Multiply(float[] destination)
        {
            for (int row = 0; row < A.Rows; row += RowsAtOnce)
            {
                int rows = Math.Min(RowsAtOnce, A.Rows - row);
                SparseMatrix.TransposeIn(A.Values.AsSpan(row * s.Rows, rows * s.Rows), s.Rows, _lanes);
                s.MultiplyTransposed(_lanes, _sketchLanes);
                Span<float> sketch = _sketch.AsSpan(0, rows * s.Columns);
                SparseMatrix.TransposeOut(_sketchLanes, s.Columns, _zero, sketch);
                _second.Multiply(sketch, rows, destination.AsSpan(row * q.Columns, rows * q.Columns));
            }
        }
    }
}
