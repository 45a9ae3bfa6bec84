using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// What trees that serve the outputs are fitted to: for each row up to 15 or 31 numbers, padded to whole vectors of 16 floats, whose last one is the row's count of 1.
/// </summary>
internal sealed class OutputTargets
{
    /// <summary>Floats of a vector.</summary>
    internal const int Lanes = 16;

    private readonly AlignedBuffer<float> _values;

    /// <param name="rows">Rows.</param>
    /// <param name="components">P.</param>
    [MethodImpl(Compiled.Once)]
    internal OutputTargets(int rows, int components)
    {
        Rows = rows;
        Components = components;
        Vectors = (components + Lanes) / Lanes;
        _values = new AlignedBuffer<float>(checked(rows * Stride));
        for (int n = 0; n < rows; n++)
        {
            Values[(n * Stride) + Stride - 1] = 1;
        }
    }

    internal int Rows { get; }

    /// <summary>P.</summary>
    internal int Components { get; }

    /// <summary>Vectors of a row, 1 or 2.</summary>
    internal int Vectors { get; }

    /// <summary>Floats from one row to the next.</summary>
    internal int Stride => Vectors * Lanes;

    /// <summary>[row][lane]; each row starts a cache line.</summary>
    internal Span<float> Values => _values.Span;

    /// <summary>Adds (or takes away) the table entry of each row's leaf; entries hold 0 in the place of the count.</summary>
    internal void Add(ReadOnlySpan<byte> codes, ReadOnlySpan<float> table, float sign) => Add(0, codes, table, sign);

    /// <summary>The same for the rows from <paramref name="first"/> on whose codes are given.</summary>
    [MethodImpl(Compiled.Once)]
    internal void Add(int first, ReadOnlySpan<byte> codes, ReadOnlySpan<float> table, float sign)
    {
        ref float values = ref Unsafe.Add(ref MemoryMarshal.GetReference(Values), (nint)first * Stride);
        ref float entries = ref MemoryMarshal.GetReference(table);
        nuint stride = (nuint)Stride;
        Vector512<float> factor = Vector512.Create(sign);
        for (int n = 0; n < codes.Length; n++)
        {
            for (nuint v = 0; v < stride; v += Lanes)
            {
                nuint place = ((nuint)n * stride) + v;
                Vector512<float> x = Vector512.LoadUnsafe(ref values, place) + (factor * Vector512.LoadUnsafe(ref entries, ((nuint)codes[n] * stride) + v));
                x.StoreUnsafe(ref values, place);
            }
        }
    }

    /// <summary>The row times the difference of two table entries.</summary>
    [MethodImpl(Compiled.Once)]
    internal float Difference(int row, float[] table, int plus, int minus)
    {
        ref float values = ref Values[row * Stride];
        ref float first = ref table[plus * Stride];
        ref float second = ref table[minus * Stride];
        Vector512<float> sum = default;
        for (nuint v = 0; v < (nuint)Stride; v += Lanes)
        {
            sum += Vector512.LoadUnsafe(ref values, v) * (Vector512.LoadUnsafe(ref first, v) - Vector512.LoadUnsafe(ref second, v));
        }

        return VectorSums.Sum(sum);
    }

    internal OutputTargets Copy()
    {
        OutputTargets copy = new(Rows, Components);
        Values.CopyTo(copy.Values);
        return copy;
    }

    /// <summary>Σ of the squares of the values.</summary>
    [MethodImpl(Compiled.Once)]
    internal double SquaredError()
    {
        double error = 0;
        for (int n = 0; n < Rows; n++)
        {
            double own = 0;
            foreach (float value in Values.Slice(n * Stride, Components))
            {
                own += (double)value * value;
            }

            error += own;
        }

        return error;
    }
}
