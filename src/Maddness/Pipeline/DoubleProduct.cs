using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Pipeline;

/// <summary>
/// A copy of B, with which rows of A·B are computed in double precision, one at a time: what approximations are measured against. Every output is one chain of products and sums, each rounded to double, in the
/// order of the inputs, from +0.
/// </summary>
internal sealed class DoubleProduct
{
    /// <summary>Outputs of a narrow block: one vector of floats, widened to two of doubles.</summary>
    private const int Narrow = 16;

    /// <summary>Outputs of a wide block: eight chains side by side hide the latency of an addition.</summary>
    private const int Wide = 64;

    /// <summary>Block after block of outputs, each row-major, so that a block is read from first to last; the last one padded with zeros.</summary>
    private readonly float[] _b;
    private readonly int _inputs;
    private readonly int _outputs;

    /// <param name="b">D × M.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">The copy would be larger than an array.</exception>
    [MethodImpl(Compiled.Once)]
    internal DoubleProduct(scoped in MatrixView<float> b, string name)
    {
        (_inputs, _outputs) = (b.Rows, b.Columns);
        long length = _inputs * (((long)_outputs + Narrow - 1) / Narrow * Narrow);
        if (length > Array.MaxLength)
        {
            throw new ArgumentException($"'{name}' is {_inputs} x {_outputs}, of which a copy takes {length} floats; expected at most {Array.MaxLength}.", name);
        }

        _b = new float[length];
        for (int output = 0; output < _outputs; output += WidthAt(output))
        {
            int width = WidthAt(output);
            for (int i = 0; i < _inputs * width; i++)
            {
                int column = output + (i % width);
                _b[(output * _inputs) + i] = column < _outputs ? b[i / width, column] : 0;
            }
        }
    }

    /// <summary>One row of A·B.</summary>
    /// <param name="a">A, with as many columns as B has rows.</param>
    /// <param name="row">Which row of A.</param>
    /// <param name="exact">M values.</param>
    [MethodImpl(Compiled.Once)]
    internal void Row<T>(scoped in MatrixView<T> a, int row, Span<double> exact)
        where T : unmanaged
    {
        double[] rented = ArrayPool<double>.Shared.Rent(_inputs);
        Span<double> values = rented.AsSpan(0, _inputs);
        for (int input = 0; input < values.Length; input++)
        {
            values[input] = ElementTypes.ToSingle(a[row, input]);
        }

        Span<double> block = stackalloc double[Wide];
        int width;
        for (int output = 0; output < _outputs; output += width)
        {
            width = WidthAt(output);
            if (width == Wide)
            {
                MultiplyWide(values, output, block);
            }
            else
            {
                MultiplyNarrow(values, output, block);
            }

            int outputs = Math.Min(width, _outputs - output);
            block[..outputs].CopyTo(exact[output..]);
        }

        ArrayPool<double>.Shared.Return(rented);
    }

    /// <summary>The outputs of the block that starts at one.</summary>
    private int WidthAt(int output) => _outputs - output >= Wide ? Wide : Narrow;

    [MethodImpl(Compiled.Once)]
    private void MultiplyWide(ReadOnlySpan<double> values, int output, Span<double> block)
    {
        Vector512<double> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        for (int input = 0; input < values.Length; input++)
        {
            // The span proves that all 64 weights are there.
            ReadOnlySpan<float> weights = _b.AsSpan((output * _inputs) + (input * Wide), Wide);
            ref float first = ref MemoryMarshal.GetReference(weights);
            Vector512<double> value = Vector512.Create(values[input]);
            (Vector512<double> lower, Vector512<double> upper) = Vector512.Widen(Vector512.LoadUnsafe(ref first));
            (s0, s1) = (s0 + (value * lower), s1 + (value * upper));
            (lower, upper) = Vector512.Widen(Vector512.LoadUnsafe(ref first, 16));
            (s2, s3) = (s2 + (value * lower), s3 + (value * upper));
            (lower, upper) = Vector512.Widen(Vector512.LoadUnsafe(ref first, 32));
            (s4, s5) = (s4 + (value * lower), s5 + (value * upper));
            (lower, upper) = Vector512.Widen(Vector512.LoadUnsafe(ref first, 48));
            (s6, s7) = (s6 + (value * lower), s7 + (value * upper));
        }

        s0.CopyTo(block);
        s1.CopyTo(block[8..]);
        s2.CopyTo(block[16..]);
        s3.CopyTo(block[24..]);
        s4.CopyTo(block[32..]);
        s5.CopyTo(block[40..]);
        s6.CopyTo(block[48..]);
        s7.CopyTo(block[56..]);
    }

    [MethodImpl(Compiled.Once)]
    private void MultiplyNarrow(ReadOnlySpan<double> values, int output, Span<double> block)
    {
        Vector512<double> s0 = default, s1 = default;
        for (int input = 0; input < values.Length; input++)
        {
            Vector512<double> value = Vector512.Create(values[input]);
            (Vector512<double> lower, Vector512<double> upper) = Vector512.Widen(Vector512.Create<float>(_b.AsSpan((output * _inputs) + (input * Narrow), Narrow)));
            (s0, s1) = (s0 + (value * lower), s1 + (value * upper));
        }

        s0.CopyTo(block);
        s1.CopyTo(block[8..]);
    }
}
