using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Training;

/// <summary>
/// Groups of columns, one for each codebook, about equally hard to encode. A column of variance v (weighted, see <see cref="ColumnWeights"/>) is worth ½·log₂(v/θ) bits where that is above 0, with the same distortion θ for all, at which all groups together take the bits
/// of all codebooks: what a Gaussian source takes (reverse water-filling; Cover and Thomas, Elements of Information Theory, §10.3.3). Beside columns of its group that it is correlated with, a column takes the bits of its conditional variance.
/// Ranges of equal widths spend as much on columns that matter little, and leave apart what goes together.
/// </summary>
internal sealed class BalancedGroups
{
    /// <summary>Of more columns, all pairs take long, and much memory.</summary>
    private const int MaxColumns = 4096;

    /// <summary>Rows that correlations are measured on at most, scattered ones.</summary>
    private const int MaxRows = 4096;

    /// <summary>Halvings of the search for θ, from one to 2⁻⁴⁰ times the largest variance in logarithms: to a hundredth of a bit.</summary>
    private const int Halvings = 12;

    private readonly int _columns;
    private readonly int _codebooks;
    private readonly float[] _covariances;
    private readonly double[] _variances;
    private readonly int[] _falling;

    private BalancedGroups(float[] covariances, int columns, int codebooks)
    {
        _columns = columns;
        _codebooks = codebooks;
        _covariances = covariances;
        _variances = [.. Enumerable.Range(0, columns).Select(j => (double)covariances[(j * columns) + j])];
        _falling = [.. Enumerable.Range(0, columns).OrderByDescending(j => _variances[j])];
    }

    /// <summary>Whether there are groups other than ranges: not of too many columns, no more than codebooks, or one codebook.</summary>
    internal static bool AreOwn(int columns, int codebooks) => codebooks > 1 && columns > codebooks && columns <= MaxColumns;

    /// <summary>The columns of each group, ascending; ranges where there are no groups of their own.</summary>
    /// <param name="data">The training rows.</param>
    /// <param name="weights">How much an error in each column counts; null for equal ones.</param>
    /// <param name="codebooks">How many groups.</param>
    /// <param name="levels">The bits of a codebook.</param>
    /// <param name="cancellation">Looked at between attempts.</param>
    [MethodImpl(Compiled.Once)]
    internal static int[][] Of(TrainingRows data, double[]? weights, int codebooks, int levels, CancellationToken cancellation)
    {
        if (!AreOwn(data.Columns, codebooks))
        {
            return SubspacePartition.Ranges(data.Columns, codebooks);
        }

        BalancedGroups groups = new(Covariances(data, weights), data.Columns, codebooks);
        double low = Math.ScaleB(groups._variances.Max(), -40), high = groups._variances.Max();
        List<int>[] best = groups.Share(high, double.PositiveInfinity)!;
        for (int i = 0; i < Halvings && high > 0; i++)
        {
            double middle = Math.Sqrt(low) * Math.Sqrt(high);
            cancellation.ThrowIfCancellationRequested();
            List<int>[]? shared = groups.Share(middle, (double)codebooks * levels);
            (low, high) = shared is null ? (middle, high) : (low, middle);
            best = shared ?? best;
        }

        return [.. best.Select(group => group.Order().ToArray())];
    }

