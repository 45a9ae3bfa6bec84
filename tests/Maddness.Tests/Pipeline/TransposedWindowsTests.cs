using Maddness.Model;
using Maddness.Pipeline;
using Maddness.Tests.Support;

namespace Maddness.Tests.Pipeline;

/// <summary>How encoders will read rows: wrong windows may give the right codes, and slowly.</summary>
public class TransposedWindowsTests
{
    [Fact]
    public void Windows_are_lines_of_rows_but_for_the_first_and_the_last_which_end_with_the_row()
    {
        Found(16, 0, [0, 5, 15]).Should().Equal(0);
        Found(15, 0, [0, 5, 14]).Should().BeNull("a row is shorter than a window");
        Found(47, 0, [1, 2, 3, 40, 44, 46]).Should().Equal(0, 31);
        Found(48, 0, [1, 2, 3, 40, 44, 46]).Should().Equal(0, 32);
        Found(48, 12, [1, 2, 3, 4, 5, 6, 40, 44, 46]).Should().Equal([0, 4, 32], "lines of these rows begin with columns 4, 20 and 36");
        Found(64, 12, [5, 19, 20, 35]).Should().Equal(4, 20);
        Found(48, null, [1, 2, 3, 40, 44, 46]).Should().Equal([0, 32], "rows differ");
    }

    [Fact]
    public void Windows_hold_two_columns_in_the_mean_and_are_no_more_than_sixteen()
    {
        Found(64, 0, [0, 1, 16]).Should().BeNull("three columns are too few for two windows");
        Found(64, 0, [0, 1, 16, 17]).Should().Equal(0, 16);
        Found(64, 9, [6, 7, 22, 23]).Should().Equal([0, 16], "they are in three lines of these rows, and in two windows");
        Found(320, 0, SplitColumns.InLines([.. Enumerable.Range(0, 16)])).Should().HaveCount(16);
        Found(320, 0, SplitColumns.InLines([.. Enumerable.Range(0, 17)])).Should().BeNull();
        Found(256, 4, [.. Enumerable.Range(0, 256)]).Should().Equal(Enumerable.Range(0, 16).Select(i => 16 * i), "they are in 17 lines of these rows");
    }

    [Fact]
    public void Windows_of_rows_that_share_a_set_of_the_cache_must_hold_three_columns()
    {
        Create(64, 0, [0, 1, 2, 16, 17]).Suit(rowStride: 512).Should().BeTrue();
        Create(64, 0, [0, 1, 2, 16, 17]).Suit(rowStride: 2048).Should().BeFalse();
        Create(64, 0, [0, 1, 2, 3, 16, 17]).Suit(rowStride: 2048).Should().BeTrue();
        Found(320, 4, SplitColumns.InLines([.. Enumerable.Range(0, 15)])).Should().HaveCount(15, "they are in 16 lines of these rows, too many for 45 columns so far apart");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(15)]
    [InlineData(null)]
    public void Windows_name_each_touched_column_once_in_order(int? lead)
    {
        int[] columns = [1, 2, 3, 14, 15, 16, 40, 44, 46, 46, 44, 1];
        TransposedWindows windows = Create(47, lead, columns);

        windows.AdjacentColumns.Should().Equal(windows.FirstColumns.Select((_, i) => 16 * i));
        windows.FirstColumns.SelectMany((first, i) => Enumerable.Range(0, 32).Where(bit => (windows.TestedColumns[i] >> bit & 1) == 1).Select(bit => first + bit))
            .Should().Equal(1, 2, 3, 14, 15, 16, 40, 44, 46);
    }

    [Fact]
    public void Windows_are_scattered_beyond_four_places()
    {
        Create(320, 0, SplitColumns.InLines(0, 2, 4, 6)).AreScattered.Should().BeFalse();
        Create(320, 0, SplitColumns.InLines(0, 2, 4, 6, 8)).AreScattered.Should().BeTrue();
        Create(320, 0, SplitColumns.InLines(0, 1, 4, 5, 8, 9, 12)).AreScattered.Should().BeFalse("neighbours are one place");
    }

    [Fact]
    public void Integers_are_not_transposed()
    {
        int[] columns = [0, 1, 2, 3];
        TransposedWindows.TryFind(new HashTrees(ElementType.Int16, 64, 1, 4, columns, new float[16]), columns, lead: 0).Should().BeNull();
    }

    private static int[]? Found(int inputs, int? lead, int[] columns) => TransposedWindows.TryFind(SplitColumns.Trees(inputs, columns), [.. columns.Distinct().Order()], lead);

    private static TransposedWindows Create(int inputs, int? lead, int[] columns) => new([.. columns.Distinct().Order()], Found(inputs, lead, columns)!);
}
