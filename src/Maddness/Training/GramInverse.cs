using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// J = (GᵀG + Λ)⁻¹, where G is the one-hot matrix of the codes of several codebooks, its columns centred: codebooks are put in and taken out one at a time, each a change of rank K, which
/// takes the square of the order where a new inverse takes the cube. Rows and columns of a codebook that is out are 0. In double; products and sums stay apart, and every sum has one order.
/// </summary>
internal sealed class GramInverse
{
    private const int Lanes = RangeBlock.Lanes;

    /// <summary>Rows of a work item.</summary>
    private const int Block = 16;

    /// <summary>Columns of a work item.</summary>
    private const int Slice = 128;

    private readonly double[][] _rows;

    /// <param name="order">C·K, a multiple of 16.</param>
    [MethodImpl(Compiled.Once)]
    internal GramInverse(int order)
    {
        _rows = new double[order][];
        for (int i = 0; i < order; i++)
        {
            _rows[i] = new double[order];
        }
    }

    /// <summary>C·K.</summary>
    internal int Order => _rows.Length;

    internal ReadOnlySpan<double> Row(int row) => _rows[row];

    /// <summary>Takes a codebook out: J − J_c·J_cc⁻¹·J_cᵀ, where J_c has its columns.</summary>
    /// <param name="first">Its first row.</param>
    /// <param name="leaves">Its rows.</param>
    /// <param name="destination">Receives the inverse of the others.</param>
    /// <param name="scope">Threads.</param>
    [MethodImpl(Compiled.Once)]
    internal void Remove(int first, int leaves, GramInverse destination, TrainingScope scope)
    {
        double[][] own = [.. Enumerable.Range(first, leaves).Select(i => _rows[i].AsSpan(first, leaves).ToArray())];
        double[][] factors = [.. Enumerable.Range(first, leaves).Select(i => (double[])[.. _rows[i]])];
        Factor(own);
        SolveLower(own, factors);
        destination.Update(this, factors, -1, scope);
        for (int i = 0; i < Order; i++)
        {
            destination._rows[i].AsSpan(first, i >= first && i < first + leaves ? 0 : leaves).Clear();
        }

        foreach (double[] row in destination._rows.AsSpan(first, leaves))
        {
            Array.Clear(row);
        }
    }

    /// <summary>
    /// What a codebook of K cells or fewer, that is out, adds: J becomes J + XᵀX with X = L⁻¹·[−Eᵀ, I], where E = J·Mᵀ and L·Lᵀ = N + Λ − M·E.
    /// </summary>
    /// <param name="first">Its first row.</param>
    /// <param name="others">M: for each cell, its products with the centred columns of the other codebooks.</param>
    /// <param name="own">N + Λ, overwritten.</param>
    /// <param name="scope">Threads.</param>
    /// <returns>X, a row for each cell.</returns>
    [MethodImpl(Compiled.Once)]
    internal double[][] Border(int first, double[][] others, double[][] own, TrainingScope scope)
    {
        double[][] border = Product(others, scope);
        for (int i = 0; i < border.Length; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                own[i][j] -= Dot(others[i], border[j]);
            }
        }

        for (int i = 0; i < border.Length; i++)
        {
            foreach (ref double value in border[i].AsSpan())
            {
                value = -value;
            }

            border[i][first + i] = 1;
        }

