using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Maddness.Comparison.Core;

namespace Maddness.Comparison.Approximate;

/// <summary>
/// Scalar quantisation: rows of A to 8 bits without sign, each with its own range, inside the clock; columns of B to 8 bits with sign, once; sums of four products of bytes by one
/// instruction (AVX-VNNI) where there is one.
/// </summary>
internal sealed class Int8 : IMethod
{
    public string Name => AvxVnni.IsSupported ? "int8, own (AVX-VNNI)" : "int8, own (no VNNI)";

    public string Key => "int8";

    public MethodKind Kind => MethodKind.Approximate;

    public string SizeName => string.Empty;

    public IEnumerable<int> Sizes(Problem problem, bool quick) => [0];

    public Product Prepare(Problem problem, int size) => new Bound(problem.B);

    private sealed unsafe class Bound : Product
    {
        // 6 rows by 16 columns: 12 sums, each of 8 columns, hide the latency of the instruction.
        private const int TileRows = 6;
        private const int TileColumns = 16;

        private readonly int _inputs;
        private readonly int _outputs;
        private readonly int _steps;
        private readonly int _tiles;
        private readonly sbyte[] _b;
        private readonly int[] _sums;
        private readonly float[] _scales;
        private readonly byte[] _a;

        internal Bound(Matrix b)
        {
            (_inputs, _outputs) = (b.Rows, b.Columns);
            _steps = (b.Rows + 3) / 4;
            _tiles = (b.Columns + TileColumns - 1) / TileColumns;
            _b = new sbyte[_tiles * _steps * TileColumns * 4];
            _sums = new int[_tiles * TileColumns];
            _scales = new float[_tiles * TileColumns];
            _a = new byte[TileRows * _steps * 4];
            Matrix columns = b.Transpose();
            for (int m = 0; m < _outputs; m++)
            {
                float largest = MathF.Abs(TensorPrimitives.MaxMagnitude<float>(columns.Row(m)));
                _scales[m] = largest / 127;
                for (int k = 0; k < _inputs && largest > 0; k++)
                {
                    sbyte value = (sbyte)MathF.Round(columns[m, k] / _scales[m]);
                    _b[(((((m / TileColumns) * _steps) + (k / 4)) * TileColumns) + (m % TileColumns)) * 4 + (k % 4)] = value;
                    _sums[m] += value;
                }
            }
        }

        public override Cost Cost => new((double)_inputs * _outputs);

        public override void Multiply(float[] destination)
        {
            Span<float> scales = stackalloc float[TileRows], zeros = stackalloc float[TileRows];
            Span<float> outputs = stackalloc float[TileColumns];
            for (int row = 0; row < A.Rows; row += TileRows)
            {
                int rows = Math.Min(TileRows, A.Rows - row);
                for (int i = 0; i < rows; i++)
                {
                    (scales[i], zeros[i]) = Quantise(A.Row(row + i), _a.AsSpan(i * _steps * 4, _steps * 4));
                }

                for (int tile = 0; tile < _tiles; tile++)
                {
                    MultiplyTile(tile, rows, scales, zeros, destination.AsSpan(row * _outputs), outputs);
                }
            }
        }

        private static (float Scale, float Zero) Quantise(ReadOnlySpan<float> row, Span<byte> bytes)
        {
            ref float source = ref MemoryMarshal.GetReference(row);
            ref byte target = ref MemoryMarshal.GetReference(bytes);
            Vector512<float> lows = default, highs = default;
            int i = 0;
            for (; i <= row.Length - 16; i += 16)
            {
                Vector512<float> values = Vector512.LoadUnsafe(ref source, (nuint)i);
                lows = Vector512.MinNative(lows, values);
                highs = Vector512.MaxNative(highs, values);
            }

            Vector256<float> low8 = Vector256.MinNative(lows.GetLower(), lows.GetUpper()), high8 = Vector256.MaxNative(highs.GetLower(), highs.GetUpper());
            Vector128<float> low4 = Vector128.MinNative(low8.GetLower(), low8.GetUpper()), high4 = Vector128.MaxNative(high8.GetLower(), high8.GetUpper());
            float low = Math.Min(Math.Min(low4[0], low4[1]), Math.Min(low4[2], low4[3])), high = Math.Max(Math.Max(high4[0], high4[1]), Math.Max(high4[2], high4[3]));
            for (int j = i; j < row.Length; j++)
            {
                (low, high) = (Math.Min(low, row[j]), Math.Max(high, row[j]));
            }

            float scale = Math.Max((high - low) / 255, 1e-30f), inverse = 1 / scale, zero = MathF.Round(-low * inverse);
            for (i = 0; i <= row.Length - 16; i += 16)
            {
                Vector512<int> rounded = Vector512.ConvertToInt32Native((Vector512.LoadUnsafe(ref source, (nuint)i) * inverse) + Vector512.Create(zero + 0.5f));
                Vector256<short> shorts = Vector256.NarrowWithSaturation(rounded.GetLower(), rounded.GetUpper());
                Vector128.NarrowWithSaturation(shorts.GetLower().AsUInt16(), shorts.GetUpper().AsUInt16()).StoreUnsafe(ref target, (nuint)i);
            }

            for (; i < row.Length; i++)
            {
                bytes[i] = (byte)Math.Clamp((row[i] * inverse) + zero + 0.5f, 0, 255);
            }

            return (scale, zero);
        }

