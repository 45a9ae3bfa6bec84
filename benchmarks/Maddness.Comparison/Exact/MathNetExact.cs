using Maddness.Comparison.Core;
using MathNet.Numerics;
using DenseMatrix = MathNet.Numerics.LinearAlgebra.Single.DenseMatrix;

namespace Maddness.Comparison.Exact;

/// <summary>Math.NET Numerics with its managed provider on one thread, in its own column-major matrices.</summary>
internal sealed class MathNetExact : IMethod
{
    public string Name => "Math.NET Numerics (managed)";

    public string Key => "mathnet";

    public MethodKind Kind => MethodKind.Exact;

    public string SizeName => string.Empty;

    public string Given => "A and Y column-major";

    public string Version => $"Math.NET Numerics {typeof(Control).Assembly.GetName().Version?.ToString(3)}, managed provider, one thread";

    public IEnumerable<int> Sizes(Problem problem, bool quick) => quick && (double)problem.Test.Rows * problem.Inputs * problem.Outputs > 5e8 ? [] : [0];

    public Product Prepare(Problem problem, int size) => new Bound(problem.B);

    private sealed class Bound(Matrix b) : Product
    {
        private readonly DenseMatrix _b = new(b.Rows, b.Columns, b.Transpose().Values);
        private DenseMatrix _a = null!;
        private DenseMatrix _y = null!;

        public override Cost Cost => new((double)b.Rows * b.Columns);

        public override void Load(Matrix a)
        {
            Control.UseSingleThread();
            base.Load(a);
            _a = new DenseMatrix(a.Rows, a.Columns, a.Transpose().Values);
            _y = new DenseMatrix(a.Rows, b.Columns);
        }

        public override void Multiply(float[] destination) => _a.Multiply(_b, _y);

        public override void Finish(float[] destination) => new Matrix(_y.Values, b.Columns, A.Rows).Transpose().Values.CopyTo(destination, 0);
    }
}
