using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>Of every bucket of a level: its rows, the sum of their block values, and their squared length.</summary>
internal sealed class BucketStatistics
{
    private readonly RangeBlock _block;
    private readonly int[] _rows;
    private readonly AlignedBuffer<double> _sums;
    private readonly double[] _squares;
    private readonly double[] _columnSquares;

    [MethodImpl(Compiled.Once)]
    internal BucketStatistics(RangeBlock block, int maxBuckets)
    {
        _block = block;
        _rows = new int[maxBuckets];
        _sums = new AlignedBuffer<double>(maxBuckets * block.Stride);
        _squares = new double[maxBuckets];
        _columnSquares = new double[block.Stride];
        ref float values = ref MemoryMarshal.GetReference(block.Values);
        ref double squares = ref MemoryMarshal.GetArrayDataReference(_columnSquares);
        for (int n = 0; n < block.Rows; n++)
        {
            for (nuint j = 0; j < (nuint)block.Stride; j += RangeBlock.Lanes)
            {
                Vector512<double> x = RangeBlock.Load(ref values, j);
                (Vector512.LoadUnsafe(ref squares, j) + (x * x)).StoreUnsafe(ref squares, j);
            }

            values = ref Unsafe.Add(ref values, block.Stride);
        }
    }

    internal int Rows(int bucket) => _rows[bucket];

    /// <summary>Σ x over the rows of the bucket, padded to whole vectors.</summary>
    internal ReadOnlySpan<double> Sum(int bucket) => _sums.Span.Slice(bucket * _block.Stride, _block.Stride);

    /// <summary>The squared error of the bucket around its mean.</summary>
    [MethodImpl(Compiled.Once)]
    internal double Loss(int bucket)
    {
        if (_rows[bucket] == 0)
        {
            return 0;
        }

        double square = 0;
        foreach (double s in Sum(bucket))
        {
            square += s * s;
        }

        return _squares[bucket] - (square / _rows[bucket]);
    }

    /// <summary>Σ ‖x‖² over the rows of the bucket.</summary>
    internal double Squares(int bucket) => _squares[bucket];

    /// <summary>The squared error of one column around the means of all buckets.</summary>
    [MethodImpl(Compiled.Once)]
    internal double ColumnLoss(int column, int buckets)
    {
        double explained = 0;
        ReadOnlySpan<double> sums = _sums.Span;
        for (int b = 0; b < buckets; b++)
        {
            double sum = sums[(b * _block.Stride) + column];
            explained += _rows[b] > 0 ? sum * sum / _rows[b] : 0;
        }

        return _columnSquares[column] - explained;
    }

    /// <summary>Counts anew for the buckets that the rows' codes name.</summary>
    [MethodImpl(Compiled.Once)]
    internal void Update(ReadOnlySpan<byte> codes, int buckets)
    {
        Array.Clear(_rows);
        _sums.Span.Clear();
        Array.Clear(_squares);
        int stride = _block.Stride;
        ref float values = ref MemoryMarshal.GetReference(_block.Values);
        ref double sums = ref MemoryMarshal.GetReference(_sums.Span);
        for (int n = 0; n < codes.Length; n++)
        {
            int bucket = codes[n];
            ref double sum = ref Unsafe.Add(ref sums, bucket * stride);
            Vector512<double> square = Vector512<double>.Zero;
            for (int j = 0; j < stride; j += RangeBlock.Lanes)
            {
                Vector512<double> x = RangeBlock.Load(ref values, (nuint)(((long)n * stride) + j));
                (Vector512.LoadUnsafe(ref sum, (nuint)j) + x).StoreUnsafe(ref sum, (nuint)j);
                square += x * x;
            }

            _rows[bucket]++;
            _squares[bucket] += VectorSums.Sum(square);
        }
    }
}
