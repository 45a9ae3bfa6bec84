using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// Refines tables whose outputs are the logits of a classifier, so that the arg-max follows the exact one: descent on the cross-entropy between the soft-max of the exact
/// logits and that of the approximate ones. The curvature of a cross-entropy is at most half that of the squared error, so twice the step of the ridge regression,
/// (GᵀG + λI)⁻¹·Gᵀ·(p − q), never overshoots; with momentum a dozen steps are enough.
/// </summary>
internal sealed class ClassifierTables
{
    private const int Lanes = SoftMax.Lanes;

    /// <summary>λ.</summary>
    private const double Ridge = 10;

    private readonly ExactSoftMaxes _exact;
    private readonly byte[][] _codes;
    private readonly LearnedTrees _trees;
    private readonly int _leaves;
    private readonly int _stride;
    private readonly int _order;
    private readonly TrainingScope _scope;

    /// <param name="exact">What the tables follow.</param>
    /// <param name="trees">The trees.</param>
    /// <param name="scope">Threads, cancellation, progress.</param>
    internal ClassifierTables(ExactSoftMaxes exact, LearnedTrees trees, TrainingScope scope)
    {
        _exact = exact;
        _codes = exact.CodesOf(trees);
        _trees = exact.IsSample ? LearnedTrees.Of([.. trees.Trees.Select((t, c) => t with { Codes = _codes[c] })], trees.Leaves) : trees;
        _leaves = trees.Leaves;
        _stride = exact.Stride;
        _order = _codes.Length * _leaves;
        _scope = scope;
    }

    /// <param name="tables">Row-major [c·K + k][m]; overwritten.</param>
    /// <param name="steps">Steps of the descent.</param>
    /// <param name="judge">Is told after each step, and before the first one, how many were taken, and the tables then, whose rows are padded; null for nobody.</param>
    [MethodImpl(Compiled.Once)]
    internal void Refine(float[] tables, int steps, Action<int, double[]>? judge = null)
    {
        CholeskySolver? solver = steps > 0 && _order <= RidgeFitter.MaxFactorOrder
            ? CholeskySolver.Factor(GramMatrix.Build(_trees, TreePenalty.OfLeaves(_leaves, Ridge), _scope), _scope)
            : null;
        double[] current = Padded(tables);
        double[] previous = [.. current];
        double[] ahead = new double[current.Length];
        judge?.Invoke(0, current);
        for (int step = 0; step < steps; step++)
        {
            _scope.Cancellation.ThrowIfCancellationRequested();
            double momentum = step / (step + 3.0);
            for (int i = 0; i < ahead.Length; i++)
            {
                ahead[i] = current[i] + (momentum * (current[i] - previous[i]));
            }

            double[] direction = Gradient(ahead);
            Precondition(solver, direction);
            (previous, current) = (current, previous);
            for (int i = 0; i < current.Length; i++)
            {
                current[i] = ahead[i] + (2 * direction[i]);
            }

            judge?.Invoke(step + 1, current);
        }

        int outputs = _exact.Outputs;
        for (int r = 0; r < _order; r++)
        {
            for (int m = 0; m < outputs; m++)
            {
                tables[(r * outputs) + m] = (float)current[(r * _stride) + m];
            }
        }
    }

    /// <summary>Rows in which the largest outputs are different ones, the first of equals.</summary>
    [MethodImpl(Compiled.Once)]
    internal int Disagreements(float[] tables)
    {
        double[] padded = Padded(tables);
        double[] row = new double[_stride];
        int disagreements = 0;
        for (int n = 0; n < _exact.Rows; n++)
        {
            Predict(n, padded, row);
            disagreements += Largest(_exact.Row(n)) == Largest(row.AsSpan(0, _exact.Outputs)) ? 0 : 1;
        }

        return disagreements;
    }

    /// <summary>What padded tables leave of the exact soft-maxes, squared and summed.</summary>
    [MethodImpl(Compiled.Once)]
    internal double SquaredError(double[] tables)
    {
        double[] row = new double[_stride];
        double error = 0;
        for (int n = 0; n < _exact.Rows; n++)
        {
            Predict(n, tables, row);
            ReadOnlySpan<double> exact = _exact.Row(n);
            for (int m = 0; m < exact.Length; m++)
            {
                double left = exact[m] - row[m];
                error += left * left;
            }
        }

        return error;
    }

