using Maddness.Kernels;

namespace Maddness.Tests.Kernels;

/// <summary>What is asked for shows in no result: these count lines. No address is read, so that any will do.</summary>
public unsafe class LinesAheadTests
{
    [Theory]
    [InlineData(0, 100, 100, 64, 400)]
    [InlineData(4, 100, 100, 64, 401)]
    [InlineData(15, 1, 1, 2, 2)]
    [InlineData(0, 16, 16, 3, 3)]
    [InlineData(8, 16, 16, 3, 4)]
    [InlineData(0, 31, 20, 4, 8)]
    public void Rows_side_by_side_are_one_run_of_lines(int start, int rowStride, int columns, int rows, int lines) => LinesOf(start, rowStride, rows, columns).Should().Be(lines);

    [Theory]
    [InlineData(0, 64, 20, 5, 10)]
    [InlineData(8, 64, 20, 5, 10)]
    [InlineData(15, 64, 20, 5, 15)]
    [InlineData(0, 36, 16, 4, 7)]
    public void Of_rows_far_apart_the_lines_between_are_left_out(int start, int rowStride, int columns, int rows, int lines) => LinesOf(start, rowStride, rows, columns).Should().Be(lines);

    [Theory]
    [InlineData(0, 1000, 2, 5, 100, 65)]
    [InlineData(15, 1000, 3, 4, 17, 16)]
    [InlineData(0, 203, 2, 64, 100, 812)]
    [InlineData(0, 1, 1024, 64, 5, 20)]
    [InlineData(8, 1, 1024, 64, 5, 25)]
    [InlineData(0, 2, 1024, 8, 5, 5)]
    [InlineData(0, 1, 64, 64, 10, 40)]
    public void Runs_lie_along_the_shorter_stride(int start, int rowStride, int columnStride, int rows, int columns, int lines)
    {
        LinesOf(start, rowStride, rows, columns, columnStride).Should().Be(lines);

        LinesAhead ahead = default;
        ahead.Set(At(start), rowStride, columnStride, rows, columns);
        ahead.Ask(rows * columns).Should().Be(lines, "who has written all floats has asked for all lines");
    }

    [Fact]
    public void No_rows_are_no_lines()
    {
        LinesOf(3, 100, 0, 100).Should().Be(0);
        LinesOf(3, 200, 0, 100).Should().Be(0);
        default(LinesAhead).Ask(1000).Should().Be(0);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(16, 1)]
    [InlineData(17, 2)]
    [InlineData(512, 32)]
    public void As_many_floats_are_asked_for_as_are_written_meanwhile(int floats, int lines)
    {
        LinesAhead ahead = default;
        ahead.Set(At(0), 100, 1, 64, 100);
        ahead.Ask(floats).Should().Be(lines);
    }

    [Theory]
    [InlineData(100, 100, 1)]
    [InlineData(112, 100, 1)]
    [InlineData(128, 100, 1)]
    [InlineData(40, 20, 12)]
    [InlineData(1000, 1, 15)]
    [InlineData(50, 100, 3)]
    public void Who_writes_all_rows_has_asked_for_all_lines(int rowStride, int columns, int start)
    {
        LinesAhead ahead = default;
        ahead.Set(At(start), rowStride, 1, 64, columns);
        for (int step = 0; step < 4; step++)
        {
            ahead.Ask(16 * columns);
        }

        ahead.Ask(10_000).Should().BeLessThanOrEqualTo(1);
    }

    [Fact]
    public void What_was_left_is_forgotten()
    {
        LinesAhead ahead = default;
        ahead.Set(At(0), 100, 1, 64, 20);
        _ = ahead.Ask(100);
        ahead.Set(At(0), 16, 1, 2, 16);
        ahead.Ask(10_000).Should().Be(2);
        ahead.Ask(10_000).Should().Be(0);
    }

    /// <summary>So many floats behind a cache line.</summary>
    private static float* At(int floats) => (float*)(1 << 20) + floats;

    /// <summary>All lines that are asked for, some at a time.</summary>
    private static int LinesOf(int start, int rowStride, int rows, int columns, int columnStride = 1)
    {
        LinesAhead ahead = default;
        ahead.Set(At(start), rowStride, columnStride, rows, columns);
        int lines = 0;
        for (int asked = 1; asked > 0; lines += asked)
        {
            asked = ahead.Ask(40);
        }

        return lines;
    }
}
