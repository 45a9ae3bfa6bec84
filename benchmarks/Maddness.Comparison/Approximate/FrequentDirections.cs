using System.Numerics.Tensors;
using Maddness.Comparison.Core;

namespace Maddness.Comparison.Approximate;

/// <summary>
/// FD-AMM (Ye, Luo and Zhang): the D columns of A, each with its row of B, are a stream of vectors of N + M entries, kept in a sketch of 2ℓ rows that is halved by shrinking singular values
/// whenever it is full. It learns nothing ahead: the sketch needs A itself, so all of its work is inside the clock.
/// </summary>
internal sealed class FrequentDirections : IMethod
{
    public string Name => "FD-AMM";

    public string Key => "fdamm";

    public MethodKind Kind => MethodKind.Approximate;

    public string SizeName => "directions";

    public IEnumerable<int> Sizes(Problem problem, bool quick) => ((int[])(quick ? [8] : [8, 16, 32])).Where(r => 2 * r < problem.Inputs);

    public Product Prepare(Problem problem, int size) => new Sketch(problem.B, size);

    private sealed class Sketch(Matrix b, int size) : Product
    {
        // One Gram matrix and one projection of 2ℓ vectors for every ℓ columns, then the product of the sketches.
        public override Cost Cost => new((4.0 * size * b.Rows) + (size * 2.0 * b.Rows) + ((double)size * b.Columns));

        public override void Multiply(float[] destination)
        {
            int width = A.Rows + b.Columns;
            Matrix buffer = new(2 * size, width);
            int used = 0;
            for (int column = 0; column < b.Rows; column++)
            {
                if (used == 2 * size)
                {
                    buffer = Shrink(buffer);
                    used = size;
                }

                Span<float> row = buffer.Row(used++);
                for (int i = 0; i < A.Rows; i++)
                {
                    row[i] = A.Values[(i * A.Columns) + column];
                }

                b.Row(column).CopyTo(row[A.Rows..]);
            }

            buffer = Shrink(buffer);
            ExactMatmul.Multiply(
                new ReadOnlyTensorSpan<float>(buffer.Values, [A.Rows, size], [Gemm.Stride(A.Rows, 1), Gemm.Stride(size, width)]),
                new ReadOnlyTensorSpan<float>(buffer.Values.AsSpan(A.Rows), [size, b.Columns], [Gemm.Stride(size, width), Gemm.Stride(b.Columns, 1)]),
                new TensorSpan<float>(destination, [A.Rows, b.Columns]));
        }

        private Matrix Shrink(Matrix buffer)
        {
            (double[] values, Matrix vectors) = Linear.Eigen(Gemm.MultiplyTranspose(buffer, buffer));
            Matrix turn = new(2 * size, 2 * size);
            for (int i = 0; i < size; i++)
            {
                double kept = Math.Sqrt(Math.Max(0, values[i] - values[size]) / Math.Max(values[i], 1e-30));
                for (int j = 0; j < 2 * size; j++)
                {
                    turn[i, j] = (float)(kept * vectors[j, i]);
                }
            }

            return Gemm.Multiply(turn, buffer);
        }
    }
}
