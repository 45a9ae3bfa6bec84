using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Maddness.Training;

/// <summary>
/// Refines tables whose outputs are the logits of a classifier, so that the arg-max follows the exact one (ALGORITHM §3): descent on the cross-entropy between the soft-max of the exact
/// logits and that of the approximate ones. The curvature of a cross-entropy is at most half that of the squared error, so twice the step of the ridge regression,
/// (GᵀG + λI)⁻¹·Gᵀ·(p − q), never overshoots; with momentum a dozen steps are enough.
/// </summary>
internal sealed class ClassifierTables
{
    /// <summary>Probabilities at most, so that memory stays bounded; of more rows, evenly spaced ones are used.</summary>
    internal const int MaxProbabilities = 1 << 25;

    private const int Lanes = SoftMax.Lanes;

    private readonly byte[][] _codes;
    private readonly double[] _exact;
    private readonly int _leaves;
    private readonly int _outputs;
    private readonly int _stride;
    private readonly int _rows;
    private readonly double _ridge;
    private readonly LearnedTrees _trees;
    private readonly TrainingScope _scope;

    private ClassifierTables(TrainingRows data, LearnedTrees trees, float[] b, int outputs, float[]? bias, double ridge, TrainingScope scope)
    {
        int step = (int)Math.Max(1, ((long)data.Rows * outputs / MaxProbabilities) + 1);
        int[] rows = [.. Enumerable.Range(0, (data.Rows + step - 1) / step).Select(i => i * step)];
        TrainingRows sample = step == 1 ? data : data.Select(rows);
        _codes = [.. trees.Codes.Select(codes => step == 1 ? codes : [.. rows.Select(n => codes[n])])];
        _trees = step == 1 ? trees : LearnedTrees.Of([.. trees.Trees.Select((t, c) => t with { Codes = _codes[c] })], trees.Leaves);
        _rows = sample.Rows;
        _leaves = trees.Leaves;
        _outputs = outputs;
        _stride = (outputs + Lanes - 1) / Lanes * Lanes;
        _ridge = ridge;
        _scope = scope;
        _exact = new double[checked(_rows * _stride)];
        float[] product = new float[checked(_rows * outputs)];
        ExactMatmul.Multiply(sample.Values, _rows, sample.Columns, b, outputs, product);
        for (int n = 0; n < _rows; n++)
        {
            Span<double> row = _exact.AsSpan(n * _stride, _stride);
            row.Fill(double.NegativeInfinity);
            for (int m = 0; m < outputs; m++)
            {
                row[m] = product[(n * outputs) + m] + (bias is null ? 0.0 : bias[m]);
            }

            SoftMax.Replace(row);
        }
    }

    /// <param name="data">The training rows.</param>
    /// <param name="trees">The trees.</param>
    /// <param name="b">D × M, row-major.</param>
    /// <param name="outputs">M.</param>
    /// <param name="bias">One per output, or null.</param>
    /// <param name="tables">Row-major [c·K + k][m]; overwritten.</param>
    /// <param name="ridge">λ.</param>
    /// <param name="steps">Steps of the descent.</param>
    /// <param name="scope">Threads, cancellation, progress.</param>
    /// <returns>In how many training rows, of a sample where there are many, the arg-max then is not the exact one.</returns>
    internal static int Refine(
        TrainingRows data, LearnedTrees trees, float[] b, int outputs, float[]? bias, float[] tables, double ridge, int steps, TrainingScope scope) =>
        new ClassifierTables(data, trees, b, outputs, bias, ridge, scope).Refine(tables, bias, steps);

    /// <summary>B with rows of mean 0: a shift that all logits of a row share changes no soft-max, so trees need not follow it.</summary>
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