    /// <summary>The covariances of weighted columns, times the rows and a square.</summary>
    [MethodImpl(Compiled.Once)]
    private static float[] Covariances(TrainingRows data, double[]? weights)
    {
        int columns = data.Columns;
        int[] rows = ScatteredPlaces.Of(data.Rows, ((data.Rows - 1) / MaxRows) + 1);
        double[] means = new double[columns];
        foreach (int row in rows)
        {
            for (int j = 0; j < columns; j++)
            {
                means[j] += data.Row(row)[j] / (double)rows.Length;
            }
        }

        double largest = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                largest = Math.Max(largest, Math.Abs(Weighted(i, j)));
            }
        }

        // To magnitudes of which squares are floats.
        float[] values = new float[rows.Length * columns], transposed = new float[values.Length];
        for (int i = 0; i < rows.Length && largest > 0; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                transposed[(j * rows.Length) + i] = values[(i * columns) + j] = (float)(Weighted(i, j) / largest);
            }
        }

        float[] covariances = new float[columns * columns];
        ExactMatmul.Multiply(transposed, columns, rows.Length, values, columns, covariances);
        return covariances;

        double Weighted(int i, int j) => (data.Row(rows[i])[j] - means[j]) * (weights?[j] ?? 1);
    }

    /// <summary>
    /// Gives each column, the most varying first, to the group that has the least bits with it; and what is worth no bits to the group that tells most about it.
    /// </summary>
    /// <param name="distortion">θ.</param>
    /// <param name="most">Bits that all groups may take together.</param>
    /// <returns>The groups; null where they take more.</returns>
    [MethodImpl(Compiled.Once)]
    private List<int>[]? Share(double distortion, double most)
    {
        List<int>[] groups = new List<int>[_codebooks];
        double[] loads = new double[_codebooks];

        // Of each group, the conditional variances of all columns, and the columns of the factor of its covariances (Cholesky) that these came from.
        double[][] variances = new double[_codebooks][];
        List<double[]>[] factors = new List<double[]>[_codebooks];
        for (int g = 0; g < groups.Length; g++)
        {
            (groups[g], variances[g], factors[g]) = ([], [.. _variances], []);
        }

        double bits = 0;
        foreach (int column in _falling)
        {
            int group = 0;
            for (int g = 1; g < groups.Length; g++)
            {
                group = IsBetter(g, group, column, distortion, loads, variances) ? g : group;
            }

            double worth = Bits(variances[group][column], distortion);
            groups[group].Add(column);
            loads[group] += worth;
            bits += worth;
            if (bits > most)
            {
                return null;
            }

            if (worth > 0)
            {
                AddFactor(column, variances[group], factors[group]);
            }
        }

        foreach (List<int> empty in groups.Where(group => group.Count == 0))
        {
            // Where a few columns are all that matters.
            List<int> largest = groups.MaxBy(group => group.Count)!;
            empty.Add(largest[^1]);
            largest.RemoveAt(largest.Count - 1);
        }

        return groups;
    }

    private static bool IsBetter(int group, int other, int column, double distortion, double[] loads, double[][] variances)
    {
        double own = variances[group][column], others = variances[other][column];
        double load = loads[group] + Bits(own, distortion), othersLoad = loads[other] + Bits(others, distortion);
        return Math.Min(own, others) <= distortion ? own < others : load < othersLoad;
    }

    /// <summary>½·log₂(v/θ), linear between powers of two: the same on every machine, and near enough.</summary>
    private static double Bits(double variance, double distortion)
    {
        if (variance <= distortion)
        {
            return 0;
        }

        double ratio = variance / distortion;
        int exponent = Math.ILogB(ratio);
        return (exponent + Math.ScaleB(ratio, -exponent) - 1) / 2;
    }

    /// <summary>Conditions the variances of a group on one more of its columns.</summary>
    [MethodImpl(Compiled.Once)]
    private void AddFactor(int column, double[] variances, List<double[]> factors)
    {
        double[] factor = new double[_columns];
        for (int j = 0; j < factor.Length; j++)
        {
            factor[j] = _covariances[(column * _columns) + j];
        }

        foreach (double[] earlier in factors)
        {
            double own = earlier[column];
            for (int j = 0; j < factor.Length; j++)
            {
                factor[j] -= own * earlier[j];
            }
        }

        double root = Math.Sqrt(variances[column]);
        for (int j = 0; j < factor.Length; j++)
        {
            factor[j] /= root;
            variances[j] -= factor[j] * factor[j];
        }

        factors.Add(factor);
    }
}
