using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>Compares an approximate product with the exact one, a block of rows at a time, in double precision.</summary>
internal sealed class Evaluation
{
    private const int MaxBlockRows = 64;

    /// <summary>Outputs held at once, however wide a row is.</summary>
    private const int BlockOutputs = 1 << 22;

    private readonly Approximation _withoutBias;
    private readonly float[]? _bias;
    private readonly int _outputs;
    private readonly DoubleProduct _exact;

    // Per output: the first row's exact value, about which sums are taken, so that a large mean does not cancel digits.
    private readonly double[] _origin;
    private readonly double[] _sum;
    private readonly double[] _sumOfSquares;
    private readonly double[] _squaredError;

    private double _maxError = -1;
    private int _maxRow;
    private int _maxOutput;
    private double _cosines;
    private int _withoutDirection;
    private int _agreements;
    private int _rows;
    private int _labels;
    private int _exactHits;
    private int _approximateHits;

    internal Evaluation(Approximation approximation, MatrixView<float> b)
    {
        LookupTables tables = approximation.Tables.Tables;
        LookupTables withoutBias = new(tables.Codebooks, tables.Leaves, tables.Outputs, tables.Entries, tables.Scales, tables.Offsets, null, tables.FoursFit);
        _withoutBias = approximation with { Tables = new(withoutBias) };
        _bias = tables.Bias;
        _outputs = tables.Outputs;
        _exact = new DoubleProduct(in b, nameof(b));
        _origin = new double[_outputs];
        _sum = new double[_outputs];
        _sumOfSquares = new double[_outputs];
        _squaredError = new double[_outputs];
    }

    /// <summary>Rows measured on so far.</summary>
    internal int Rows => _rows;

    /// <summary>Measures on some more rows, whose classes are known or not at all.</summary>
    [MethodImpl(Compiled.Once)]
    internal void Add<T>(MatrixView<T> a, ReadOnlySpan<int> labels, CancellationToken cancellation)
        where T : unmanaged
    {
        int blockRows = Math.Clamp(BlockOutputs / _outputs, 1, Math.Clamp(a.Rows, 1, MaxBlockRows));
        float[] approximate = new float[blockRows * _outputs];
        double[] exact = new double[_outputs];
        int rows;
        for (int start = 0; start < a.Rows; start += rows)
        {
            cancellation.ThrowIfCancellationRequested();
            rows = Math.Min(blockRows, a.Rows - start);
            Span<float> block = approximate.AsSpan(0, rows * _outputs);
            Drivers.Multiply(_withoutBias, Activation.None, a.SliceRows(start, rows), MatrixView<float>.Of(block, rows, _outputs, nameof(approximate)), 1);
            for (int row = 0; row < rows; row++)
            {
                _exact.Row(in a, start + row, exact);
                Add(exact, block.Slice(row * _outputs, _outputs), labels.IsEmpty ? null : labels[start + row]);
            }
        }
    }

    [MethodImpl(Compiled.Once)]
    internal ApproximationReport Report()
    {
        int rows = _rows;
        // Means are measured from the first exact value, so that equal outputs have exactly the mean 0 and no variation.
        double squaredError = 0, grandMean = 0;
        for (int output = 0; output < _outputs; output++)
        {
            squaredError += _squaredError[output];
            grandMean += (_origin[output] - _origin[0] + (_sum[output] / rows)) / _outputs;
        }

        double variation = 0;
        double[] outputErrors = new double[_outputs];
        for (int output = 0; output < _outputs; output++)
        {
            // About the column's own mean, then about the mean of all.
            double own = Math.Max(0, _sumOfSquares[output] - (_sum[output] * _sum[output] / rows));
            double mean = _sum[output] / rows, distance = _origin[output] - _origin[0] + mean - grandMean;
            outputErrors[output] = Constants.Vary(Math.Sqrt(own / rows), _origin[output] + mean) ? _squaredError[output] / own : double.NaN;
            variation += own + (rows * distance * distance);
        }

        return new ApproximationReport
        {
            Rows = rows,
            Outputs = _outputs,
            NormalizedMeanSquaredError = variation > 0 ? squaredError / variation : double.NaN,
            RootMeanSquaredError = Math.Sqrt(squaredError / ((double)rows * _outputs)),
            MaxAbsoluteError = _maxError,
            MaxAbsoluteErrorRow = _maxRow,
            MaxAbsoluteErrorOutput = _maxOutput,
            MeanCosineSimilarity = _withoutDirection < rows ? _cosines / (rows - _withoutDirection) : double.NaN,
            RowsWithoutDirection = _withoutDirection,
            ArgMaxAgreement = (double)_agreements / rows,
            Top1Exact = _labels > 0 ? (double)_exactHits / _labels : null,
            Top1Approximate = _labels > 0 ? (double)_approximateHits / _labels : null,
            OutputErrors = Array.AsReadOnly(outputErrors),
        };
    }

    [MethodImpl(Compiled.Once)]
    private void Add(ReadOnlySpan<double> exact, ReadOnlySpan<float> approximate, int? label)
    {
        int row = _rows++;
        if (row == 0)
        {
            exact.CopyTo(_origin);
        }

        double product = 0, exactNorm = 0, approximateNorm = 0;
        int exactBest = 0, approximateBest = 0;
        double exactLargest = double.NegativeInfinity;
        float approximateLargest = float.NegativeInfinity;
        for (int output = 0; output < exact.Length; output++)
        {
            double y = exact[output];
            double estimate = approximate[output];
            double error = Math.Abs(estimate - y);
            double centred = y - _origin[output];
            _sum[output] += centred;
            _sumOfSquares[output] += centred * centred;
            _squaredError[output] += error * error;
            product += y * estimate;
            exactNorm += y * y;
            approximateNorm += estimate * estimate;
            if (error > _maxError)
            {
                (_maxError, _maxRow, _maxOutput) = (error, row, output);
            }

            // As the kernels do: the bias is one float addition, and none where there is no bias.
            double biased = _bias is null ? y : y + _bias[output];
            float biasedEstimate = _bias is null ? approximate[output] : approximate[output] + _bias[output];
            if (biased > exactLargest)
            {
                (exactLargest, exactBest) = (biased, output);
            }

            if (biasedEstimate > approximateLargest)
            {
                (approximateLargest, approximateBest) = (biasedEstimate, output);
            }
        }

        if (exactNorm > 0 && approximateNorm > 0)
        {
            _cosines += product / Math.Sqrt(exactNorm) / Math.Sqrt(approximateNorm);
        }
        else
        {
            _withoutDirection++;
        }

        _agreements += exactBest == approximateBest ? 1 : 0;
        if (label is int correct)
        {
            _labels++;
            _exactHits += exactBest == correct ? 1 : 0;
            _approximateHits += approximateBest == correct ? 1 : 0;
        }
    }
}
