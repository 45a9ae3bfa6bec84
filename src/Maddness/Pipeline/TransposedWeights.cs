using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Pipeline;

/// <summary>
/// A copy of Bᵀ to compute chosen outputs from: each stands in lines of its own, an odd number, since outputs a multiple of 1 KB apart would drive each other out of the first cache while many are read side by side.
/// </summary>
internal sealed class TransposedWeights
{
    private readonly AlignedBuffer<float> _values;

    /// <param name="b">D × M.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentException">The copy would be larger than an array.</exception>
    [MethodImpl(Compiled.Once)]
    internal TransposedWeights(MatrixView<float> b, string name)
    {
        long stride = StrideOf(b.Rows);
        long length = stride * b.Columns;
        if (length > Array.MaxLength - CacheLine.Floats)
        {
            throw new ArgumentException($"'{name}' is {b.Rows} x {b.Columns}, of which a copy takes {length} floats; expected at most {Array.MaxLength - CacheLine.Floats}.", name);
        }

        Stride = (int)stride;
        _values = new AlignedBuffer<float>((int)length);
        Span<float> values = _values.Span;
        for (int output = 0; output < b.Columns; output++)
        {
            Span<float> own = values.Slice(output * Stride, b.Rows);
            for (int input = 0; input < own.Length; input++)
            {
                own[input] = b[input, output];
            }
        }
    }

    /// <summary>Floats from one output to the next.</summary>
    internal int Stride { get; }

    internal unsafe float* Pointer => _values.Pointer;

    /// <summary>An odd number of lines for so many inputs.</summary>
    internal static long StrideOf(int inputs) => ((((long)inputs + CacheLine.Floats - 1) / CacheLine.Floats) | 1) * CacheLine.Floats;
}
