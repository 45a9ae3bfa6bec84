using Maddness.Model;
using Maddness.Tests.Support;

namespace Maddness.Tests.Pipeline;

/// <summary>The paper's chains of averages (§4.4), written a second time as a recursion over real lists.</summary>
public class AveragingTests
{
    private const int Inputs = 11;

    public static TheoryData<KernelLevel> Levels => [.. TestedKernels.Levels];

    [Theory]
    [MemberData(nameof(Levels))]
    public void Averages_follow_the_paper(KernelLevel kernel)
    {
        Random random = new(1);
        foreach (int levels in (int[])[4, 5, 6])
        {
            foreach (int codebooks in (int[])[1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 64, 257])
            {
                foreach (int outputs in (int[])[1, 20, 70])
                {
                    const int Rows = 19;
                    HashTrees trees = RandomModel.Trees(random, Inputs, codebooks, levels);
                    LookupTables tables = RandomModel.Tables(random, codebooks, levels, outputs, bias: outputs != 20);
                    float[] a = RandomModel.Inputs<float>(random, Rows * Inputs);
                    float[] expected = new float[Rows * outputs];
                    for (int i = 0; i < expected.Length; i++)
                    {
                        expected[i] = Expected(trees, tables, i % outputs, column => a[(i / outputs * Inputs) + column]);
                    }

                    float[] actual = PipelineRunner.Multiply(kernel, trees, tables, a, Rows, summation: Summation.Averaging);
                    Bits.ShouldBe(actual, expected, $"C = {codebooks}, K = {1 << levels}, M = {outputs}");
                }
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(16)]
    [InlineData(30)]
    [InlineData(64)]
    public void The_expected_bias_is_subtracted_and_the_variance_is_the_derived_one(int codebooks)
    {
        // One output with scale 1 and offset 0, so that outputs are sums in table steps; random codes by random inputs.
        Random random = new(2);
        const int Rows = 4000;
        HashTrees trees = RandomModel.Trees(random, 4 * codebooks, codebooks, 4);
        for (int i = 0; i < trees.Columns.Length; i++)
        {
            trees.Columns[i] = i;
        }

        for (int i = 0; i < trees.Thresholds.Length; i++)
        {
            trees.Thresholds[i] = 0;
        }

        byte[] entries = new byte[codebooks * 16];
        random.NextBytes(entries);
        LookupTables tables = new(codebooks, 16, 1, entries, [1], [0], null);
        float[] a = RandomModel.Floats(random, Rows * trees.Inputs, -1, 1);
        float[] averaged = PipelineRunner.Multiply(KernelLevel.Scalar, trees, tables, a, Rows, summation: Summation.Averaging);
        float[] exact = PipelineRunner.Multiply(KernelLevel.Scalar, trees, tables, a, Rows);
        double[] errors = [.. averaged.Zip(exact, (x, y) => (double)x - y)];
        double variance = 0;
        for (int left = codebooks, group = 16; group > 0; group /= 2)
        {
            // C(U − 1)/8 for the codebooks in groups of U.
            variance += left / group * group * (group - 1) / 8.0;
            left %= group;
        }

        errors.Average().Should().BeApproximately(0, 4 * Math.Sqrt(variance / Rows) + (0.1 * Math.Sqrt(variance)));
        errors.Average(e => e * e).Should().BeInRange(0.8 * variance, 1.2 * variance);
    }

    private static float Expected(HashTrees trees, LookupTables tables, int output, Func<int, double> valueOfColumn)
    {
        List<int> entries = [];
        for (int codebook = 0; codebook < trees.Codebooks; codebook++)
        {
            entries.Add(tables.Entries[(((output * trees.Codebooks) + codebook) * trees.Leaves) + Oracle.Code(trees, codebook, valueOfColumn)]);
        }

        double sum = 0;
        while (entries.Count > 0)
        {
            int group = (int)Math.Min(16, System.Numerics.BitOperations.RoundUpToPowerOf2((uint)entries.Count + 1) / 2);
            sum += (group * Average(entries[..group])) - (group / 4.0 * Math.Log2(group));
            entries.RemoveRange(0, group);
        }

        float product = (float)sum * tables.Scales[output];
        float shifted = product + tables.Offsets[output];
        return tables.Bias is null ? shifted : shifted + tables.Bias[output];
    }

    private static int Average(List<int> values) =>
        values.Count == 1 ? values[0] : (Average(values[..(values.Count / 2)]) + Average(values[(values.Count / 2)..]) + 1) / 2;
}
