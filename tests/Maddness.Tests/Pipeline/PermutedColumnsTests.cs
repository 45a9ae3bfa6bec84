using Maddness.Common;
using Maddness.Model;
using Maddness.Pipeline;
using Maddness.Tests.Support;

namespace Maddness.Tests.Pipeline;

public sealed class PermutedColumnsTests
{
    public static TheoryData<KernelLevel> Levels => [.. TestedKernels.Levels];

    [Fact]
    public void Rows_are_encoded_as_they_stand_by_two_to_sixteen_trees_of_four_levels_in_up_to_32_windows()
    {
        IsPermuted(16, 2, 4, [.. Enumerable.Range(0, 8)]).Should().BeTrue();
        IsPermuted(15, 2, 4, [.. Enumerable.Range(0, 8)]).Should().BeFalse("a row is shorter than a window");
        IsPermuted(16, 2, 5, [.. Enumerable.Range(0, 10)]).Should().BeFalse("five levels have thresholds for more lanes");
        IsPermuted(16, 1, 4, 0, 1, 2, 3).Should().BeFalse("four columns are copied faster");
        IsPermuted(80, 2, 4, 0, 16, 32, 48, 64).Should().BeFalse("and eight out of many windows");
        IsPermuted(80, 3, 4, 0, 16, 32, 48, 64).Should().BeTrue();
        IsPermuted(528, 16, 4, FirstColumns(32)).Should().BeTrue();
        IsPermuted(528, 16, 4, FirstColumns(33)).Should().BeFalse();
        IsPermuted(160, 17, 4, 0, 1).Should().BeFalse();
    }

    [Theory]
    [InlineData(8, 8, 8, 8, 8, 8, 8, 8, 8)]
    [InlineData(8, 16, 16, 16, 6, 10)]
    [InlineData(8, 12, 12, 12, 12, 12)]
    [InlineData(8, 11, 10, 9, 8, 8, 7, 6, 4)]
    [InlineData(12, 11, 11, 7, 7, 7, 7, 7, 6)]
    [InlineData(12, 10, 10, 8, 7, 7, 7, 7, 6)]
    [InlineData(12, 9, 9, 9, 9, 9, 9, 9, 1)]
    [InlineData(12, 16, 1, 1, 1, 1, 1, 1, 1)]
    [InlineData(12, 8, 7, 7, 7, 7, 7, 7, 7, 7)]
    [InlineData(12, 6, 6, 6, 6, 5, 5, 5, 5, 5, 5, 5, 5)]
    [InlineData(16, 12, 12, 12, 4, 4, 4, 3, 3, 3, 3, 2, 2)]
    [InlineData(36, 16, 15, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)]
    public void Columns_that_do_not_fit_into_a_register_are_placed_in_another(int windowCount, params int[] columnsOfWindows)
    {
        int[] columns = ColumnsOf(columnsOfWindows);
        int inputs = 16 * columnsOfWindows.Length;

        ColumnPlacement? placement = ColumnPlacement.TryFind(columns, inputs, lead: 0);

        placement!.WindowCount.Should().Be(windowCount);
        CheckPlaces(placement, columns, inputs);
    }

    [Fact]
    public void Up_to_64_columns_of_up_to_32_windows_are_always_placed()
    {
        Random random = new(4);
        for (int i = 0; i < 300; i++)
        {
            int[] columnsOfWindows = [.. Enumerable.Repeat(1, random.Next(5, 33))];
            int total = Math.Max(64 - random.Next(3), columnsOfWindows.Length);
            for (int column = columnsOfWindows.Length; column < total; column++)
            {
                // Some windows far fuller than others.
                int window = random.Next(random.Next(columnsOfWindows.Length) + 1);
                columnsOfWindows[columnsOfWindows[window] < 16 ? window : Array.FindIndex(columnsOfWindows, count => count < 16)]++;
            }

            int[] columns = ColumnsOf(columnsOfWindows);
            int inputs = 16 * columnsOfWindows.Length;
            ColumnPlacement? placement = ColumnPlacement.TryFind(columns, inputs, lead: 0);
            placement.Should().NotBeNull("{0} fit", string.Join(' ', columnsOfWindows));
            CheckPlaces(placement!, columns, inputs);
        }
    }

    [Fact]
    public void Windows_are_cache_lines_where_rows_start_alike_in_these()
    {
        int[] columns = ColumnsOf([2, 16, 3, 5, 1, 7]);
        for (int lead = 0; lead < 16; lead++)
        {
            ColumnPlacement placement = ColumnPlacement.TryFind(columns, 96, lead)!;

            CheckPlaces(placement, columns, 96);
            placement.Windows.Should().OnlyContain(window => (window + lead) % 16 == 0 || window == 0 || window == 80);
        }
    }

    [Fact]
    public void Rows_that_differ_in_where_they_start_are_read_by_up_to_eight_windows()
    {
        ColumnPlacement.TryFind(FirstColumns(8), 16 * 8, lead: null).Should().NotBeNull();
        ColumnPlacement.TryFind(FirstColumns(9), 16 * 9, lead: null).Should().BeNull("each is in two lines");
        ColumnPlacement.TryFind(FirstColumns(9), 16 * 9, lead: 0).Should().NotBeNull();
    }

