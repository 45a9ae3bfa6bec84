using Maddness.Kernels;
using Maddness.Model;
using Maddness.Pipeline;

namespace Maddness.Tests.Pipeline;

/// <summary>How encoders will read rows: a wrong plan may give the right codes, and slowly.</summary>
public class EncodePlanTests
{
    [Fact]
    public void Windows_are_lines_of_rows_but_for_the_last_which_ends_with_the_row()
    {
        Plan(16, 0, 5, 15).Windows.Should().Equal(0);
        Plan(15, 0, 5, 14).Windows.Should().BeEmpty("a row is shorter than a window");
        Plan(47, 1, 2, 3, 40, 44, 46).Windows.Should().Equal(0, 31);
        Plan(48, 1, 2, 3, 40, 44, 46).Windows.Should().Equal(0, 32);
    }

    [Fact]
    public void Windows_hold_two_columns_in_the_mean_and_are_no_more_than_sixteen()
    {
        Plan(64, 0, 1, 16).Windows.Should().BeEmpty("three columns are too few for two windows");
        Plan(64, 0, 1, 16, 17).Windows.Should().Equal(0, 16);
        Plan(320, InLines([.. Enumerable.Range(0, 16)])).Windows.Should().HaveCount(16);
        Plan(320, InLines([.. Enumerable.Range(0, 17)])).Windows.Should().BeEmpty();
    }

    [Fact]
    public void Windows_of_rows_that_share_a_set_of_the_cache_must_hold_three_columns()
    {
        Plan(64, 0, 1, 2, 16, 17).UsesWindows(isConflicting: false).Should().BeTrue();
        Plan(64, 0, 1, 2, 16, 17).UsesWindows(isConflicting: true).Should().BeFalse();
        Plan(64, 0, 1, 2, 3, 16, 17).UsesWindows(isConflicting: true).Should().BeTrue();
        Plan(64, 0, 1, 16).UsesWindows(isConflicting: false).Should().BeFalse();
        TilePlan.IsConflicting(2048).Should().BeTrue();
        TilePlan.IsConflicting(512).Should().BeFalse();
    }

    [Fact]
    public void Splits_find_their_columns_in_both_layouts()
    {
        EncodePlan plan = Plan(47, 1, 2, 3, 40, 44, 46);
        plan.AdjacentWindows.Should().Equal(0, 16);
        plan.TouchedWindowColumns.Should().Equal((1, 1), (2, 2), (3, 3), (40, 25), (44, 29), (46, 31));
        plan.GatherOffsets.Span[..6].ToArray().Should().Equal(0, 80, 160, 240, 320, 400);
        plan.WindowOffsets.Span[..6].ToArray().Should().Equal(80, 160, 240, 25 * 80, 29 * 80, 31 * 80);
        plan.ScratchColumns.Should().Be(32, "the windows take more than the six columns");
        Plan(64, 0, 20, 40).ScratchColumns.Should().Be(3);
        Plan(64, 0, 20, 40).WindowOffsets.Length.Should().Be(0);
        Plan(64, 0, 20, 40).TouchedWindowColumns.Should().BeEmpty();
    }

    [Fact]
    public void Windows_are_scattered_beyond_four_places()
    {
        Plan(320, InLines(0, 2, 4, 6)).WindowsAreScattered.Should().BeFalse();
        Plan(320, InLines(0, 2, 4, 6, 8)).WindowsAreScattered.Should().BeTrue();
        Plan(320, InLines(0, 1, 4, 5, 8, 9, 12)).WindowsAreScattered.Should().BeFalse("neighbours are one place");
    }

    [Fact]
    public void An_encoder_takes_the_scratch_that_it_asked_for()
    {
        foreach (EncodePlan plan in (EncodePlan[])[Plan(64, 0, 20, 40), Plan(320, InLines([.. Enumerable.Range(0, 12)])), Plan(320, InLines(0, 3, 4, 9))])
        {
            // Windows are transposed by kernels of 256 bits and more, for rows; columns in place have offsets of their own.
            // Lines are asked for where there are many rows.
            foreach (int rows in (int[])[100, 20_000])
            {
                TakesWhatItAsksFor<ScalarKernel>(plan, rows, rowStride: plan.Trees.Inputs, columnStride: 1);
                TakesWhatItAsksFor<ScalarKernel>(plan, rows, rowStride: 1, columnStride: rows);
                TakesWhatItAsksFor<Avx512Kernel>(plan, rows, rowStride: plan.Trees.Inputs, columnStride: 1);
                TakesWhatItAsksFor<Avx512Kernel>(plan, rows, rowStride: 1, columnStride: rows);
            }
        }
    }

    private static unsafe void TakesWhatItAsksFor<TKernel>(EncodePlan plan, int rows, int rowStride, int columnStride)
        where TKernel : struct, IKernel
    {
        // Nothing but what it asked for, from the first cache line on.
        PinnedMatrix<float> source = new(null, rows, plan.Trees.Inputs, rowStride, columnStride);
        byte[] memory = new byte[Encoder<float>.ScratchBytes<TKernel>(plan, source) + 64];
        fixed (byte* first = memory)
        {
            byte* aligned = (byte*)(((nuint)first + 63) / 64 * 64);
            Scratch enough = new(aligned, memory.Length - 64);
            _ = Encoder<float>.Create<TKernel>(plan, source, ref enough);
            bool isRefused = false;
            try
            {
                Scratch less = new(aligned, memory.Length - 65);
                _ = Encoder<float>.Create<TKernel>(plan, source, ref less);
            }
            catch (InvalidOperationException)
            {
                isRefused = true;
            }

            isRefused.Should().BeTrue("a byte less is too little");
        }
    }

    /// <summary>Three columns of each of these lines.</summary>
    private static int[] InLines(params int[] lines) => [.. lines.SelectMany(line => (int[])[16 * line, (16 * line) + 7, (16 * line) + 15])];

    /// <summary>Trees that test these columns, the last one again until there are four for each tree.</summary>
    private static EncodePlan Plan(int inputs, params int[] columns)
    {
        int codebooks = (columns.Length + 3) / 4;
        int[] all = [.. columns, .. Enumerable.Repeat(columns[^1], (4 * codebooks) - columns.Length)];
        return new(new HashTrees(ElementType.Float32, inputs, codebooks, 4, all, new float[16 * codebooks]));
    }
}
