using Maddness.Comparison.Core;

namespace Maddness.Comparison.Exact;

/// <summary>The library's own exact product, B bound once.</summary>
internal sealed class OwnExact : IMethod
{
    public string Name => "ExactMatmul";

    public string Key => "exact";

    public MethodKind Kind => MethodKind.Exact;

    public string SizeName => string.Empty;

    public IEnumerable<int> Sizes(Problem problem, bool quick) => [0];

    public Product Prepare(Problem problem, int size) => new Bound(problem.B);

    private sealed class Bound(Matrix b) : Product
    {
        private readonly ExactMatmul _product = new(b.Values, b.Rows, b.Columns);

        public override Cost Cost => new((double)b.Rows * b.Columns);

        public override void Multiply(float[] destination) => _product.Multiply(A.Values, A.Rows, destination);
    }
}
