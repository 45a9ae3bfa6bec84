using Maddness.Comparison.Core;

namespace Maddness.Comparison.Convolutions;

/// <summary>A convolution, images to learn from and others to convolve.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Shape">Images and windows.</param>
/// <param name="Count">Images that are convolved.</param>
/// <param name="Outputs">M.</param>
internal sealed record Layer(string Name, ConvolutionShape Shape, int Count, int Outputs)
{
    /// <summary>Hidden causes of pixels: as many as a small network leaves.</summary>
    private const int Causes = 12;

    private const int Waves = 4;

    /// <summary>Layers of a residual network, filters of images, and of a signal.</summary>
    internal static IReadOnlyList<Layer> All { get; } =
    [
        new("first layer", Padded(224, 3, 7, 3) with { StrideY = 2, StrideX = 2 }, 2, 64),
        new("56 × 56", Padded(56, 64, 3, 1), 4, 64),
        new("28 × 28", Padded(28, 128, 3, 1), 8, 128),
        new("14 × 14", Padded(14, 256, 3, 1), 16, 256),
        new("7 × 7", Padded(7, 512, 3, 1), 32, 512),
        new("filters of 5 × 5", new(256, 256, 1, 5, 5), 1, 16),
        new("filters of a signal", new(1, 65_536, 1, 1, 64), 1, 32),
    ];

    /// <summary>Images of one kind: smooth causes, waves of the same lengths and directions in all of them, mixed, with noise, and rectified; of few channels not rectified.</summary>
    internal float[] Images(int seed, int count)
    {
        Random random = new(seed), ofKind = new(11);
        int causes = Math.Min(Causes, 3 * Shape.Channels), pixels = Shape.Height * Shape.Width;
        Matrix mixing = Noise.Gaussian(ofKind, causes, Shape.Channels, 1 / MathF.Sqrt(causes)), rates = Noise.Gaussian(ofKind, causes * Waves, 2, 0.5f);
        float[] images = new float[count * Shape.ImageLength];
        for (int image = 0; image < count; image++)
        {
            Matrix maps = new(pixels, causes);
            for (int cause = 0; cause < causes; cause++)
            {
                for (int wave = cause * Waves; wave < (cause + 1) * Waves; wave++)
                {
                    double phase = 3 * Noise.Gaussian(random), height = Noise.Gaussian(random);
                    for (int pixel = 0; pixel < pixels; pixel++)
                    {
                        maps[pixel, cause] += (float)(height * Math.Sin((rates[wave, 0] * (pixel % Shape.Width)) + (rates[wave, 1] * (pixel / Shape.Width)) + phase));
                    }
                }
            }

            Gemm.Multiply(maps, mixing).Values.CopyTo(images, image * Shape.ImageLength);
        }

        for (int i = 0; i < images.Length; i++)
        {
            float value = images[i] + (0.1f * Noise.Gaussian(random));
            images[i] = Shape.Channels > 3 ? MathF.Max(0, value) : value;
        }

        return images;
    }

    private static ConvolutionShape Padded(int side, int channels, int kernel, int padding) => new(side, side, channels, kernel, kernel) { PaddingTop = padding, PaddingLeft = padding, PaddingBottom = padding, PaddingRight = padding };

    internal Matrix Weights() => Noise.Gaussian(new Random(12), Shape.Inputs, Outputs, 1 / MathF.Sqrt(Shape.Inputs));
}
