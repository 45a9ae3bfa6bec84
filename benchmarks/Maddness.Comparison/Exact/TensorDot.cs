using System.Numerics.Tensors;
using Maddness.Comparison.Core;

namespace Maddness.Comparison.Exact;

/// <summary>What a .NET program writes without a matrix library: TensorPrimitives.Dot for every output, with B transposed ahead.</summary>
internal sealed class TensorDot : IMethod
{
    public string Name => "TensorPrimitives.Dot";

    public string Key => "tensors";

    public MethodKind Kind => MethodKind.Exact;

    public string SizeName => string.Empty;

    public IEnumerable<int> Sizes(Problem problem, bool quick) => [0];

    public Product Prepare(Problem problem, int size) => new Bound(problem.B);

    private sealed class Bound(Matrix b) : Product
    {
        private readonly Matrix _columns = b.Transpose();

        public override Cost Cost => new((double)b.Rows * b.Columns);

        public override void Multiply(float[] destination)
        {
            for (int row = 0; row < A.Rows; row++)
            {
                ReadOnlySpan<float> values = A.Row(row);
                Span<float> outputs = destination.AsSpan(row * _columns.Rows, _columns.Rows);
                for (int m = 0; m < outputs.Length; m++)
                {
                    outputs[m] = TensorPrimitives.Dot(values, _columns.Row(m));
                }
            }
        }
    }
}
