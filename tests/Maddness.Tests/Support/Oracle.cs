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

    /// <summary>Every packed code is the leaf that its row falls into, and rows and codebooks that only fill up a block have zeros.</summary>
    internal static void CheckCodes(byte[] packed, HashTrees trees, int rows, Func<int, int, double> valueAt, string because = "")
    {
        for (int row = 0; row < (rows + 15) / 16 * 16; row++)
        {
            for (int codebook = 0; codebook < trees.Codebooks + (trees.Levels == 4 ? trees.Codebooks & 1 : 0); codebook++)
            {
                int expected = row < rows && codebook < trees.Codebooks ? Code(trees, codebook, column => valueAt(row, column)) : 0;
                int code = CodeAt(packed, trees.Codebooks, trees.Levels, row, codebook);
                if (code != expected)
                {
                    code.Should().Be(expected, $"row {row} of {rows}, codebook {codebook} of {trees.Codebooks}, {trees.Levels} levels, {trees.Inputs} inputs{because}");
                }
            }
        }
    }

    private static int CodeAt(byte[] packed, int codebooks, int levels, int row, int codebook)
    {
        int block = row / 16 * EncodedMatrix.BlockBytes(codebooks, levels);
        return levels == 4
            ? (packed[block + (codebook / 2 * 16) + (row % 16)] >> (4 * (codebook % 2))) & 15
            : packed[block + (codebook * 16) + (row % 16)];
    }
}
