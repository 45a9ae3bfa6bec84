using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Pipeline;

/// <summary>Windows of images as rows of their own (im2col).</summary>
/// <param name="shape">Images and windows, checked.</param>
internal readonly struct WindowRows(ConvolutionShape shape)
{
    // What a shape derives is derived once.
    private readonly ConvolutionShape _shape = shape;
    private readonly int _outputHeight = shape.OutputHeight;
    private readonly int _outputWidth = shape.OutputWidth;
    private readonly int _imageLength = shape.ImageLength;

    /// <summary>Elements of a window.</summary>
    internal int Inputs { get; } = shape.Inputs;

    /// <summary>Copies windows.</summary>
    /// <param name="images">The images, one after another.</param>
    /// <param name="first">The first window, counted through all images.</param>
    /// <param name="count">How many.</param>
    /// <param name="destination">Receives their elements, a window a row.</param>
    [MethodImpl(Compiled.Once)]
    internal void Copy<T>(ReadOnlySpan<T> images, int first, int count, Span<T> destination)
        where T : unmanaged
    {
        for (int i = 0; i < count; i++)
        {
            Copy(images, first + i, destination.Slice(i * Inputs, Inputs));
        }
    }

    /// <summary>Copies one window.</summary>
    [MethodImpl(Compiled.Once)]
    internal void Copy<T>(ReadOnlySpan<T> images, int window, Span<T> destination)
        where T : unmanaged
    {
        (int line, int x) = Math.DivRem(window, _outputWidth);
        (int image, int y) = Math.DivRem(line, _outputHeight);
        int pixels = _shape.KernelWidth * _shape.Channels, width = _shape.Width * _shape.Channels;
        images = images.Slice(image * _imageLength, _imageLength);
        for (int i = 0; i < _shape.KernelHeight; i++)
        {
            int ofImage = (y * _shape.StrideY) - _shape.PaddingTop + (i * _shape.DilationY);
            Span<T> target = destination.Slice(i * pixels, pixels);
            if ((uint)ofImage < (uint)_shape.Height)
            {
                CopyPixels(images.Slice(ofImage * width, width), (x * _shape.StrideX) - _shape.PaddingLeft, target);
            }
            else
            {
                target.Clear();
            }
        }
    }

    /// <summary>The pixels of a row of the image that a row of a window has, the first of which may be before it.</summary>
    [MethodImpl(Compiled.Once)]
    private void CopyPixels<T>(ReadOnlySpan<T> row, int first, Span<T> destination)
        where T : unmanaged
    {
        int channels = _shape.Channels;
        if (_shape.DilationX == 1 && first >= 0 && first + _shape.KernelWidth <= _shape.Width)
        {
            row.Slice(first * channels, destination.Length).CopyTo(destination);
            return;
        }

        for (int pixel = first; !destination.IsEmpty; pixel += _shape.DilationX)
        {
            if ((uint)pixel < (uint)_shape.Width)
            {
                row.Slice(pixel * channels, channels).CopyTo(destination);
            }
            else
            {
                destination[..channels].Clear();
            }

            destination = destination[channels..];
        }
    }
}
