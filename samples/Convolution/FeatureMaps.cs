using Maddness;

namespace Convolution;

/// <summary>Made images like those inside a network: a few smooth causes, mixed to many channels, with noise, rectified.</summary>
internal static class FeatureMaps
{
    private const int Causes = 6;

    private const int Waves = 3;

    internal static float[] Generate(ConvolutionShape shape, int count, int seed)
    {
        Random random = new(seed);
        float[] mixing = Uniform(new Random(0), Causes * shape.Channels), images = new float[count * shape.ImageLength];
        for (int image = 0; image < count; image++)
        {
            float[] waves = Uniform(random, Causes * Waves * 3);
            for (int pixel = 0; pixel < shape.Height * shape.Width; pixel++)
            {
                (int y, int x) = Math.DivRem(pixel, shape.Width);
                Span<float> channels = images.AsSpan((image * shape.ImageLength) + (pixel * shape.Channels), shape.Channels);
                for (int cause = 0; cause < Causes; cause++)
                {
                    float value = 0;
                    for (int wave = 0; wave < Waves; wave++)
                    {
                        ReadOnlySpan<float> w = waves.AsSpan(((cause * Waves) + wave) * 3, 3);
                        value += MathF.Sin((0.5f * w[0] * x) + (0.5f * w[1] * y) + (3 * w[2]));
                    }

                    for (int channel = 0; channel < channels.Length; channel++)
                    {
                        channels[channel] += value * mixing[(cause * shape.Channels) + channel];
                    }
                }

                foreach (ref float channel in channels)
                {
                    channel = MathF.Max(0, channel + (0.1f * random.NextSingle()));
                }
            }
        }

        return images;
    }

    internal static (float[] Weights, float[] Bias) Filters(ConvolutionShape shape, int outputs, int seed)
    {
        Random random = new(seed);
        return (Uniform(random, shape.Inputs * outputs), Uniform(random, outputs));
    }

    private static float[] Uniform(Random random, int count)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (2 * random.NextSingle()) - 1;
        }

        return values;
    }
}
