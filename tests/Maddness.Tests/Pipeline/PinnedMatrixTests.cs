using Maddness.Pipeline;

namespace Maddness.Tests.Pipeline;

public class PinnedMatrixTests
{
    [Fact]
    public void Where_rows_start_in_their_lines_is_found_where_it_is_the_same_for_all()
    {
        for (int lead = 0; lead < 16; lead++)
        {
            Lead<float>(4096 + (4 * lead), 512).Should().Be(lead);
            Lead<float>(4096 + (4 * lead), 500).Should().BeNull("rows differ");
            Lead<float>(4097 + (4 * lead), 512).Should().BeNull("no float starts there");
            Lead<short>(4096 + (2 * lead), 32).Should().Be(lead);
            Lead<short>(4096 + (2 * lead), 16).Should().BeNull("every other row starts in the middle of a line");
            Lead<byte>(4096 + lead, 64).Should().Be(lead);
        }

        Lead<byte>(4095, 64).Should().Be(63);
        Lead<float>(4096, -16).Should().Be(0, "rows may go down in memory");

        static unsafe int? Lead<T>(nint address, nint stride)
            where T : unmanaged => new PinnedMatrix<T>((T*)address, 100, 500, stride, 1).Lead;
    }
}
