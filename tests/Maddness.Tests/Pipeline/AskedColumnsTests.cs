using Maddness.Pipeline;

namespace Maddness.Tests.Pipeline;

/// <summary>Lines that were not asked for cost nothing but time: every touched one must be among those that were.</summary>
public unsafe class AskedColumnsTests
{
    [Fact]
    public void Where_rows_start_alike_each_line_is_asked_for_once()
    {
        Asked(shift: 0, rowStride: 512, 0, 3, 15, 16, 40).Should().Equal(0, 16, 40);
        Asked(shift: 12, rowStride: 512, 0, 3, 4, 15, 16, 40).Should().Equal(0, 4, 40);
    }

    [Fact]
    public void Elsewhere_the_first_and_last_of_neighbours_are()
    {
        Asked(shift: 0, rowStride: 500, 0, 3, 15, 16, 40).Should().Equal(0, 15, 16, 40);
        Asked(shift: 0, rowStride: 500, 7).Should().Equal(7);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(500)]
    [InlineData(27)]
    [InlineData(1)]
    public void Every_touched_line_of_every_row_is_asked_for(int rowStride)
    {
        Random random = new(rowStride);
        for (int trial = 0; trial < 50; trial++)
        {
            int[] touched = [.. Enumerable.Range(0, 40).Select(_ => random.Next(512)).Distinct().Order()];
            int shift = random.Next(16);
            int[] asked = Asked(shift, rowStride, touched);
            asked.Should().BeSubsetOf(touched);
            for (int row = 0; row < 20; row++)
            {
                int start = shift + (row * rowStride);
                touched.Select(column => (start + column) / 16).Distinct().Should().BeSubsetOf(asked.Select(column => (start + column) / 16));
            }
        }
    }

    [Fact]
    public void Lines_are_of_bytes_not_of_elements()
    {
        nint* offsets = stackalloc nint[] { 0, 40, 63, 64 };
        nint* asked = stackalloc nint[4];
        PinnedMatrix<byte> source = new((byte*)4096, 100, 512, 512, 1);
        AskedColumns.Choose(offsets, 4, source, asked).Should().Be(2);
        new Span<nint>(asked, 2).ToArray().Should().Equal(0, 64);
    }

    [Fact]
    public void Windows_that_are_lines_are_asked_for_once_and_others_to_their_end()
    {
        AskedWindows(shift: 0, rowStride: 512, 0, 16, 96).Should().Equal(0, 16, 96);
        AskedWindows(shift: 4, rowStride: 512, 0, 12, 28, 496).Should().Equal(0, 12, 28, 496, 511);
        AskedWindows(shift: 0, rowStride: 500, 0, 16, 96).Should().Equal(0, 16, 31, 96, 111);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(500)]
    [InlineData(27)]
    public void Every_line_of_every_window_is_asked_for(int rowStride)
    {
        Random random = new(rowStride);
        for (int trial = 0; trial < 50; trial++)
        {
            // Windows start with lines or with the row; the last one may begin in another.
            int shift = random.Next(16), lead = rowStride % 16 == 0 ? random.Next(2) * shift : 0, inputs = random.Next(2) == 0 ? 512 : 500;
            int[] windows = [.. Enumerable.Range(0, 20).Select(_ => EncodePlan.WindowOf(random.Next(inputs), inputs, lead)).Distinct().Order()];
            int[] asked = AskedWindows(shift, rowStride, windows);
            for (int row = 0; row < 20; row++)
            {
                int start = shift + (row * rowStride);
                windows.SelectMany(window => (int[])[(start + window) / 16, (start + window + 15) / 16]).Distinct().Should().BeSubsetOf(asked.Select(column => (start + column) / 16));
            }
        }
    }

    private static int[] AskedWindows(int shift, int rowStride, params int[] windows)
    {
        nint[] asked = new nint[2 * windows.Length];
        PinnedMatrix<float> source = new((float*)4096 + shift, 100, 512, rowStride, 1);
        int count = AskedColumns.ChooseWindows(windows, source, asked);
        return [.. asked.Take(count).Select(offset => (int)offset)];
    }

    private static int[] Asked(int shift, int rowStride, params int[] touched)
    {
        nint* offsets = stackalloc nint[touched.Length];
        nint* asked = stackalloc nint[touched.Length];
        for (int i = 0; i < touched.Length; i++)
        {
            offsets[i] = touched[i];
        }

        // An address, not memory: nothing is read.
        PinnedMatrix<float> source = new((float*)4096 + shift, 100, 512, rowStride, 1);
        int count = AskedColumns.Choose(offsets, touched.Length, source, asked);
        return [.. new Span<nint>(asked, count).ToArray().Select(offset => (int)offset)];
    }
}
