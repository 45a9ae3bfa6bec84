using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Maddness.Comparison.Core;

namespace Maddness.Comparison.Approximate;

/// <summary>
/// Product quantisation bound to a B: contiguous ranges of columns with K centroids each; rows are encoded by one exact product per range and an arg-max, then a row of a table of
/// partial products is added for each code. Tables are bytes with a scale per output for K = 16, as in Bolt, but summed exactly; floats for more centroids, where encoding is what costs.
/// </summary>
internal sealed class ProductQuantizer : Product
{
    private const int RowsAtOnce = 256;

    private readonly int _inputs;
    private readonly int _outputs;
    private readonly int _stride;
    private readonly int _centroids;
    private readonly (int Start, int Length)[] _ranges;
    private readonly ExactMatmul[] _distances;
    private readonly float[]? _tables;
    private readonly byte[]? _bytes;
    private readonly float[] _scales;
    private readonly float[] _offsets;
    private readonly float[] _scores;
    private readonly ushort[] _codes;

    internal ProductQuantizer((int Start, int Length)[] ranges, Matrix[] codebooks, Matrix b)
    {
        (_inputs, _outputs, _ranges, _centroids) = (b.Rows, b.Columns, ranges, codebooks[0].Rows);
        _stride = (_outputs + 31) / 32 * 32;
        _distances = [.. codebooks.Select(c => new ExactMatmul(c.Transpose().Values, c.Columns, c.Rows, KMeans.HalfNorms(c)))];
        _scores = new float[RowsAtOnce * _centroids];
        _codes = new ushort[RowsAtOnce * ranges.Length];
        _scales = new float[_stride];
        _offsets = new float[_stride];
        float[] tables = new float[ranges.Length * _centroids * _stride];
        for (int c = 0; c < ranges.Length; c++)
        {
            Matrix part = new(b.Values.AsSpan(ranges[c].Start * _outputs, ranges[c].Length * _outputs).ToArray(), ranges[c].Length, _outputs);
            Matrix products = Gemm.Multiply(codebooks[c], part);
            for (int k = 0; k < _centroids; k++)
            {
                products.Row(k).CopyTo(tables.AsSpan(((c * _centroids) + k) * _stride));
            }
        }

        if (_centroids == 16)
        {
            _bytes = Quantise(tables);
        }
        else
        {
            _tables = tables;
        }
    }

    public override Cost Cost => new((double)_inputs * _centroids, (double)_ranges.Length * _outputs);

    public override void Multiply(float[] destination) => Multiply(A.Values, A.Rows, destination);

    internal void Multiply(ReadOnlySpan<float> a, int count, Span<float> destination)
    {
        for (int row = 0; row < count; row += RowsAtOnce)
        {
            int rows = Math.Min(RowsAtOnce, count - row);
            Encode(a.Slice(row * _inputs, rows * _inputs), rows);
            Span<float> target = destination.Slice(row * _outputs, rows * _outputs);
            if (_bytes is not null)
            {
                AddBytes(_bytes, rows, target);
            }
            else
            {
                AddFloats(_tables!, rows, target);
            }
        }
    }

    private byte[] Quantise(float[] tables)
    {
        byte[] bytes = new byte[tables.Length];
        for (int m = 0; m < _outputs; m++)
        {
            float widest = 0;
            float[] lowest = new float[_ranges.Length];
            for (int c = 0; c < _ranges.Length; c++)
            {
                (float low, float high) = (float.PositiveInfinity, float.NegativeInfinity);
                for (int k = 0; k < _centroids; k++)
                {
                    float value = tables[(((c * _centroids) + k) * _stride) + m];
                    (low, high) = (Math.Min(low, value), Math.Max(high, value));
                }

                lowest[c] = low;
                widest = Math.Max(widest, high - low);
            }

            _scales[m] = widest / 255;
            _offsets[m] = lowest.Sum();
            for (int c = 0; c < _ranges.Length && widest > 0; c++)
            {
                for (int k = 0; k < _centroids; k++)
                {
                    int at = (((c * _centroids) + k) * _stride) + m;
                    bytes[at] = (byte)MathF.Round((tables[at] - lowest[c]) / _scales[m]);
                }
            }
        }

        return bytes;
    }

