using Maddness.Pipeline;

namespace Maddness.Tests.Pipeline;

/// <summary>A line that is not found costs nothing but time; one that is must be in every row, and where the CPU watches.</summary>
public unsafe class WatchedLineTests
{
    [Fact]
    public void It_is_the_sixth_of_every_eight_lines()
    {
        Find<float>(4096, rowStride: 512, columns: 512, 0, 40).Should().Be(80);
        Find<float>(4096 + 16, rowStride: 512, columns: 512, 0, 40).Should().Be(76);
        Find<float>(4096 + 320, rowStride: 512, columns: 512, 16, 40).Should().Be(0);
        Find<float>(4096 + 382, rowStride: 512, columns: 512, 16, 40).Should().Be(0, "the first column starts in it");
        Find<float>(4096 + 384, rowStride: 512, columns: 512, 16, 40).Should().Be(112);
        Find<byte>(4096, rowStride: 512, columns: 512, 0, 40).Should().Be(320);
        Find<float>(4096, rowStride: -1024, columns: 512, 0, 40).Should().Be(80, "rows may go down in memory");
    }

    [Fact]
    public void There_is_none_where_the_trees_read_one_or_rows_have_none()
    {
        Find<float>(4096, rowStride: 512, columns: 512, 0, 80).Should().Be(-1);
        Find<float>(4096, rowStride: 512, columns: 512, 0, 95 + 128).Should().Be(-1);
        Find<float>(4096, rowStride: 512, columns: 512, 0, 79, 96).Should().Be(80, "its neighbours are not watched");
        Find<float>(4096, rowStride: 512, columns: 80, 0, 40).Should().Be(-1, "rows end before it");
        Find<float>(4096, rowStride: 512, columns: 81, 0, 40).Should().Be(80);
        Find<float>(4096, rowStride: 528, columns: 512, 0, 40).Should().Be(-1, "rows differ in it");
        WatchedLine.Find(new PinnedMatrix<float>((float*)4096, 1000, 512, 1, 1024), [0, 40]).Should().Be(-1, "rows are not contiguous");
    }

    [Fact]
    public void Of_many_lines_one_is_not_enough()
    {
        // Lines 5 to 12, 14 and 15 are ten, with one in place; line 13 is in place, too.
        int[] ten = [80, 96, 112, 128, 144, 160, 176, 192, 224, 239, 240];
        Find<float>(4096, rowStride: 512, columns: 512, ten).Should().Be(-1);
        Find<float>(4096, rowStride: 512, columns: 512, [.. ten, 256]).Should().Be(208);
        Find<float>(4096, rowStride: 512, columns: 512, [.. ten, 256, 256 + 80]).Should().Be(-1, "the trees read two");
        Find<float>(4096, rowStride: 512, columns: 512, [0, 16, .. ten]).Should().Be(208);
        Find<float>(4096, rowStride: 256, columns: 208, 0, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192).Should().Be(-1, "rows end before another");
    }

    private static int Find<T>(nint address, int rowStride, int columns, params int[] touched)
        where T : unmanaged => (int)WatchedLine.Find(new PinnedMatrix<T>((T*)address, 1000, columns, rowStride, 1), touched);
}
