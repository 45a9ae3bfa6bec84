using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Kernels;
using Maddness.Model;

namespace Maddness.Pipeline;

/// <summary>
/// How windows are encoded where they stand in images. Those side by side are rows of one matrix, which overlap, and whose columns stand apart where a window goes on in the next row of pixels. What trees test of windows that reach into the padding, and of those of narrow images, is copied.
/// </summary>
internal sealed class WindowPlan
{
    /// <summary>Windows that are encoded at once, at most, and the bytes that they may be spread over: fewer than are asked for ahead, see <see cref="TilePlan.IsAskedFor(int, nint, int)"/>.</summary>
    private const int MaxWindows = EncodeTile<byte>.RowsAhead, MaxBytes = 512 * 1024;

    /// <summary>
    /// Fewer windows side by side are copied, whole blocks of codes at a time (measured on Emerald Rapids, 3 × 3 with padding, ns a window, in place and copied: 26 side by side of 64 channels, C = 4, 16 and 32, 36, 58 and 109, 36, 65 and 154; 14 47, 72 and 199, 43, 66 and 225; 8 49, 92 and 276, 38, 72 and
    /// 258; 5 54, 116 and 312, 39, 74 and 239).
    /// </summary>
    private const int MinWindows = CodeBlock.Rows;

    private readonly int _firstX, _endX, _firstY, _endY;

    [MethodImpl(Compiled.Once)]
    internal WindowPlan(ConvolutionShape shape, HashTrees trees)
    {
        Shape = shape;
        (OutputHeight, OutputWidth, ImageLength) = (shape.OutputHeight, shape.OutputWidth, shape.ImageLength);
        (_firstX, _endX) = Inner(shape.PaddingLeft, shape.Width, shape.SpanX, shape.StrideX, OutputWidth);
        (_firstY, _endY) = Inner(shape.PaddingTop, shape.Height, shape.SpanY, shape.StrideY, OutputHeight);

        // Where there is one window in a row, the stride may be larger than an image.
        Step = OutputWidth == 1 ? shape.Channels : shape.StrideX * shape.Channels;
        if (_endX - _firstX < MinWindows || _endY == _firstY)
        {
            _endX = _firstX;
            _endY = _firstY;
        }

        MostWindows = (int)Math.Clamp(MaxBytes / ((long)Step * ElementTypes.BytesOf(trees.ElementType)), 1, MaxWindows);
        int[] touched = [.. trees.Columns.Distinct().Order()];
        Pixels = [.. touched.GroupBy(column => column / shape.Channels).Select(pixel => PixelOf(pixel.Key, [.. pixel.Select(column => column % shape.Channels)]))];

        int[] inImage = Array.ConvertAll(trees.Columns, column => PixelOf(column / shape.Channels, []).Offset + (column % shape.Channels));
        int extent = (((shape.SpanY - 1) * shape.Width) + shape.SpanX) * shape.Channels;
        InImage = new EncodePlan(new HashTrees(trees.ElementType, extent, trees.Codebooks, trees.Levels, inImage, trees.Thresholds));
        int[] copied = Array.ConvertAll(trees.Columns, column => Array.BinarySearch(touched, column));
        Copied = new EncodePlan(new HashTrees(trees.ElementType, touched.Length, trees.Codebooks, trees.Levels, copied, trees.Thresholds));
    }

    internal ConvolutionShape Shape { get; }

    /// <summary>Windows that are encoded at once where they stand, at most.</summary>
    internal int MostWindows { get; }

    /// <summary>Elements from one window to the next.</summary>
    internal int Step { get; }

    /// <summary>What the shape derives: derived once.</summary>
    internal int OutputHeight { get; }

    /// <inheritdoc cref="OutputHeight"/>
    internal int OutputWidth { get; }

    /// <inheritdoc cref="OutputHeight"/>
    internal int ImageLength { get; }

    /// <summary>Of trees that test the elements of windows where they stand.</summary>
    internal EncodePlan InImage { get; }

    /// <summary>Of trees that test the tested elements alone, one after another.</summary>
    internal EncodePlan Copied { get; }

    /// <summary>The pixels of a window of which trees test elements.</summary>
    internal Pixel[] Pixels { get; }

    /// <summary>A pixel of a window.</summary>
    /// <param name="Y">Rows below the window's first pixel.</param>
    /// <param name="X">Pixels behind it.</param>
    /// <param name="Offset">Elements behind it, in the image.</param>
    /// <param name="Channels">The elements that are tested, ascending.</param>
    internal readonly record struct Pixel(int Y, int X, int Offset, int[] Channels);

    /// <summary>How many windows from one on are read where they stand: 0 where the first is not.</summary>
    internal int InnerFrom(int y, int x) => y >= _firstY && y < _endY && x >= _firstX && x < _endX ? Math.Min(_endX - x, MostWindows) : 0;

    /// <summary>How many windows from one on, which is not read where it stands, are not either, up to the end of their row.</summary>
    internal int OuterFrom(int y, int x) => (y >= _firstY && y < _endY && x < _firstX ? _firstX : OutputWidth) - x;

    /// <summary>The places of a window at which none of its pixels is in the padding, from the first to behind the last.</summary>
    private static (int First, int End) Inner(int padding, int size, int span, int stride, int places)
    {
        int first = Math.Min((int)(((long)padding + stride - 1) / stride), places);
        long last = (long)size + padding - span;
        return (first, last < 0 ? first : (int)Math.Clamp((last / stride) + 1, first, places));
    }

    private Pixel PixelOf(int pixel, int[] channels)
    {
        (int y, int x) = Math.DivRem(pixel, Shape.KernelWidth);
        (y, x) = (y * Shape.DilationY, x * Shape.DilationX);
        return new(y, x, ((y * Shape.Width) + x) * Shape.Channels, channels);
    }
}
