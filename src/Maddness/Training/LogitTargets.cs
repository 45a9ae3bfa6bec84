using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Maddness.Training;

/// <summary>
/// The exact logits of a classifier's training rows, as trees for its arg-max are fitted to them: their soft-maxes as targets, which tell rows apart that the arg-max tells apart; and the gradient of the cross-entropy
/// between the exact soft-max and that of the sums of tables (ALGORITHM §3).
/// </summary>
internal sealed class LogitTargets
{
    private const int Lanes = OutputTargets.Lanes;

    private readonly double[] _offsets = new double[Lanes];
    private readonly double _unit;

    /// <param name="logits">What centred rows add to the logits, scaled; one vector.</param>
    /// <param name="scale">By which power of two, not 0.</param>
    /// <param name="means">The logits of the mean row, without bias.</param>
    /// <param name="bias">One per logit, or null.</param>
    internal LogitTargets(OutputTargets logits, float scale, ReadOnlySpan<double> means, float[]? bias)
    {
        Logits = logits;
        _unit = 1 / (double)scale;

        // Padding has no part in any soft-max.
        _offsets.AsSpan().Fill(double.NegativeInfinity);
        for (int m = 0; m < logits.Components; m++)
        {
            _offsets[m] = means[m] + (bias is null ? 0 : bias[m]);
        }
    }

    /// <summary>What centred rows add to the logits, scaled.</summary>
    internal OutputTargets Logits { get; }

    /// <summary>The soft-maxes of the logits divided by a temperature, centred.</summary>
    internal OutputTargets SoftMaxes(double temperature)
    {
        OutputTargets targets = new(Logits.Rows, Logits.Components);
        Span<double> row = stackalloc double[Lanes];
        double[] sums = new double[Logits.Components];
        for (int n = 0; n < targets.Rows; n++)
        {
            Span<float> target = targets.Values.AsSpan(n * Lanes, sums.Length);
            Fill(row, Vector512.LoadUnsafe(ref Logits.Values[n * Lanes]), temperature);
            for (int m = 0; m < sums.Length; m++)
            {
                target[m] = (float)row[m];
                sums[m] += target[m];
            }
        }

        for (int n = 0; n < targets.Rows; n++)
        {
            Span<float> target = targets.Values.AsSpan(n * Lanes, sums.Length);
            for (int m = 0; m < sums.Length; m++)
            {
                target[m] -= (float)(sums[m] / targets.Rows);
            }
        }

        return targets;
    }

    /// <summary>Down the gradient of the cross-entropy: the exact soft-max less that of the approximate logits.</summary>
    /// <param name="exact">A row's logits, centred and scaled.</param>
    /// <param name="residual">What the approximate ones lack of them.</param>
    /// <returns>0 in the place of the count and of padding.</returns>
    internal Vector512<float> Descent(Vector512<float> exact, Vector512<float> residual)
    {
        Span<double> p = stackalloc double[Lanes], q = stackalloc double[Lanes];
        Fill(p, exact, 1);
        Fill(q, exact - residual, 1);
        ref double first = ref MemoryMarshal.GetReference(p);
        ref double second = ref MemoryMarshal.GetReference(q);
        return Vector512.Narrow(
            Vector512.LoadUnsafe(ref first) - Vector512.LoadUnsafe(ref second),
            Vector512.LoadUnsafe(ref first, SoftMax.Lanes) - Vector512.LoadUnsafe(ref second, SoftMax.Lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Fill(Span<double> row, Vector512<float> logits, double temperature)
    {
        ref double offsets = ref MemoryMarshal.GetArrayDataReference(_offsets);
        ref double first = ref MemoryMarshal.GetReference(row);
        (Vector512<double> low, Vector512<double> high) = Vector512.Widen(logits);
        Vector512<double> unit = Vector512.Create(_unit), divisor = Vector512.Create(temperature);
        (((low * unit) + Vector512.LoadUnsafe(ref offsets)) / divisor).StoreUnsafe(ref first);
        (((high * unit) + Vector512.LoadUnsafe(ref offsets, SoftMax.Lanes)) / divisor).StoreUnsafe(ref first, SoftMax.Lanes);
        SoftMax.Replace(row);
    }
}
