using Maddness.Model;
using Maddness.Pipeline;
using Maddness.Tests.Kernels;
using Maddness.Tests.Support;

namespace Maddness.Tests.Pipeline;

public sealed class PermutedColumnsTests
{
    public static TheoryData<KernelLevel> Levels => [.. TestedKernels.Levels];

    [Fact]
    public void Rows_are_encoded_as_they_stand_by_two_to_sixteen_trees_of_four_levels_in_up_to_eight_windows()
    {
        IsPermuted(16, 2, 4, [.. Enumerable.Range(0, 8)]).Should().BeTrue();
        IsPermuted(15, 2, 4, [.. Enumerable.Range(0, 8)]).Should().BeFalse("a row is shorter than a window");
        IsPermuted(16, 2, 5, [.. Enumerable.Range(0, 10)]).Should().BeFalse("five levels have thresholds for more lanes");
        IsPermuted(16, 1, 4, 0, 1, 2, 3).Should().BeFalse("four columns are copied faster");
        IsPermuted(80, 2, 4, 0, 16, 32, 48, 64).Should().BeFalse("and eight out of many windows");
        IsPermuted(80, 3, 4, 0, 16, 32, 48, 64).Should().BeTrue();
        IsPermuted(160, 16, 4, [.. Enumerable.Range(0, 8).Select(i => 16 * i)]).Should().BeTrue();
        IsPermuted(160, 16, 4, [.. Enumerable.Range(0, 9).Select(i => 16 * i)]).Should().BeFalse();
        IsPermuted(160, 17, 4, 0, 1).Should().BeFalse();
    }

    [Fact]
    public void No_two_windows_that_share_a_register_hold_more_columns_than_it()
    {
        IsPermuted(128, 16, 4, [.. Enumerable.Range(0, 64).Select(i => (i / 8 * 16) + (i % 8))]).Should().BeTrue("eight windows of eight columns are four full registers");
        IsPermuted(128, 16, 4, [.. Enumerable.Range(0, 63).Select(i => i < 45 ? (i / 9 * 16) + (i % 9) : 80 + ((i - 45) / 6 * 16) + (i % 6))]).Should().BeFalse("of five windows of nine columns two must meet");
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Codes_are_the_oracles(KernelLevel level)
    {
        Random random = new(1);
        for (int windows = 1; windows <= 8; windows++)
        {
            foreach (int codebooks in (int[])[2, 3, 4, 5, 7, 8, 9, 15, 16])
            {
                // Full registers where there are columns enough; rows end with a window, or within one, which then begins in another.
                foreach (int inputs in (int[])[windows * 32, (windows * 32) - 13])
                {
                    int[] starts = [.. Enumerable.Range(0, windows).Select(i => i == windows - 1 ? inputs - 8 : 32 * i)];
                    int[] columns = [.. Enumerable.Range(0, codebooks * 4).Select(i => starts[i / 8 % windows] + (i % 8))];
                    random.Shuffle(columns);
                    Check(level, random, inputs, codebooks, columns, [1, 2, 3, 15, 16, 17, 33, 70]);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Codes_are_the_oracles_where_lines_are_asked_for(KernelLevel level)
    {
        const int Inputs = 600, Rows = 1_001;
        TilePlan.IsAskedFor(Rows, Inputs, sizeof(float)).Should().BeTrue("that is what is tested");
        Random random = new(2);
        foreach (int codebooks in (int[])[3, 8, 16])
        {
            int[] columns = [.. Enumerable.Range(0, codebooks * 4).Select(i => (i % 8 * 64) + (i / 8))];
            Check(level, random, Inputs, codebooks, columns, [Rows]);
        }
    }

    private static void Check(KernelLevel level, Random random, int inputs, int codebooks, int[] columns, int[] rowCounts)
    {
        HashTrees trees = new(ElementType.Float32, inputs, codebooks, 4, columns, [.. RandomModel.Trees(random, inputs, codebooks, 4).Thresholds]);
        int windows = columns.Select(column => Math.Min(column / 16 * 16, inputs - 16)).Distinct().Count();
        bool isExpected = windows <= 8 && codebooks >= (windows > 4 ? 3 : 2);
        (new EncodePlan(trees).PermutedColumns is not null).Should().Be(isExpected, "that is what is tested: {0} inputs, {1} codebooks", inputs, codebooks);
        foreach (int rows in rowCounts)
        {
            float[] a = RandomModel.Inputs<float>(random, rows * inputs);
            byte[] packed = PipelineRunner.Encode(level, trees, a, rows);
            for (int row = 0; row < rows; row++)
            {
                for (int codebook = 0; codebook < codebooks; codebook++)
                {
                    KernelEqualityTests.CodeAt(packed, codebooks, 4, row, codebook)
                        .Should().Be(Oracle.Code(trees, codebook, column => a[(row * inputs) + column]), "row {0} of {1}, codebook {2} of {3}, {4} inputs", row, rows, codebook, codebooks, inputs);
                }
            }
        }
    }

    private static bool IsPermuted(int inputs, int codebooks, int levels, params int[] columns)
    {
        int[] all = [.. Enumerable.Range(0, codebooks * levels).Select(i => columns[i % columns.Length])];
        return PermutedColumns.TryCreate(new HashTrees(ElementType.Float32, inputs, codebooks, levels, all, new float[codebooks << levels])) is not null;
    }
}
