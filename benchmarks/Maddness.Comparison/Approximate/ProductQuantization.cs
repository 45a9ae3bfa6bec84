using Maddness.Comparison.Core;

namespace Maddness.Comparison.Approximate;

/// <summary>Product quantisation with k-means; K = 16 with tables of bytes is Bolt (Blalock and Guttag).</summary>
internal sealed class ProductQuantization(string name, string key, int centroids) : IMethod
{
    public string Name => name;

    public string Key => key;

    public MethodKind Kind => MethodKind.Approximate;

    public string SizeName => "codebooks";

    // On generated data K = 256 is measured at two sizes: it takes longest to learn, and is slower than the exact product at every size.
    public IEnumerable<int> Sizes(Problem problem, bool quick) => CodebookSizes(problem, quick || (centroids > 16 && problem.Family != "real"));

    public Product Prepare(Problem problem, int size)
    {
        (int Start, int Length)[] ranges = Ranges(problem.Inputs, size);
        return new ProductQuantizer(ranges, Learn(problem.Train, ranges, centroids), problem.B);
    }

    internal static IEnumerable<int> CodebookSizes(Problem problem, bool quick) => ((int[])(quick ? [4, 16] : [2, 4, 8, 16, 32, 64])).Where(c => c <= problem.Inputs);

    internal static (int Start, int Length)[] Ranges(int inputs, int codebooks)
    {
        (int Start, int Length)[] ranges = new (int, int)[codebooks];
        int start = 0;
        for (int c = 0; c < codebooks; c++)
        {
            int length = (inputs / codebooks) + (c < inputs % codebooks ? 1 : 0);
            ranges[c] = (start, length);
            start += length;
        }

        return ranges;
    }

    internal static Matrix Columns(Matrix rows, (int Start, int Length) range)
    {
        Matrix part = new(rows.Rows, range.Length);
        for (int row = 0; row < rows.Rows; row++)
        {
            rows.Row(row).Slice(range.Start, range.Length).CopyTo(part.Row(row));
        }

        return part;
    }

    internal static Matrix[] Learn(Matrix rows, (int Start, int Length)[] ranges, int centroids)
    {
        Random random = new(53);
        return [.. ranges.Select(r => KMeans.Fit(Columns(rows, r), centroids, random))];
    }
}