        Factor(own);
        SolveLower(own, border);
        return border;
    }

    /// <summary>J + XᵀX, see <see cref="Border"/>.</summary>
    internal void Insert(double[][] border, GramInverse destination, TrainingScope scope) => destination.Update(this, border, 1, scope);

    /// <summary>J·X.</summary>
    /// <param name="sides">X, row-major.</param>
    /// <param name="width">Its columns, a multiple of 16: two vectors are loaded and stored at once, and the last ones end with the array.</param>
    [MethodImpl(Compiled.Once)]
    internal double[] Solve(double[] sides, int width)
    {
        Debug.Assert(width % (2 * Lanes) == 0 && sides.Length == Order * width, "Pairs of vectors end with the rows.");
        double[] result = new double[sides.Length];
        ref double from = ref MemoryMarshal.GetArrayDataReference(sides);
        ref double to = ref MemoryMarshal.GetArrayDataReference(result);
        for (int i = 0; i < Order; i++)
        {
            double[] row = _rows[i];
            for (int v = 0; v < width; v += 2 * Lanes)
            {
                Vector512<double> first = default, second = default;
                for (int k = 0; k < row.Length; k++)
                {
                    Vector512<double> factor = Vector512.Create(row[k]);
                    nuint place = (nuint)((k * width) + v);
                    first += factor * Vector512.LoadUnsafe(ref from, place);
                    second += factor * Vector512.LoadUnsafe(ref from, place + Lanes);
                }

                first.StoreUnsafe(ref to, (nuint)((i * width) + v));
                second.StoreUnsafe(ref to, (nuint)((i * width) + v + Lanes));
            }
        }

        return result;
    }

    /// <summary>J·Mᵀ, a row for each row of M. Slices of the columns stay in cache while J is read once.</summary>
    [MethodImpl(Compiled.Once)]
    private double[][] Product(double[][] m, TrainingScope scope)
    {
        double[][] sums = [.. m.Select(_ => new double[Order])];
        scope.Parallel((Order + Slice - 1) / Slice, [MethodImpl(Compiled.Once)] (slice) =>
        {
            int start = slice * Slice;
            int count = Math.Min(Slice, Order - start);
            for (int k = 0; k < Order; k++)
            {
                ReadOnlySpan<double> row = _rows[k].AsSpan(start, count);
                for (int i = 0; i < m.Length; i++)
                {
                    if (m[i][k] != 0)
                    {
                        VectorSums.AddScaled(sums[i].AsSpan(start, count), m[i][k], row);
                    }
                }
            }
        });
        return sums;
    }

    [MethodImpl(Compiled.Once)]
    private static double Dot(double[] x, double[] y)
    {
        Vector512<double> sum = default;
        ref double first = ref MemoryMarshal.GetArrayDataReference(x);
        ref double second = ref MemoryMarshal.GetArrayDataReference(y);
        for (nuint k = 0; k < (nuint)x.Length; k += Lanes)
        {
            sum += Vector512.LoadUnsafe(ref first, k) * Vector512.LoadUnsafe(ref second, k);
        }

        return VectorSums.Sum(sum);
    }

    /// <summary>Becomes the source ± XᵀX.</summary>
    private void Update(GramInverse source, double[][] x, double sign, TrainingScope scope) => scope.Parallel(Order / Block, [MethodImpl(Compiled.Once)] (block) =>
    {
        for (int i = block * Block; i < (block + 1) * Block; i++)
        {
            source._rows[i].CopyTo(_rows[i], 0);
            foreach (double[] factor in x)
            {
                if (factor[i] != 0)
                {
                    VectorSums.AddScaled(_rows[i], sign * factor[i], factor);
                }
            }
        }
    });

    /// <summary>Overwrites the lower triangle of a positive definite matrix by its Cholesky factor L. A pivot that rounding has eaten up is replaced by a billionth of its element.</summary>
    [MethodImpl(Compiled.Once)]
    private static void Factor(double[][] matrix)
    {
        for (int i = 0; i < matrix.Length; i++)
        {
            double least = 1e-9 * Math.Abs(matrix[i][i]);
            for (int j = 0; j <= i; j++)
            {
                double sum = matrix[i][j];
                for (int k = 0; k < j; k++)
                {
                    sum -= matrix[i][k] * matrix[j][k];
                }

                matrix[i][j] = i == j ? Math.Sqrt(Math.Max(sum, least)) : sum / matrix[j][j];
            }
        }
    }

    /// <summary>Replaces rows X, one for each row of L, by L⁻¹·X.</summary>
    [MethodImpl(Compiled.Once)]
    private static void SolveLower(double[][] factor, double[][] rows)
    {
        for (int i = 0; i < factor.Length; i++)
        {
            for (int k = 0; k < i; k++)
            {
                VectorSums.AddScaled(rows[i], -factor[i][k], rows[k]);
            }

            foreach (ref double value in rows[i].AsSpan())
            {
                value /= factor[i][i];
            }
        }
    }
}
