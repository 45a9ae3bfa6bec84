using System.Globalization;
using System.Runtime.CompilerServices;
using Maddness.Common;
using Maddness.Pipeline;

namespace Maddness;

/// <summary>
/// How windows slide over images: what a convolution multiplies. Images are row-major, channels last (NHWC); the elements of a window, in the same order, are a row of a matrix A (im2col), one for each place of the window, places in row-major order.
/// A signal is an image of height 1. Images may be padded by zeros.
/// </summary>
public sealed class ConvolutionShape
{
    /// <summary>The shape of some windows.</summary>
    /// <param name="height">Rows of pixels of an image.</param>
    /// <param name="width">Pixels of a row.</param>
    /// <param name="channels">Elements of a pixel.</param>
    /// <param name="kernelHeight">Rows of pixels of a window.</param>
    /// <param name="kernelWidth">Pixels of a window's row.</param>
    /// <param name="strideY">Rows from one window to that below.</param>
    /// <param name="strideX">Pixels from one window to the next.</param>
    /// <param name="paddingTop">Rows of zeros above an image.</param>
    /// <param name="paddingLeft">Pixels of zeros before each row.</param>
    /// <param name="paddingBottom">Rows of zeros below.</param>
    /// <param name="paddingRight">Pixels of zeros behind each row.</param>
    /// <param name="dilationY">Rows of the image from one row of a window to the next.</param>
    /// <param name="dilationX">Pixels of the image from one of a window's row to the next.</param>
    /// <exception cref="ArgumentOutOfRangeException">Padding is negative, another argument is below 1, a window is larger than a padded image, or an image, or a window, has more elements than an array holds.</exception>
    public ConvolutionShape(
        int height,
        int width,
        int channels,
        int kernelHeight,
        int kernelWidth,
        int strideY = 1,
        int strideX = 1,
        int paddingTop = 0,
        int paddingLeft = 0,
        int paddingBottom = 0,
        int paddingRight = 0,
        int dilationY = 1,
        int dilationX = 1)
    {
        Height = AtLeast(1, height);
        Width = AtLeast(1, width);
        Channels = AtLeast(1, channels);
        KernelHeight = AtLeast(1, kernelHeight);
        KernelWidth = AtLeast(1, kernelWidth);
        StrideY = AtLeast(1, strideY);
        StrideX = AtLeast(1, strideX);
        PaddingTop = AtLeast(0, paddingTop);
        PaddingLeft = AtLeast(0, paddingLeft);
        PaddingBottom = AtLeast(0, paddingBottom);
        PaddingRight = AtLeast(0, paddingRight);
        DilationY = AtLeast(1, dilationY);
        DilationX = AtLeast(1, dilationX);

        long paddedHeight = (long)height + paddingTop + paddingBottom;
        long paddedWidth = (long)width + paddingLeft + paddingRight;
        Require(Product(paddedHeight, paddedWidth, channels) <= Array.MaxLength, height, nameof(height), $"an image of at most {Array.MaxLength} elements, but {paddedHeight} x {paddedWidth} x {channels} with its padding");
        long spanY = (((long)kernelHeight - 1) * dilationY) + 1;
        long spanX = (((long)kernelWidth - 1) * dilationX) + 1;
        Require(spanY <= paddedHeight, kernelHeight, nameof(kernelHeight), $"a window that reaches over at most {paddedHeight} rows, those of a padded image, but {spanY}");
        Require(spanX <= paddedWidth, kernelWidth, nameof(kernelWidth), $"a window that reaches over at most {paddedWidth} pixels, those of a padded row, but {spanX}");
        SpanY = (int)spanY;
        SpanX = (int)spanX;
        OutputHeight = (int)((paddedHeight - spanY) / strideY) + 1;
        OutputWidth = (int)((paddedWidth - spanX) / strideX) + 1;
    }

    /// <summary>Rows of pixels of an image.</summary>
    public int Height { get; }

    /// <summary>Pixels of a row.</summary>
    public int Width { get; }

    /// <summary>Elements of a pixel.</summary>
    public int Channels { get; }

    /// <summary>Rows of pixels of a window.</summary>
    public int KernelHeight { get; }