    private void Encode(ReadOnlySpan<float> a, int rows)
    {
        Span<float> scores = _scores.AsSpan(0, rows * _centroids);
        for (int c = 0; c < _ranges.Length; c++)
        {
            _distances[c].Multiply(
                new ReadOnlyTensorSpan<float>(a[_ranges[c].Start..], [rows, _ranges[c].Length], [Gemm.Stride(rows, _inputs), Gemm.Stride(_ranges[c].Length, 1)]), new TensorSpan<float>(scores, [rows, _centroids]));
            for (int row = 0; row < rows; row++)
            {
                ReadOnlySpan<float> values = scores.Slice(row * _centroids, _centroids);
                _codes[(row * _ranges.Length) + c] = (ushort)(_centroids == 16 ? IndexOfMax16(values) : TensorPrimitives.IndexOfMax(values));
            }
        }
    }

    private static int IndexOfMax16(ReadOnlySpan<float> values)
    {
        Vector512<float> all = Vector512.Create(values);
        Vector256<float> half = Vector256.Max(all.GetLower(), all.GetUpper());
        Vector128<float> quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        quarter = Vector128.Max(quarter, Vector128.Shuffle(quarter, Vector128.Create(2, 3, 0, 1)));
        quarter = Vector128.Max(quarter, Vector128.Shuffle(quarter, Vector128.Create(1, 0, 3, 2)));
        return System.Numerics.BitOperations.TrailingZeroCount(Vector512.Equals(all, Vector512.Create(quarter.ToScalar())).ExtractMostSignificantBits()) & 15;
    }

    /// <summary>32 outputs of a row at a time in 16-bit lanes: at most 257 bytes fit, and there are never more than 64 codebooks.</summary>
    private void AddBytes(byte[] tables, int rows, Span<float> destination)
    {
        int codebooks = _ranges.Length;
        Span<float> sums = stackalloc float[32];
        ref byte first = ref MemoryMarshal.GetArrayDataReference(tables);
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<ushort> codes = _codes.AsSpan(row * codebooks, codebooks);
            for (int m = 0; m < _outputs; m += 32)
            {
                Vector512<ushort> sum = default;
                for (int c = 0; c < codes.Length; c++)
                {
                    nuint at = (nuint)((((c * 16) + codes[c]) * _stride) + m);
                    (Vector256<ushort> low, Vector256<ushort> high) = Vector256.Widen(Vector256.LoadUnsafe(ref first, at));
                    sum += Vector512.Create(low, high);
                }

                (Vector512<uint> left, Vector512<uint> right) = Vector512.Widen(sum);
                Vector512<float> y0 = (Vector512.ConvertToSingle(left.AsInt32()) * Vector512.Create<float>(_scales.AsSpan(m))) + Vector512.Create<float>(_offsets.AsSpan(m));
                Vector512<float> y1 = (Vector512.ConvertToSingle(right.AsInt32()) * Vector512.Create<float>(_scales.AsSpan(m + 16))) + Vector512.Create<float>(_offsets.AsSpan(m + 16));
                Store(y0, y1, m, destination.Slice(row * _outputs, _outputs), sums);
            }
        }
    }

    private void AddFloats(float[] tables, int rows, Span<float> destination)
    {
        int codebooks = _ranges.Length;
        Span<float> sums = stackalloc float[32];
        ref float first = ref MemoryMarshal.GetArrayDataReference(tables);
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<ushort> codes = _codes.AsSpan(row * codebooks, codebooks);
            for (int m = 0; m < _outputs; m += 32)
            {
                Vector512<float> y0 = default, y1 = default;
                for (int c = 0; c < codes.Length; c++)
                {
                    nuint at = (nuint)((((c * _centroids) + codes[c]) * _stride) + m);
                    y0 += Vector512.LoadUnsafe(ref first, at);
                    y1 += Vector512.LoadUnsafe(ref first, at + 16);
                }

                Store(y0, y1, m, destination.Slice(row * _outputs, _outputs), sums);
            }
        }
    }

    private static void Store(Vector512<float> y0, Vector512<float> y1, int m, Span<float> outputs, Span<float> sums)
    {
        if (m + 32 <= outputs.Length)
        {
            y0.CopyTo(outputs[m..]);
            y1.CopyTo(outputs[(m + 16)..]);
            return;
        }

        y0.CopyTo(sums);
        y1.CopyTo(sums[16..]);
        sums[..(outputs.Length - m)].CopyTo(outputs[m..]);
    }
}
