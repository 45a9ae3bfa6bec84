using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Tests.Memory;

public class MatrixViewTests
{
    [Theory]
    [InlineData(4, 5, 5, 1, false)]
    [InlineData(4, 5, 1, 4, false)]
    [InlineData(4, 5, 4, 1, true)]
    [InlineData(4, 5, 1, 3, true)]
    [InlineData(4, 5, 1, 1, true)]
    [InlineData(4, 5, 0, 1, true)]
    [InlineData(4, 5, 5, 0, true)]
    [InlineData(1, 5, 0, 1, false)]
    [InlineData(1, 5, 0, 0, true)]
    [InlineData(4, 1, 1, 0, false)]
    [InlineData(0, 5, 0, 1, false)]
    public void Elements_that_share_an_address_are_seen(int rows, int columns, int rowStride, int columnStride, bool expected)
    {
        float[] memory = new float[20];
        Views<float>.Of(ref memory[0], rows, columns, rowStride, columnStride).OverlapsItself().Should().Be(expected);
    }

    /// <summary>Makes views, also of strides that no tensor has.</summary>
    private static class Views<T>
        where T : unmanaged
    {
        [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
        internal static extern MatrixView<T> Of(ref T first, int rows, int columns, nint rowStride, nint columnStride);
    }
}