    [Fact]
    public void Up_to_four_windows_are_registers_as_they_are()
    {
        for (int windows = 1; windows <= 4; windows++)
        {
            ColumnPlacement placement = ColumnPlacement.TryFind(FirstColumns(windows), 16 * windows, lead: 0)!;

            placement.WindowCount.Should().Be(windows <= 2 ? 2 : 4);
            placement.Places.Should().OnlyContain(column => column.Key == (16 * column.Value.Register) + column.Value.Lane);
            placement.Windows.Take(windows).Should().Equal(FirstColumns(windows));
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Codes_are_the_oracles(KernelLevel kernel)
    {
        Random random = new(1);
        foreach (int windows in (int[])[1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 16, 20, 32, 33])
        {
            foreach (int codebooks in (int[])[2, 3, 4, 5, 7, 8, 9, 15, 16])
            {
                // Full registers where there are columns enough; rows end with a window, or within one, which then begins in another.
                foreach (int inputs in (int[])[windows * 32, (windows * 32) - 13])
                {
                    int[] starts = [.. Enumerable.Range(0, windows).Select(i => i == windows - 1 ? inputs - 8 : 32 * i)];
                    int each = Math.Clamp(codebooks * 4 / windows, 1, 8);
                    int[] columns = [.. Enumerable.Range(0, codebooks * 4).Select(i => starts[i / each % windows] + (i % each))];
                    random.Shuffle(columns);
                    Check(kernel, random, inputs, codebooks, columns, [1, 2, 3, 15, 16, 17, 33, 70]);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Codes_are_the_oracles_where_lines_are_asked_for(KernelLevel kernel)
    {
        const int Inputs = 600, Rows = 1_001;
        TilePlan.IsAskedFor(Rows, Inputs, sizeof(float)).Should().BeTrue("that is what is tested");
        Random random = new(2);
        foreach (int codebooks in (int[])[3, 8, 16])
        {
            int[] columns = [.. Enumerable.Range(0, codebooks * 4).Select(i => (i % 8 * 64) + (i / 8))];
            Check(kernel, random, Inputs, codebooks, columns, [Rows]);
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public unsafe void Codes_are_the_oracles_where_lines_are_asked_for_by_blocks(KernelLevel kernel)
    {
        const int Inputs = 61, Rows = 69_001;
        int[] columns = [.. Enumerable.Range(0, 12).Select(i => 5 * i)];
        TilePlan.AreAskedByBlocks(new PinnedMatrix<float>(null, Rows, Inputs, Inputs, 1), lines: 5).Should().BeTrue("that is what is tested: four windows side by side");
        Check(kernel, new Random(6), Inputs, codebooks: 3, columns, [Rows]);
    }

    [Fact]
    public unsafe void Few_lines_of_rows_that_differ_are_asked_for_by_blocks_where_they_are_many_together()
    {
        AreAsked(rows: 32_768, inputs: 300, lines: 8).Should().BeTrue();
        AreAsked(rows: 32_767, inputs: 300, lines: 8).Should().BeFalse("that is less than 16 MB");
        AreAsked(rows: 32_768, inputs: 304, lines: 8).Should().BeFalse("rows start alike");
        AreAsked(rows: 30_000, inputs: 300, lines: 12).Should().BeTrue();
        AreAsked(rows: 30_000, inputs: 300, lines: 13).Should().BeFalse("a block has too many");
        AreAsked(rows: 90_000, inputs: 29, lines: 3).Should().BeFalse("rows share lines: all are 10 MB");

        static bool AreAsked(int rows, int inputs, int lines) => TilePlan.AreAskedByBlocks(new PinnedMatrix<float>((float*)4096, rows, inputs, inputs, 1), lines);
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Codes_are_the_oracles_where_columns_stand_in_another_register_than_their_window(KernelLevel kernel)
    {
        Random random = new(3);
        foreach (int[] columnsOfWindows in (int[][])[[11, 11, 7, 7, 7, 7, 7, 6], [16, 1, 1, 1, 1, 1, 1, 1], [8, 7, 7, 7, 7, 7, 7, 7, 7], [6, 6, 6, 6, 5, 5, 5, 5, 5, 5, 5, 5]])
        {
            int[] distinct = ColumnsOf(columnsOfWindows);
            foreach (int codebooks in (int[])[4, 8, 16])
            {
                int[] columns = [.. Enumerable.Range(0, codebooks * 4).Select(i => distinct[i * 16 / codebooks % distinct.Length])];
                random.Shuffle(columns);
                Check(kernel, random, 16 * columnsOfWindows.Length, codebooks, columns, [1, 15, 33]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Levels))]
    public void Codes_are_the_oracles_wherever_rows_start_in_their_lines(KernelLevel kernel)
    {
        const int Rows = 26;
        Random random = new(5);
        int shifted = 0;
        foreach (int inputs in (int[])[16, 17, 31, 100, 128, 500])
        {
            // Of more than 16 codebooks no columns are permuted: groups of them are transposed.
            foreach (int codebooks in (int[])[3, 16, 20])
            {
                HashTrees trees = RandomModel.Trees(random, inputs, codebooks, 4);
                EncodePlan plan = new(trees);
                foreach (int stride in (int[])[(inputs + 15) / 16 * 16, (inputs + 15) / 16 * 16 + 7])
                {
                    for (int lead = 0; lead < 16; lead++)
                    {
                        (plan.PermutedAt(lead) is not null).Should().Be(codebooks <= 16, "that is what is tested");
                        shifted += codebooks > 16 && !plan.GroupsAt(lead % 4)!.Span.SequenceEqual(plan.GroupsAt(0)!.Span) ? 1 : 0;
                        AlignedBuffer<float> buffer = new((Rows * stride) + 16);
                        foreach (ref float value in buffer.Span)
                        {
                            value = random.NextSingle() - 0.5f;
                        }

                        // Eight rows are transposed at a time, and the last ones copied.
                        int rows = Rows - (lead % 8);
                        byte[] packed;
                        unsafe
                        {
                            packed = Encode(kernel, plan, new(buffer.Pointer + lead, rows, inputs, stride, 1));
                        }

                        Oracle.CheckCodes(packed, trees, rows, (row, column) => buffer.Span[(row * stride) + lead + column], $", {lead} floats behind a line");
                    }
                }
            }
        }

        shifted.Should().BePositive("some groups start elsewhere");
    }

    private static unsafe void Check(KernelLevel kernel, Random random, int inputs, int codebooks, int[] columns, int[] rowCounts)
    {
        HashTrees trees = new(ElementType.Float32, inputs, codebooks, 4, columns, [.. RandomModel.Trees(random, inputs, codebooks, 4).Thresholds]);
        int windows = columns.Select(column => Math.Min(column / 16 * 16, inputs - 16)).Distinct().Count();
        bool isExpected = windows <= 32 && codebooks >= (windows > 4 ? 3 : 2);
        EncodePlan plan = new(trees);
        (plan.PermutedAt(lead: 0) is not null).Should().Be(isExpected, "that is what is tested: {0} inputs, {1} codebooks", inputs, codebooks);
        int stride = (inputs + 15) / 16 * 16;
        foreach (int rows in rowCounts)
        {
            AlignedBuffer<float> a = new(rows * stride);
            RandomModel.Inputs<float>(random, rows * stride).CopyTo(a.Span);
            PinnedMatrix<float> source = new(a.Pointer, rows, inputs, stride, 1);
            source.Lead.Should().Be(0, "that is the plan which is tested");
            byte[] packed = Encode(kernel, plan, source);
            Oracle.CheckCodes(packed, trees, rows, (row, column) => a.Span[(row * stride) + column]);
        }
    }

    private static unsafe byte[] Encode(KernelLevel kernel, EncodePlan plan, PinnedMatrix<float> source)
    {
        byte[] packed = new byte[(source.Rows + 15) / 16 * EncodedMatrix.BlockBytes(plan.Trees.Codebooks, 4)];
        fixed (byte* target = packed)
        {
            Encoding<float> encoding = new(plan, source, target, 1);
            TestedKernels.Run(kernel, ref encoding);
        }

        return packed;
    }

    private static int[] FirstColumns(int windows) => [.. Enumerable.Range(0, windows).Select(i => 16 * i)];

    /// <summary>So many columns of each window.</summary>
    private static int[] ColumnsOf(int[] columnsOfWindows) => [.. columnsOfWindows.SelectMany((count, window) => Enumerable.Range(16 * window, count))];

    private static void CheckPlaces(ColumnPlacement placement, int[] columns, int inputs)
    {
        placement.Windows.Should().OnlyContain(window => window >= 0 && window <= inputs - 16, "all can be read");
        placement.Places.Keys.Should().BeEquivalentTo(columns);
        placement.Places.Values.Select(place => (place.Register, place.Lane)).Should().OnlyHaveUniqueItems("a lane holds one column");
        foreach ((int column, ColumnPlacement.Place place) in placement.Places)
        {
            int window = placement.WindowOf(place.Register, place.Part);
            (placement.Windows[window] + place.LaneOfWindow).Should().Be(column);
            place.LaneOfWindow.Should().BeInRange(0, 15);
            place.Lane.Should().BeInRange(0, 15);
            window.Should().BeLessThan(placement.WindowCount, "no other windows are read");
        }
    }

    private static bool IsPermuted(int inputs, int codebooks, int levels, params int[] columns)
    {
        int[] all = [.. Enumerable.Range(0, codebooks * levels).Select(i => columns[i % columns.Length])];
        return PermutedColumns.TryCreate(new HashTrees(ElementType.Float32, inputs, codebooks, levels, all, new float[codebooks << levels]), lead: 0) is not null;
    }
}