        private void MultiplyTile(int tile, int rows, ReadOnlySpan<float> scales, ReadOnlySpan<float> zeros, Span<float> destination, Span<float> outputs)
        {
            int* sums = stackalloc int[TileRows * TileColumns];
            fixed (sbyte* b = &_b[tile * _steps * TileColumns * 4])
            fixed (byte* a = _a)
            {
                Vector256<int> s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default;
                Vector256<int> s30 = default, s31 = default, s40 = default, s41 = default, s50 = default, s51 = default;
                int* rows0 = (int*)a, rows1 = rows0 + (1 * _steps), rows2 = rows0 + (2 * _steps), rows3 = rows0 + (3 * _steps), rows4 = rows0 + (4 * _steps), rows5 = rows0 + (5 * _steps);
                sbyte* next = b;
                int steps = _steps;
                for (int step = 0; step < steps; step++)
                {
                    Vector256<sbyte> b0 = Vector256.Load(next), b1 = Vector256.Load(next + 32);
                    next += 64;
                    Vector256<byte> a0 = Vector256.Create(rows0[step]).AsByte();
                    s00 = Add(s00, a0, b0);
                    s01 = Add(s01, a0, b1);
                    Vector256<byte> a1 = Vector256.Create(rows1[step]).AsByte();
                    s10 = Add(s10, a1, b0);
                    s11 = Add(s11, a1, b1);
                    Vector256<byte> a2 = Vector256.Create(rows2[step]).AsByte();
                    s20 = Add(s20, a2, b0);
                    s21 = Add(s21, a2, b1);
                    Vector256<byte> a3 = Vector256.Create(rows3[step]).AsByte();
                    s30 = Add(s30, a3, b0);
                    s31 = Add(s31, a3, b1);
                    Vector256<byte> a4 = Vector256.Create(rows4[step]).AsByte();
                    s40 = Add(s40, a4, b0);
                    s41 = Add(s41, a4, b1);
                    Vector256<byte> a5 = Vector256.Create(rows5[step]).AsByte();
                    s50 = Add(s50, a5, b0);
                    s51 = Add(s51, a5, b1);
                }

                Vector512.Create(s00, s01).Store(sums + (0 * TileColumns));
                Vector512.Create(s10, s11).Store(sums + (1 * TileColumns));
                Vector512.Create(s20, s21).Store(sums + (2 * TileColumns));
                Vector512.Create(s30, s31).Store(sums + (3 * TileColumns));
                Vector512.Create(s40, s41).Store(sums + (4 * TileColumns));
                Vector512.Create(s50, s51).Store(sums + (5 * TileColumns));
            }

            int m = tile * TileColumns, count = Math.Min(TileColumns, _outputs - m);
            Vector512<float> columnSums = Vector512.ConvertToSingle(Vector512.Create<int>(_sums.AsSpan(m))), columnScales = Vector512.Create<float>(_scales.AsSpan(m));
            for (int i = 0; i < rows; i++)
            {
                Vector512<float> y = (Vector512.ConvertToSingle(Vector512.Load(sums + (i * TileColumns))) - (columnSums * zeros[i])) * (columnScales * scales[i]);
                Span<float> target = destination.Slice((i * _outputs) + m, count);
                if (count == TileColumns)
                {
                    y.CopyTo(target);
                    continue;
                }

                y.CopyTo(outputs);
                outputs[..count].CopyTo(target);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<int> Add(Vector256<int> sum, Vector256<byte> a, Vector256<sbyte> b)
        {
            if (AvxVnni.IsSupported)
            {
                return AvxVnni.MultiplyWideningAndAdd(sum, a, b);
            }

            // Sums of two products of a byte and a signed byte can pass 16 bits: even and odd bytes are multiplied apart.
            Vector256<int> even = (a.AsInt32() & Vector256.Create(0x00FF00FF)), odd = Vector256.ShiftRightLogical(a.AsInt16(), 8).AsInt32();
            Vector256<short> evenB = Vector256.ShiftRightArithmetic(Vector256.ShiftLeft(b.AsInt16(), 8), 8), oddB = Vector256.ShiftRightArithmetic(b.AsInt16(), 8);
            return sum + PairSums(even.AsInt16(), evenB) + PairSums(odd.AsInt16(), oddB);
        }

        private static Vector256<int> PairSums(Vector256<short> a, Vector256<short> b)
        {
            if (Avx2.IsSupported)
            {
                return Avx2.MultiplyAddAdjacent(a, b);
            }

            // Each 32-bit lane holds two products: of its low and of its high half.
            Vector256<int> low = Vector256.ShiftRightArithmetic(Vector256.ShiftLeft(a.AsInt32(), 16), 16) * Vector256.ShiftRightArithmetic(Vector256.ShiftLeft(b.AsInt32(), 16), 16);
            return low + (Vector256.ShiftRightArithmetic(a.AsInt32(), 16) * Vector256.ShiftRightArithmetic(b.AsInt32(), 16));
        }
    }
}
