using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using Maddness.Comparison.Core;

namespace Maddness.Comparison.Approximate;

/// <summary>
/// A and B rounded to 8-bit floats of 4 exponent and 3 mantissa bits, with a scale per row and per column. No CPU multiplies them, so they are multiplied as float32:
/// it saves memory, not time.
/// </summary>
internal sealed class Float8 : IMethod
{
    private const float Largest = 448;

    public string Name => "8-bit floats (E4M3)";

    public string Key => "float8";

    public MethodKind Kind => MethodKind.Approximate;

    public string SizeName => string.Empty;

    public IEnumerable<int> Sizes(Problem problem, bool quick) => [0];

    public Product Prepare(Problem problem, int size)
    {
        Matrix columns = problem.B.Transpose();
        for (int m = 0; m < columns.Rows; m++)
        {
            Round(columns.Row(m), columns.Row(m));
        }

        return new Bound(columns.Transpose());
    }

    /// <summary>Values rounded to what 8 bits hold after scaling the largest to 448: half of the last mantissa bit is added, the lower bits are cut; below 2⁻⁶ the steps are even.</summary>
    private static void Round(ReadOnlySpan<float> values, Span<float> result)
    {
        float largest = MathF.Abs(TensorPrimitives.MaxMagnitude(values));
        if (largest == 0)
        {
            values.CopyTo(result);
            return;
        }

        float scale = Largest / largest, inverse = largest / Largest;
        int i = 0;
        for (; i <= values.Length - 16; i += 16)
        {
            Vector512<float> scaled = Vector512.Create(values[i..]) * scale;
            Vector512<int> bits = Vector512.AsInt32(scaled);

            // 20 of the 23 mantissa bits go.
            Vector512<float> normal = Vector512.AsSingle(
                (bits + Vector512.Create(1 << 19)) & Vector512.Create(~((1 << 20) - 1)));
            Vector512<float> small = Vector512.Round(scaled * 512) * (1f / 512);
            Vector512<float> rounded = Vector512.ConditionalSelect(
                Vector512.LessThan(Vector512.Abs(scaled), Vector512.Create(1f / 64)), small, normal);
            Vector512.CopyTo(rounded * inverse, result[i..]);
        }

        for (; i < values.Length; i++)
        {
            float scaled = values[i] * scale;
            float normal = BitConverter.Int32BitsToSingle((BitConverter.SingleToInt32Bits(scaled) + (1 << 19)) & ~((1 << 20) - 1));
            result[i] = (MathF.Abs(scaled) < 1f / 64 ? MathF.Round(scaled * 512) / 512 : normal) * inverse;
        }
    }

    private sealed class Bound(Matrix b) : Product
    {
        private const int RowsAtOnce = 256;

        private readonly ExactMatmul _product = new(b.Values, b.Rows, b.Columns);
        private readonly float[] _rounded = new float[RowsAtOnce * b.Rows];

        public override Cost Cost => new((double)b.Rows * b.Columns);

        public override void Multiply(float[] destination)
        {
            for (int row = 0; row < A.Rows; row += RowsAtOnce)
            {
                int rows = Math.Min(RowsAtOnce, A.Rows - row);
                for (int i = 0; i < rows; i++)
                {
                    Round(A.Row(row + i), _rounded.AsSpan(i * b.Rows, b.Rows));
                }

                _product.Multiply(_rounded.AsSpan(0, rows * b.Rows), rows, destination.AsSpan(row * b.Columns, rows * b.Columns));
            }
        }
    }
}
