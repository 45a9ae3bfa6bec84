using Maddness.Model;

namespace Maddness.Tests.Support;

/// <summary>Codes, sums and floats written a second time, row by row in plain code, from the rules (docs/model-format.md) and not from the kernels.</summary>
internal static class Oracle
{
    /// <summary>The leaf that a row falls into.</summary>
    internal static int Code(HashTrees trees, int codebook, Func<int, double> valueOfColumn)
    {
        int code = 0;
        for (int level = 0; level < trees.Levels; level++)
        {
            // Level t's thresholds, left to right, are the heap nodes 2^t … 2^(t+1) − 1.
            double threshold = trees.Thresholds[(codebook * trees.Leaves) + (1 << level) + code];
            double value = valueOfColumn(trees.Columns[(codebook * trees.Levels) + level]);
            code = (2 * code) + (value > threshold ? 1 : 0);
        }

        return code;
    }

    /// <summary>The output in double precision, and an exact bound of what three float roundings may change.</summary>
    internal static (double Value, double Tolerance) Output(HashTrees trees, LookupTables tables, int output, Func<int, double> valueOfColumn)
    {
        long sum = 0;
        for (int codebook = 0; codebook < trees.Codebooks; codebook++)
        {
            sum += tables.Entries[(((output * trees.Codebooks) + codebook) * trees.Leaves) + Code(trees, codebook, valueOfColumn)];
        }

        double product = sum * (double)tables.Scales[output];
        double shifted = product + tables.Offsets[output];
        double biased = shifted + (tables.Bias?[output] ?? 0);
        double tolerance = (Math.Abs(product) + Math.Abs(shifted) + Math.Abs(biased)) * Math.ScaleB(1, -23);
        return (biased, tolerance);
    }
}