    [MethodImpl(Compiled.Once)]
    private static int Largest(ReadOnlySpan<double> row)
    {
        int largest = 0;
        for (int m = 1; m < row.Length; m++)
        {
            largest = row[m] > row[largest] ? m : largest;
        }

        return largest;
    }

    /// <summary>Tables of doubles, whose rows are padded with zeros.</summary>
    [MethodImpl(Compiled.Once)]
    private double[] Padded(float[] tables)
    {
        int outputs = _exact.Outputs;
        double[] padded = new double[checked(_order * _stride)];
        for (int r = 0; r < _order; r++)
        {
            for (int m = 0; m < outputs; m++)
            {
                padded[(r * _stride) + m] = tables[(r * outputs) + m];
            }
        }

        return padded;
    }

    /// <summary>The soft-max q of a row.</summary>
    [MethodImpl(Compiled.Once)]
    private void Predict(int n, double[] tables, double[] row)
    {
        ref double bias = ref MemoryMarshal.GetArrayDataReference(_exact.Bias);
        ref double table = ref MemoryMarshal.GetArrayDataReference(tables);
        ref double own = ref MemoryMarshal.GetArrayDataReference(row);
        int size = _leaves * _stride;
        for (int m = 0; m < _stride; m += Lanes)
        {
            Vector512<double> logits = Vector512.LoadUnsafe(ref bias, (nuint)m);
            for (int c = 0; c < _codes.Length; c++)
            {
                logits += Vector512.LoadUnsafe(ref table, (nuint)((c * size) + (_codes[c][n] * _stride) + m));
            }

            logits.StoreUnsafe(ref own, (nuint)m);
        }

        SoftMax.Replace(row);
    }

    /// <summary>Gᵀ·(p − q).</summary>
    [MethodImpl(Compiled.Once)]
    private double[] Gradient(double[] tables)
    {
        double[] sums = new double[tables.Length];
        double[] row = new double[_stride];
        ref double sum = ref MemoryMarshal.GetArrayDataReference(sums);
        ref double own = ref MemoryMarshal.GetArrayDataReference(row);
        ref double exact = ref MemoryMarshal.GetArrayDataReference(_exact.Values);
        int size = _leaves * _stride;
        for (int n = 0; n < _exact.Rows; n++)
        {
            Predict(n, tables, row);
            for (int m = 0; m < _stride; m += Lanes)
            {
                Vector512<double> difference = Vector512.LoadUnsafe(ref exact, (nuint)((n * _stride) + m)) - Vector512.LoadUnsafe(ref own, (nuint)m);
                for (int c = 0; c < _codes.Length; c++)
                {
                    ref double place = ref Unsafe.Add(ref sum, (c * size) + (_codes[c][n] * _stride) + m);
                    (Vector512.LoadUnsafe(ref place) + difference).StoreUnsafe(ref place);
                }
            }
        }

        return sums;
    }

    [MethodImpl(Compiled.Once)]
    private void Precondition(CholeskySolver? solver, double[] direction)
    {
        if (solver is null)
        {
            // GᵀG is at most C times its diagonal.
            for (int r = 0; r < _order; r++)
            {
                double factor = 1 / ((_codes.Length * (double)_trees.Counts[r]) + Ridge);
                for (int m = 0; m < _stride; m++)
                {
                    direction[(r * _stride) + m] *= factor;
                }
            }

            return;
        }

        double[] sides = new double[_order * ResidualSource.Stride];
        for (int first = 0; first < _stride; first += ResidualSource.Stride)
        {
            int count = Math.Min(ResidualSource.Stride, _stride - first);
            Array.Clear(sides);
            for (int r = 0; r < _order; r++)
            {
                direction.AsSpan((r * _stride) + first, count).CopyTo(sides.AsSpan(r * ResidualSource.Stride));
            }

            solver.Solve(sides);
            for (int r = 0; r < _order; r++)
            {
                sides.AsSpan(r * ResidualSource.Stride, count).CopyTo(direction.AsSpan((r * _stride) + first));
            }
        }
    }
}
