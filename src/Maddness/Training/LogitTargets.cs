using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// The exact logits of a classifier's training rows, as trees for its arg-max are fitted to them: their soft-maxes as targets, which tell rows apart that the arg-max tells apart; and the gradient of the cross-entropy
/// between the exact soft-max and that of the sums of tables.
/// </summary>
internal sealed class LogitTargets
{
    private const int Lanes = OutputTargets.Lanes;

    private readonly float[] _exact;
    private readonly int _outputs;
    private readonly double[] _offsets = new double[Lanes];
    private readonly double _unit;

    /// <param name="exact">The logits, bias included: row-major.</param>
    /// <param name="outputs">How many a row has.</param>
    /// <param name="logits">What centred rows add to them, scaled, or its leading components.</param>
    /// <param name="scale">By which power of two, not 0.</param>
    /// <param name="means">The logits of the mean row, bias included.</param>
    internal LogitTargets(float[] exact, int outputs, OutputTargets logits, float scale, ReadOnlySpan<double> means)
    {
        _exact = exact;
        _outputs = outputs;
        Logits = logits;
        _unit = 1 / (double)scale;

        // Padding has no part in any soft-max.
        _offsets.AsSpan().Fill(double.NegativeInfinity);
        means[..Math.Min(outputs, Lanes)].CopyTo(_offsets);
    }

    /// <summary>What centred rows add to the logits, scaled, or its leading components.</summary>
    internal OutputTargets Logits { get; }

    /// <summary>Whether the targets are the logits themselves, so that <see cref="NegativeGradient"/> can be told.</summary>
    internal bool AreWhole => _outputs == Logits.Components && _outputs < Lanes;

    /// <summary>Whether so many can be had.</summary>
    internal static bool Fits(int rows, int outputs) => rows <= MaxRows(outputs);

    /// <summary>How many rows fit.</summary>
    internal static int MaxRows(int outputs) => ExactSoftMaxes.MaxProbabilities / outputs;

    /// <summary>B with rows of mean 0: a shift that all logits of a row share changes no soft-max, so trees need not follow it.</summary>
    [MethodImpl(Compiled.Once)]
    internal static float[] Centre(float[] b, int outputs)
    {
        float[] centred = new float[b.Length];
        for (int start = 0; start < b.Length; start += outputs)
        {
            double sum = 0;
            foreach (float value in b.AsSpan(start, outputs))
            {
                sum += value;
            }

            for (int m = 0; m < outputs; m++)
            {
                centred[start + m] = (float)(b[start + m] - (sum / outputs));
            }
        }

        return centred;
    }

    /// <summary>The soft-maxes of the logits divided by a temperature, centred, or their leading components.</summary>
    [MethodImpl(Compiled.Once)]
    internal OutputTargets SoftMaxes(double temperature, TrainingScope scope)
    {
        int rows = Logits.Rows;
        float[] values = new float[_exact.Length];
        double[] row = new double[(_outputs + SoftMax.Lanes - 1) / SoftMax.Lanes * SoftMax.Lanes];
        double[] sums = new double[_outputs];
        for (int n = 0; n < rows; n++)
        {
            row.AsSpan().Fill(double.NegativeInfinity);
            for (int m = 0; m < _outputs; m++)
            {
                row[m] = _exact[(n * _outputs) + m] / temperature;
            }

            SoftMax.Replace(row);
            for (int m = 0; m < _outputs; m++)
            {
                values[(n * _outputs) + m] = (float)row[m];
                sums[m] += row[m];
            }
        }

        for (int i = 0; i < values.Length; i++)
        {
            values[i] -= (float)(sums[i % _outputs] / rows);
        }

        return OutputComponents.TargetsOf(values, _outputs, scope);
    }

    /// <summary>The gradient of the cross-entropy, downwards: the exact soft-max less that of the approximate logits.</summary>
    /// <param name="exact">A row's logits, centred and scaled.</param>
    /// <param name="residual">What the approximate ones lack of them.</param>
    /// <returns>0 in the place of the count and of padding.</returns>
    [MethodImpl(Compiled.Once)]
    internal Vector512<float> NegativeGradient(Vector512<float> exact, Vector512<float> residual)
    {
        Span<double> p = stackalloc double[Lanes], q = stackalloc double[Lanes];
        Fill(p, exact);
        Fill(q, exact - residual);
        ref double first = ref MemoryMarshal.GetReference(p);
        ref double second = ref MemoryMarshal.GetReference(q);
        return Vector512.Narrow(
            Vector512.LoadUnsafe(ref first) - Vector512.LoadUnsafe(ref second),
            Vector512.LoadUnsafe(ref first, SoftMax.Lanes) - Vector512.LoadUnsafe(ref second, SoftMax.Lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Fill(Span<double> row, Vector512<float> logits)
    {
        ref double offsets = ref MemoryMarshal.GetArrayDataReference(_offsets);
        ref double first = ref MemoryMarshal.GetReference(row);
        (Vector512<double> low, Vector512<double> high) = Vector512.Widen(logits);
        Vector512<double> unit = Vector512.Create(_unit);
        ((low * unit) + Vector512.LoadUnsafe(ref offsets)).StoreUnsafe(ref first);
        ((high * unit) + Vector512.LoadUnsafe(ref offsets, SoftMax.Lanes)).StoreUnsafe(ref first, SoftMax.Lanes);
        SoftMax.Replace(row);
    }
}
