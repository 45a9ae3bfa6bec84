using Maddness.Planning;

namespace Maddness.Tests.Planning;

public class MeasuredRowsTests
{
    [Fact]
    public void Few_rows_are_repeated_and_many_cut_off()
    {
        MeasuredRows<float> rows = new([1, 2, 3, 4, 5, 6], 3, null);
        rows.Repeat(7, 2).Should().Equal(1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 1, 2);
        rows.Repeat(3, 2).Should().Equal(rows.Values);
        rows.Repeat(2, 2).Should().Equal(1, 2, 3, 4);
    }
}