    /// <summary>Pixels of a window's row.</summary>
    public int KernelWidth { get; }

    /// <summary>Rows from one window to that below.</summary>
    public int StrideY { get; }

    /// <summary>Pixels from one window to the next.</summary>
    public int StrideX { get; }

    /// <summary>Rows of zeros above an image.</summary>
    public int PaddingTop { get; }

    /// <summary>Pixels of zeros before each row.</summary>
    public int PaddingLeft { get; }

    /// <summary>Rows of zeros below.</summary>
    public int PaddingBottom { get; }

    /// <summary>Pixels of zeros behind each row.</summary>
    public int PaddingRight { get; }

    /// <summary>Rows of the image from one row of a window to the next.</summary>
    public int DilationY { get; }

    /// <summary>Pixels of the image from one of a window's row to the next.</summary>
    public int DilationX { get; }

    /// <summary>Places of the window from top to bottom.</summary>
    public int OutputHeight { get; }

    /// <summary>Places of the window from left to right.</summary>
    public int OutputWidth { get; }

    /// <summary>Elements of an image, without padding.</summary>
    public int ImageLength => Height * Width * Channels;

    /// <summary>D: elements of a window, and columns of A.</summary>
    public int Inputs => KernelHeight * KernelWidth * Channels;

    /// <summary>Windows of an image, and rows of A that it makes.</summary>
    public int Rows => OutputHeight * OutputWidth;

    /// <summary>Rows of a padded image that a window reaches over.</summary>
    internal int SpanY { get; }

    /// <summary>Pixels of a row that it reaches over.</summary>
    internal int SpanX { get; }

    /// <summary>Images, windows, and the matrix that they make.</summary>
    /// <returns>One line, in the invariant culture.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"images of {Height} × {Width} × {Channels}, windows of {KernelHeight} × {KernelWidth}: {OutputHeight} × {OutputWidth} rows of {Inputs}");

    /// <summary>The windows of some images as rows of a matrix (im2col): to learn from, to plan with, to multiply exactly.</summary>
    /// <typeparam name="T">The type of an element.</typeparam>
    /// <param name="images">The images, one after another.</param>
    /// <param name="count">How many.</param>
    /// <param name="destination">Receives <paramref name="count"/> · <see cref="Rows"/> rows of <see cref="Inputs"/> elements, row-major.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    /// <exception cref="ArgumentException">A length does not fit, or the memory of the two overlaps.</exception>
    [MethodImpl(Compiled.Once)]
    public void CopyRows<T>(ReadOnlySpan<T> images, int count, Span<T> destination)
        where T : unmanaged
    {
        MatrixView<T> source = MatrixView<T>.Of(images, count, ImageLength, nameof(images));
        MatrixView<T> rows = MatrixView<T>.Of(destination, RowsOf(count, nameof(count)), Inputs, nameof(destination));
        ArgumentChecks.NoOverlap(source, nameof(images), rows, nameof(destination));
        for (int row = 0; row < rows.Rows; row++)
        {
            WindowRows.Copy(images, this, row, destination.Slice(row * Inputs, Inputs));
        }
    }

    /// <summary>Rows that some images make.</summary>
    internal int RowsOf(int count, string name)
    {
        long rows = (long)count * Rows;
        return rows <= int.MaxValue
            ? (int)rows
            : throw new ArgumentException($"'{name}' is {count}, of images that make {Rows} rows each; expected at most {int.MaxValue} rows: take the images in parts.", name);
    }

    private static int AtLeast(int least, int value, [CallerArgumentExpression(nameof(value))] string? name = null)
    {
        Require(value >= least, value, name, $"{least} or more");
        return value;
    }

    private static void Require(bool isRight, int value, string? name, string expected)
    {
        if (!isRight)
        {
            throw new ArgumentOutOfRangeException(name, value, $"'{name}' is {value}; expected {expected}.");
        }
    }

    /// <summary>Of sides that may be as large as those of two arrays: <see cref="long.MaxValue"/> where it is more.</summary>
    private static long Product(long a, long b, long c) => a > long.MaxValue / b / c ? long.MaxValue : a * b * c;
}
