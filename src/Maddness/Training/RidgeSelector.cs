using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>Chooses λ by the squared error on training rows held out from trees and regression alike.</summary>
internal static class RidgeSelector
{
    /// <summary>Fewer distinct rows than this say nothing about λ.</summary>
    internal const int MinRows = 10;

    /// <summary>λ where there are too few rows.</summary>
    internal const double Fallback = 1;

    /// <summary>As good as leaf means alone, which no finite λ leaves.</summary>
    internal const double Strongest = 1e12;

    /// <summary>The strengths tried.</summary>
    internal static ReadOnlySpan<double> Grid => [0.01, 0.1, 1, 10, 100, 1000];

    /// <param name="data">The training rows.</param>
    /// <param name="total">Rows to learn from in all, see <see cref="MadeRows"/>; 0 for those given alone.</param>
    /// <param name="b">B, whose outputs are judged; null to judge the rows' reconstruction.</param>
    /// <param name="outputs">M.</param>
    /// <param name="weights">Weights of the columns, or null.</param>
    /// <param name="parts">The columns of each codebook.</param>
    /// <param name="options">Options of the training.</param>
    /// <param name="scope">Threads, cancellation, progress.</param>
    [MethodImpl(Compiled.Once)]
    internal static double Choose(TrainingRows data, int total, float[]? b, int outputs, double[]? weights, int[][] parts, TrainingOptions options, TrainingScope scope)
    {
        DistinctRows distinct = DistinctRows.Of(data);
        if (distinct.Count < MinRows)
        {
            return Fallback;
        }

        int[] chosen = new SeededRandom(options.Seed).Sample(distinct.Count, distinct.Count / 5);
        (int[] heldOut, int[] kept) = distinct.Part(chosen);
        TrainingRows fit = total == 0 ? data.Select(kept) : MadeRows.Add(data.Select(distinct.Once(chosen)), total, options.Seed);
        double[] errors = Errors(fit, data.Select(heldOut), b, outputs, weights, parts, Grid, options, scope);
        double best = errors.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Min();
        return double.IsNaN(best) ? Fallback : Grid[Array.IndexOf(errors, best)];
    }

    /// <summary>The squared errors of some rows, of trees and prototypes or tables learned from others, for several λ.</summary>
    [MethodImpl(Compiled.Once)]
    internal static double[] Errors(
        TrainingRows fitRows, TrainingRows testRows, float[]? b, int outputs, double[]? weights, int[][] parts, ReadOnlySpan<double> ridges, TrainingOptions options, TrainingScope scope)
    {
        LearnedTrees trees = LearnedTrees.Learn(fitRows, parts, weights, options, scope);
        byte[][] testCodes = trees.Encode(testRows);
        ResidualSource fit = Source(fitRows, trees.Codes, trees, b, outputs);
        ResidualSource test = Source(testRows, testCodes, trees, b, outputs);
        double[] errors = new double[ridges.Length];
        for (int i = 0; i < ridges.Length; i++)
        {
            double[] corrections = new double[trees.Codebooks * trees.Leaves * fit.Columns];
            RidgeFitter.Fit(trees, fit, corrections, TreePenalty.OfLeaves(trees.Leaves, ridges[i]), scope);
            errors[i] = Error(test, testCodes, new LearnedTables(trees, corrections, new double[fit.Columns]), scope);
            scope.Report(TrainingStage.ChoosingRidgeStrength, i + 1, ridges.Length);
        }

        return errors;
    }

    private static ResidualSource Source(TrainingRows data, byte[][] codes, LearnedTrees trees, float[]? b, int outputs) =>
        b is null ? new RowResiduals(data, codes, trees) : new OutputResiduals(data, codes, trees, b, outputs);

    [MethodImpl(Compiled.Once)]
    private static double Error(ResidualSource test, byte[][] codes, LearnedTables corrections, TrainingScope scope)
    {
        double error = 0;
        int rows = codes[0].Length;
        double[] residual = new double[rows * ResidualSource.Stride];
        for (int first = 0; first < test.Columns; first += ResidualSource.Stride)
        {
            scope.Cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(ResidualSource.Stride, test.Columns - first);
            test.Fill(first, count, residual);
            for (int n = 0; n < rows; n++)
            {
                Span<double> row = residual.AsSpan(n * ResidualSource.Stride, count);
                corrections.Subtract(codes, n, first, row);
                foreach (double value in row)
                {
                    error += value * value;
                }
            }
        }

        return error;
    }
}
