using System.Globalization;
using Maddness.Common;
using Maddness.Pipeline;

namespace Maddness;

/// <summary>
/// How windows slide over images: what a convolution multiplies. Images are row-major, channels last (NHWC); the elements of a window, in the same order, are a row of a matrix A (im2col), one for each place of the window, places in row-major order.
/// A signal is an image of height 1. Images may be padded by the number 0, also where integers have another zero point: pad such images yourself, with what stands for 0 there. Checked when it is used, never adjusted in silence.
/// </summary>
/// <param name="Height">Rows of pixels of an image.</param>
/// <param name="Width">Pixels of a row.</param>
/// <param name="Channels">Elements of a pixel.</param>
/// <param name="KernelHeight">Rows of pixels of a window.</param>
/// <param name="KernelWidth">Pixels of a window's row.</param>
public sealed record ConvolutionShape(int Height, int Width, int Channels, int KernelHeight, int KernelWidth)
{
    /// <summary>Rows from one window to that below, at least 1.</summary>
    public int StrideY { get; init; } = 1;

    /// <summary>Pixels from one window to the next, at least 1.</summary>
    public int StrideX { get; init; } = 1;

    /// <summary>Rows of zeros above an image.</summary>
    public int PaddingTop { get; init; }

    /// <summary>Pixels of zeros before each row.</summary>
    public int PaddingLeft { get; init; }

    /// <summary>Rows of zeros below.</summary>
    public int PaddingBottom { get; init; }

    /// <summary>Pixels of zeros behind each row.</summary>
    public int PaddingRight { get; init; }

    /// <summary>Rows of the image from one row of a window to the next, at least 1.</summary>
    public int DilationY { get; init; } = 1;

    /// <summary>Pixels of the image from one pixel of a window to the next in its row, at least 1.</summary>
    public int DilationX { get; init; } = 1;

    /// <summary>Places of the window from top to bottom; 0 where it is larger than a padded image.</summary>
    public int OutputHeight => Places(PaddedHeight, LongSpanY, StrideY);

    /// <summary>Places of the window from left to right; 0 where it is larger than a padded image.</summary>
    public int OutputWidth => Places(PaddedWidth, LongSpanX, StrideX);

    /// <summary>Elements of an image, without padding.</summary>
    /// <exception cref="OverflowException">These are more than an int counts, and the shape is none.</exception>
    public int ImageLength => checked(Height * Width * Channels);

    /// <summary>D: elements of a window, and columns of A.</summary>
    /// <exception cref="OverflowException">These are more than an int counts, and the shape is none.</exception>
    public int Inputs => checked(KernelHeight * KernelWidth * Channels);

    /// <summary>Windows of an image, and rows of A that it makes.</summary>
    /// <exception cref="OverflowException">These are more than an int counts, and the shape is none.</exception>
    public int Rows => checked(OutputHeight * OutputWidth);

    /// <summary>Rows of a padded image that a window reaches over.</summary>
    internal int SpanY => (int)LongSpanY;

    /// <summary>Pixels of a row that it reaches over.</summary>
    internal int SpanX => (int)LongSpanX;

    private long PaddedHeight => (long)Height + PaddingTop + PaddingBottom;

    private long PaddedWidth => (long)Width + PaddingLeft + PaddingRight;

    private long LongSpanY => (((long)KernelHeight - 1) * DilationY) + 1;

    private long LongSpanX => (((long)KernelWidth - 1) * DilationX) + 1;

    /// <summary>Images, windows, and the matrix that they make.</summary>
    /// <returns>One line, in the invariant culture.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"images of {Height} × {Width} × {Channels}, windows of {KernelHeight} × {KernelWidth}: {OutputHeight} × {OutputWidth} rows of {(long)KernelHeight * KernelWidth * Channels}");

    /// <summary>
    /// The windows of some images as rows of a matrix (im2col): to learn from, to plan with. A plan times products of rows, for which nobody copies, beside the exact one: <see cref="MaddnessConvolution.MeasureSpeed{T}"/> tells what a convolution takes, also of a product that a plan
    /// has not chosen.
    /// </summary>
    /// <typeparam name="T">The type of an element.</typeparam>
    /// <param name="images">The images, one after another.</param>
    /// <param name="count">How many.</param>
    /// <param name="destination">Receives <paramref name="count"/> · <see cref="Rows"/> rows of <see cref="Inputs"/> elements, row-major.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative, or the shape is none: a property is out of range, which the message names.</exception>
    /// <exception cref="ArgumentException">A length does not fit, there are more windows than an int counts, or the memory of the two overlaps.</exception>
    public void CopyRows<T>(ReadOnlySpan<T> images, int count, Span<T> destination)
        where T : unmanaged
    {
        Validate();
        MatrixView<T> source = MatrixView<T>.Of(images, count, ImageLength, nameof(images));
        MatrixView<T> rows = MatrixView<T>.Of(destination, RowsOf(count, nameof(count)), Inputs, nameof(destination));
        ArgumentChecks.NoOverlap(source, nameof(images), rows, nameof(destination));
        new WindowRows(this).Copy(images, 0, rows.Rows, destination);
    }

    /// <summary>Checks all properties.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A property is out of range; the message names it, its value and what was expected.</exception>
    internal void Validate()
    {
        AtLeast(1, Height, nameof(Height));
        AtLeast(1, Width, nameof(Width));
        AtLeast(1, Channels, nameof(Channels));
        AtLeast(1, KernelHeight, nameof(KernelHeight));
        AtLeast(1, KernelWidth, nameof(KernelWidth));
        AtLeast(1, StrideY, nameof(StrideY));
        AtLeast(1, StrideX, nameof(StrideX));
        AtLeast(0, PaddingTop, nameof(PaddingTop));
        AtLeast(0, PaddingLeft, nameof(PaddingLeft));
        AtLeast(0, PaddingBottom, nameof(PaddingBottom));
        AtLeast(0, PaddingRight, nameof(PaddingRight));
        AtLeast(1, DilationY, nameof(DilationY));
        AtLeast(1, DilationX, nameof(DilationX));

        // Of a padded image all places fit an int then, and of a window, which lies in one, too.
        bool fits = PaddedHeight <= Array.MaxLength / PaddedWidth / Channels;
        Require(fits, nameof(Height), Height, $"images of at most {Array.MaxLength} elements, padding included, which are {PaddedHeight} x {PaddedWidth} x {Channels} here");
        Require(LongSpanY <= PaddedHeight, nameof(KernelHeight), KernelHeight, $"windows that reach over at most {PaddedHeight} rows, those of a padded image, which are {LongSpanY} here");
        Require(LongSpanX <= PaddedWidth, nameof(KernelWidth), KernelWidth, $"windows that reach over at most {PaddedWidth} pixels, those of a padded row, which are {LongSpanX} here");

        static void AtLeast(int least, int value, string property) => Require(value >= least, property, value, $"at least {least}");

        static void Require(bool isRight, string property, int value, string expected) => ArgumentChecks.Option(isRight, nameof(ConvolutionShape), property, value, expected);
    }

    /// <summary>Rows that some images make.</summary>
    internal int RowsOf(int count, string name)
    {
        long rows = (long)count * Rows;
        return rows <= int.MaxValue
            ? (int)rows
            : throw new ArgumentException($"'{name}' is {count}, of images that make {Rows} rows each; expected at most {int.MaxValue} rows: take the images in parts.", name);
    }

    private static int Places(long padded, long span, int stride) => stride < 1 || span > padded ? 0 : (int)Math.Min(((padded - span) / stride) + 1, int.MaxValue);
}
