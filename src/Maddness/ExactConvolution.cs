using Maddness.Common;
using Maddness.Pipeline;
using static System.FormattableString;

namespace Maddness;

/// <summary>
/// The exact convolution in float32: what <see cref="MaddnessConvolution"/> approximates, and the way out where that does not pay. The same bits as <see cref="ExactMatmul"/> for the rows that <see cref="ConvolutionShape.CopyRows{T}"/> makes, which are copied a few at a time: all of
/// them would take many times the memory of the images. Copies take most of the time where there are few channels: other libraries have better convolutions of these. Instances are immutable and safe for concurrent calls.
/// </summary>
public sealed class ExactConvolution
{
    private readonly ExactMatmul _product;

    /// <summary>Binds B, which is copied.</summary>
    /// <param name="b">D × M, row-major: the weights of all outputs for each element of a window (HWIO).</param>
    /// <param name="shape">Images and windows.</param>
    /// <param name="outputs">M, at least one.</param>
    /// <param name="bias">One value per output, added to every row of the product; empty for none.</param>
    /// <exception cref="ArgumentNullException"><paramref name="shape"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="b"/> has another length, has no columns, or is too large to copy; <paramref name="bias"/> has another length than <paramref name="outputs"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="outputs"/> is negative, or a property of the shape is out of range.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    public ExactConvolution(ReadOnlySpan<float> b, ConvolutionShape shape, int outputs, ReadOnlySpan<float> bias = default)
    {
        Shape = ArgumentChecks.NotNull(shape, nameof(shape));
        shape.Validate();
        _product = new ExactMatmul(b, shape.Inputs, outputs, bias);
    }

    /// <summary>Images and windows.</summary>
    public ConvolutionShape Shape { get; }

    /// <summary>M.</summary>
    public int Outputs => _product.Outputs;

    /// <summary>Images, windows, and the outputs.</summary>
    /// <returns>One line, in the invariant culture.</returns>
    public override string ToString() => Invariant($"{Shape} to {Outputs} outputs");

    /// <summary>Convolves images.</summary>
    /// <param name="images">The images, one after another.</param>
    /// <param name="count">How many.</param>
    /// <param name="destination">Receives the outputs of each window, row-major: <paramref name="count"/> images of <see cref="ConvolutionShape.OutputHeight"/> × <see cref="ConvolutionShape.OutputWidth"/> pixels of M channels.</param>
    /// <param name="maxDegreeOfParallelism">Threads at most; −1 for all processors. 1, the default, stays on the calling thread.</param>
    /// <exception cref="ArgumentException">A length does not fit, there are more windows than an int counts, or the memory of the two overlaps.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative, or <paramref name="maxDegreeOfParallelism"/> is 0 or below −1.</exception>
    /// <exception cref="InvalidOperationException">The environment variable of <see cref="KernelSelection"/> names an unknown or unsupported level.</exception>
    public void Multiply(ReadOnlySpan<float> images, int count, Span<float> destination, int maxDegreeOfParallelism = 1)
    {
        MatrixView<float> source = MatrixView<float>.Of(images, count, Shape.ImageLength, nameof(images));
        MatrixView<float> target = MatrixView<float>.Of(destination, Shape.RowsOf(count, nameof(count)), Outputs, nameof(destination));
        ArgumentChecks.NoOverlap(source, nameof(images), target, nameof(destination));
        int degree = ArgumentChecks.Parallelism(maxDegreeOfParallelism);
        ExactWindows.Multiply(_product.Panels, KernelSelection.Current, Shape, source, target, degree);
    }
}
