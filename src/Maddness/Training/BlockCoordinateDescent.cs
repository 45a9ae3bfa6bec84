using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Maddness.Training;

/// <summary>
/// Solves (GᵀG + λI)·X = Gᵀ·R without the matrix: codebook after codebook, each leaf takes what minimises the remaining squared error plus λ‖X‖², which for one
/// codebook is its bucket's sum divided by its rows plus λ. Memory is that of the codes and one chunk of residuals, whatever K·C.
/// </summary>
internal static class BlockCoordinateDescent
{
    /// <summary>A column has converged when a sweep changes it by less than this part of its length.</summary>
    internal const double Tolerance = 1e-5;

    /// <summary>Sweeps at most; the error falls with every one.</summary>
    internal const int MaxSweeps = 100;

    /// <param name="trees">Codes and counts of the training rows.</param>
    /// <param name="ridge">λ.</param>
    /// <param name="residual">R, overwritten by R − G·X.</param>
    /// <param name="solution">Receives X, [c·K + k] with <see cref="ResidualSource.Stride"/> values each.</param>
    /// <param name="tolerance">See <see cref="Tolerance"/>.</param>
    /// <param name="maxSweeps">See <see cref="MaxSweeps"/>.</param>
    /// <param name="cancellation">Looked at between codebooks.</param>
    /// <returns>Sweeps done.</returns>
    internal static int Solve(
        LearnedTrees trees, double ridge, double[] residual, double[] solution, double tolerance, int maxSweeps, CancellationToken cancellation)
    {
        Array.Clear(solution);
        int size = trees.Leaves * ResidualSource.Stride;
        double[] sums = new double[size];
        double[] step = new double[size];
        byte[] previous = trees.Trees[0].Codes;
        for (int sweep = 1; sweep <= maxSweeps; sweep++)
        {
            double[] changes = new double[ResidualSource.Stride];
            for (int c = 0; c < trees.Codebooks; c++)
            {
                cancellation.ThrowIfCancellationRequested();
                Array.Clear(sums);
                SubtractAndSum(residual, previous, step, trees.Trees[c].Codes, sums);
                Step(trees.Counts.AsSpan(c * trees.Leaves, trees.Leaves), ridge, sums, solution.AsSpan(c * size, size), step, changes);
                previous = trees.Trees[c].Codes;
            }

            if (HasConverged(changes, solution, tolerance))
            {
                return sweep;
            }
        }

        return maxSweeps;
    }

    /// <summary>One pass over the rows ends the step of the codebook before and begins that of the next.</summary>
    private static void SubtractAndSum(double[] residual, byte[] previous, double[] step, byte[] codes, double[] sums)
    {
        ref double own = ref MemoryMarshal.GetArrayDataReference(residual);
        ref double firstStep = ref MemoryMarshal.GetArrayDataReference(step);
        ref double firstSum = ref MemoryMarshal.GetArrayDataReference(sums);
        for (int n = 0; n < codes.Length; n++)
        {
            ref double change = ref Unsafe.Add(ref firstStep, previous[n] * ResidualSource.Stride);
            ref double sum = ref Unsafe.Add(ref firstSum, codes[n] * ResidualSource.Stride);
            for (nuint j = 0; j < ResidualSource.Stride; j += RangeBlock.Lanes)
            {
                Vector512<double> x = Vector512.LoadUnsafe(ref own, j) - Vector512.LoadUnsafe(ref change, j);
                x.StoreUnsafe(ref own, j);
                (Vector512.LoadUnsafe(ref sum, j) + x).StoreUnsafe(ref sum, j);
            }

            own = ref Unsafe.Add(ref own, ResidualSource.Stride);
        }
    }

    private static void Step(ReadOnlySpan<int> counts, double ridge, double[] sums, Span<double> solution, double[] step, double[] changes)
    {
        for (int k = 0; k < counts.Length; k++)
        {
            for (int j = 0; j < ResidualSource.Stride; j++)
            {
                int i = (k * ResidualSource.Stride) + j;
                double change = (sums[i] - (ridge * solution[i])) / (counts[k] + ridge);
                step[i] = change;
                solution[i] += change;
                changes[j] += change * change;
            }
        }
    }

    private static bool HasConverged(double[] changes, double[] solution, double tolerance)
    {
        double[] lengths = new double[ResidualSource.Stride];
        for (int i = 0; i < solution.Length; i++)
        {
            lengths[i % ResidualSource.Stride] += solution[i] * solution[i];
        }

        for (int j = 0; j < lengths.Length; j++)
        {
            if (changes[j] > tolerance * tolerance * lengths[j])
            {
                return false;
            }
        }

        return true;
    }
}
