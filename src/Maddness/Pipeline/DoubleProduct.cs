using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Pipeline;

/// <summary>A copy of B, with which rows of A·B are computed in double precision, one at a time: what approximations are measured against.</summary>
internal sealed class DoubleProduct
{
    private readonly float[] _b;

    internal DoubleProduct(scoped in MatrixView<float> b)
    {
        Outputs = b.Columns;
        _b = new float[checked(b.Rows * b.Columns)];
        for (int row = 0; row < b.Rows; row++)
        {
            for (int column = 0; column < b.Columns; column++)
            {
                _b[(row * b.Columns) + column] = b[row, column];
            }
        }
    }

    /// <summary>M.</summary>
    internal int Outputs { get; }

    /// <summary>One row of A·B: B's rows added up, each times an element of A, products and sums rounded to double.</summary>
    /// <param name="a">A, with as many columns as B has rows.</param>
    /// <param name="row">Which row of A.</param>
    /// <param name="exact">M values.</param>
    internal void Row<T>(scoped in MatrixView<T> a, int row, Span<double> exact)
        where T : unmanaged
    {
        exact = exact[..Outputs];
        exact.Clear();
        for (int input = 0; input < a.Columns; input++)
        {
            double value = ElementTypes.ToSingle(a[row, input]);
            if (value == 0)
            {
                continue;
            }

            ReadOnlySpan<float> weights = _b.AsSpan(input * Outputs, Outputs);
            ref double target = ref MemoryMarshal.GetReference(exact);
            ref float source = ref MemoryMarshal.GetReference(weights);
            Vector512<double> factor = Vector512.Create(value);
            int output = 0;

            // 16 floats a step, widened to two vectors of doubles; the last whole step ends at or before the row's end.
            for (; output <= Outputs - Vector512<float>.Count; output += Vector512<float>.Count)
            {
                (Vector512<double> lower, Vector512<double> upper) = Vector512.Widen(Vector512.LoadUnsafe(ref source, (nuint)output));
                nuint second = (nuint)(output + Vector512<double>.Count);
                (Vector512.LoadUnsafe(ref target, (nuint)output) + (factor * lower)).StoreUnsafe(ref target, (nuint)output);
                (Vector512.LoadUnsafe(ref target, second) + (factor * upper)).StoreUnsafe(ref target, second);
            }

            for (; output < Outputs; output++)
            {
                exact[output] += value * weights[output];
            }
        }
    }
}
