using System.Diagnostics;
using Maddness.Common;

namespace Maddness.Planning;

/// <summary>The speed of a convolution.</summary>
internal sealed class WindowSpeed<T> : SpeedComparison
    where T : unmanaged
{
    private readonly MaddnessConvolution _convolution;
    private readonly ExactConvolution _exact;
    private readonly int _count;
    private readonly T[] _images;
    private readonly float[] _exactImages;
    private readonly float[] _y;

    /// <param name="convolution">The approximate convolution.</param>
    /// <param name="images">An image a row; of many, the first ones are timed.</param>
    /// <param name="b">D × M, row-major.</param>
    internal WindowSpeed(MaddnessConvolution convolution, MatrixView<T> images, ReadOnlySpan<float> b)
        : base(ImagesOf(convolution, images.Rows) * convolution.Shape.Rows, null)
    {
        ConvolutionShape shape = convolution.Shape;
        _convolution = convolution;
        _count = Rows / shape.Rows;
        _images = images.SliceRows(0, _count).ToArray(nameof(images));
        _exactImages = _images as float[] ?? Array.ConvertAll(_images, ElementTypes.ToSingle);
        ArgumentChecks.FitsArray(Rows, convolution.Product.Outputs, nameof(images));
        _y = new float[Rows * convolution.Product.Outputs];
        _exact = new ExactConvolution(b, shape, convolution.Product.Outputs, convolution.Product.Tables.Bias);
    }

    private protected override void Multiply(MaddnessMatmul? product)
    {
        Debug.Assert(product is null || ReferenceEquals(product, _convolution.Product), "There is one convolution.");
        if (product is null)
        {
            _exact.Multiply(_exactImages, _count, _y);
        }
        else
        {
            _convolution.Multiply<T>(_images, _count, _y);
        }
    }

    /// <summary>How many images are timed, at least one.</summary>
    private static int ImagesOf(MaddnessConvolution convolution, int count) =>
        Math.Clamp(RowsOf(int.MaxValue, convolution.Shape.Inputs, convolution.Product.Outputs) / convolution.Shape.Rows, 1, count);
}