    private int Refine(float[] tables, float[]? bias, int steps)
    {
        int order = _codes.Length * _leaves;
        CholeskySolver? solver = order <= RidgeFitter.MaxFactorOrder ? CholeskySolver.Factor(GramMatrix.Build(_trees, TreePenalty.OfLeaves(_leaves, _ridge), _scope), _scope) : null;
        double[] current = new double[checked(order * _stride)];
        for (int r = 0; r < order; r++)
        {
            for (int m = 0; m < _outputs; m++)
            {
                current[(r * _stride) + m] = tables[(r * _outputs) + m];
            }
        }

        double[] padded = new double[_stride];
        padded.AsSpan().Fill(-1e30);
        for (int m = 0; m < _outputs; m++)
        {
            padded[m] = bias is null ? 0 : bias[m];
        }

        double[] previous = [.. current];
        double[] ahead = new double[current.Length];
        for (int step = 0; step < steps; step++)
        {
            _scope.Cancellation.ThrowIfCancellationRequested();
            double momentum = step / (step + 3.0);
            for (int i = 0; i < ahead.Length; i++)
            {
                ahead[i] = current[i] + (momentum * (current[i] - previous[i]));
            }

            double[] direction = Gradient(ahead, padded);
            Precondition(solver, direction);
            (previous, current) = (current, previous);
            for (int i = 0; i < current.Length; i++)
            {
                current[i] = ahead[i] + (2 * direction[i]);
            }
        }

        for (int r = 0; r < order; r++)
        {
            for (int m = 0; m < _outputs; m++)
            {
                tables[(r * _outputs) + m] = (float)current[(r * _stride) + m];
            }
        }

        return Disagreements(current, padded);
    }

    /// <summary>Rows in which the largest outputs are different ones, the first of equals.</summary>
    private int Disagreements(double[] tables, double[] bias)
    {
        double[] row = new double[_stride];
        int disagreements = 0;
        for (int n = 0; n < _rows; n++)
        {
            Predict(n, tables, bias, row);
            ReadOnlySpan<double> exact = _exact.AsSpan(n * _stride, _outputs);
            disagreements += Largest(exact) == Largest(row.AsSpan(0, _outputs)) ? 0 : 1;
        }

        return disagreements;
    }

    private static int Largest(ReadOnlySpan<double> row)
    {
        int largest = 0;
        for (int m = 1; m < row.Length; m++)
        {
            largest = row[m] > row[largest] ? m : largest;
        }

        return largest;
    }

    /// <summary>The soft-max q of a row.</summary>
    private void Predict(int n, double[] tables, double[] bias, double[] row)
    {
        ref double table = ref MemoryMarshal.GetArrayDataReference(tables);
        ref double own = ref MemoryMarshal.GetArrayDataReference(row);
        int size = _leaves * _stride;
        for (int m = 0; m < _stride; m += Lanes)
        {
            Vector512<double> logits = Vector512.LoadUnsafe(ref bias[m]);
            for (int c = 0; c < _codes.Length; c++)
            {
                logits += Vector512.LoadUnsafe(ref table, (nuint)((c * size) + (_codes[c][n] * _stride) + m));
            }

            logits.StoreUnsafe(ref own, (nuint)m);
        }

        SoftMax.Replace(row);
    }

    /// <summary>Gᵀ·(p − q).</summary>
    private double[] Gradient(double[] tables, double[] bias)
    {
        double[] sums = new double[tables.Length];
        double[] row = new double[_stride];
        ref double sum = ref MemoryMarshal.GetArrayDataReference(sums);
        ref double own = ref MemoryMarshal.GetArrayDataReference(row);
        ref double exact = ref MemoryMarshal.GetArrayDataReference(_exact);
        int size = _leaves * _stride;
        for (int n = 0; n < _rows; n++)
        {
            Predict(n, tables, bias, row);
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

    private void Precondition(CholeskySolver? solver, double[] direction)
    {
        int order = _codes.Length * _leaves;
        if (solver is null)
        {
            // GᵀG is at most C times its diagonal.
            for (int r = 0; r < order; r++)
            {
                double factor = 1 / ((_codes.Length * (double)_trees.Counts[r]) + _ridge);
                for (int m = 0; m < _stride; m++)
                {
                    direction[(r * _stride) + m] *= factor;
                }
            }

            return;
        }

        double[] sides = new double[order * ResidualSource.Stride];
        for (int first = 0; first < _stride; first += ResidualSource.Stride)
        {
            int count = Math.Min(ResidualSource.Stride, _stride - first);
            Array.Clear(sides);
            for (int r = 0; r < order; r++)
            {
                direction.AsSpan((r * _stride) + first, count).CopyTo(sides.AsSpan(r * ResidualSource.Stride));
            }

            solver.Solve(sides);
            for (int r = 0; r < order; r++)
            {
                sides.AsSpan(r * ResidualSource.Stride, count).CopyTo(direction.AsSpan((r * _stride) + first));
            }
        }
    }
}
