using Maddness.Kernels;
using Maddness.Model;
using Maddness.Pipeline;
using Maddness.Tests.Support;

namespace Maddness.Tests.Pipeline;

/// <summary>How encoders will read rows: wrong groups may give the right codes, and slowly, or read beyond a row.</summary>
public class ColumnGroupsTests
{
    private const int ColumnsOfFloats = 4;

    [Fact]
    public void Neighbours_are_read_together_and_single_columns_alone()
    {
        Found(64, 0, [0, 3, 9, 20, 21, 22, 23, 63]).Should().Equal(new ColumnGroup(0, 0b1001), new(9, 1), new(20, 0b1111), new(63, 1));
        Found(4, 0, [1, 2]).Should().Equal(new ColumnGroup(0, 0b0110));
        Found(3, 0, [1, 2]).Should().BeNull("a row is shorter than a group");
    }

    [Fact]
    public void Groups_are_parts_of_lines_but_for_the_first_and_the_last_which_end_with_the_row()
    {
        Found(64, 2, [1, 2, 5, 6]).Should().Equal(new ColumnGroup(1, 1), new(2, 0b1001), new(6, 1));
        Found(64, 2, [0, 1, 62, 63]).Should().Equal(new ColumnGroup(0, 0b0011), new(60, 0b1100));
        Found(62, 0, [58, 59, 60, 61]).Should().Equal(new ColumnGroup(56, 0b1100), new(58, 0b1100));
    }

    [Fact]
    public void Every_tested_column_is_in_one_group_in_order_and_no_group_leaves_its_row()
    {
        Random random = new(3);
        for (int i = 0; i < 200; i++)
        {
            int inputs = random.Next(4, 80);
            int[] columns = [.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => random.Next(inputs))];
            ColumnGroup[] groups = Found(inputs, i % 4, columns)!;

            groups.SelectMany(group => Enumerable.Range(0, ColumnsOfFloats).Where(bit => (group.Tested >> bit & 1) == 1).Select(bit => group.First + bit)).Should().Equal(columns.Distinct().Order());
            groups.Should().OnlyContain(group => group.First >= 0 && (group.Tested == 1 ? group.First < inputs : group.First + ColumnsOfFloats <= inputs));
        }
    }

    [Theory]
    [InlineData(ElementType.Int16, 8)]
    [InlineData(ElementType.Int8, 16)]
    [InlineData(ElementType.UInt8, 16)]
    public void Groups_of_integers_have_as_many_bytes(ElementType type, int width)
    {
        Found(64, 0, [0, width - 1, width, 63 - width, 63], type).Should().Equal(new ColumnGroup(0, 1 | (1 << (width - 1))), new(width, 1), new(63 - width, 1), new(63, 1));
        Found(64, 3, [width - 4, width - 3, width - 2], type).Should().Equal(new ColumnGroup(width - 4, 1), new(width - 3, 0b11));
        Found(width + 1, 0, [0, 1, width - 1, width], type).Should().Equal(new ColumnGroup(0, 0b11 | (1 << (width - 1))), new(width, 1));
        Found(width - 1, 0, [0, 1], type).Should().BeNull("a row is shorter than a group");
    }

    private static ColumnGroup[]? Found(int inputs, int lead, int[] columns, ElementType type = ElementType.Float32)
    {
        HashTrees trees = SplitColumns.Trees(inputs, columns);
        return ColumnGroups.TryFind(new HashTrees(type, inputs, trees.Codebooks, trees.Levels, trees.Columns, new float[trees.Thresholds.Length]), [.. columns.Distinct().Order()], lead)?.Span.ToArray();
    }
}
