using System.Runtime.CompilerServices;
using Maddness.Common;

namespace Maddness.Pipeline;

/// <summary>Windows of images as rows of their own (im2col).</summary>
internal static class WindowRows
{
    /// <summary>Copies a window.</summary>
    /// <param name="images">The images, one after another.</param>
    /// <param name="shape">Images and windows.</param>
    /// <param name="row">The window, counted through all images.</param>
    /// <param name="destination">Receives its elements.</param>
    [MethodImpl(Compiled.Once)]
    internal static void Copy<T>(ReadOnlySpan<T> images, ConvolutionShape shape, int row, Span<T> destination)
        where T : unmanaged
    {
        (int line, int x) = Math.DivRem(row, shape.OutputWidth);
        (int image, int y) = Math.DivRem(line, shape.OutputHeight);
        int pixels = shape.KernelWidth * shape.Channels, width = shape.Width * shape.Channels;
        images = images.Slice(image * shape.ImageLength, shape.ImageLength);
        for (int i = 0; i < shape.KernelHeight; i++)
        {
            int ofImage = (y * shape.StrideY) - shape.PaddingTop + (i * shape.DilationY);
            Span<T> target = destination.Slice(i * pixels, pixels);
            if ((uint)ofImage < (uint)shape.Height)
            {
                CopyPixels(images.Slice(ofImage * width, width), shape, (x * shape.StrideX) - shape.PaddingLeft, target);
            }
            else
            {
                target.Clear();
            }
        }
    }

    /// <summary>The pixels of a row of the image that a row of a window has, the first of which may be before it.</summary>
    [MethodImpl(Compiled.Once)]
    private static void CopyPixels<T>(ReadOnlySpan<T> row, ConvolutionShape shape, int first, Span<T> destination)
        where T : unmanaged
    {
        int channels = shape.Channels;
        if (shape.DilationX == 1 && first >= 0 && first + shape.KernelWidth <= shape.Width)
        {
            row.Slice(first * channels, destination.Length).CopyTo(destination);
            return;
        }

        for (int pixel = first; !destination.IsEmpty; pixel += shape.DilationX)
        {
            if ((uint)pixel < (uint)shape.Width)
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
