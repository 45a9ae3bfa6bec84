using System.Globalization;
using Maddness.Comparison.Core;

namespace Maddness.Comparison.Data;

/// <summary>N × D × M.</summary>
internal readonly record struct Shape(int Rows, int Inputs, int Outputs)
{
    internal static Shape Parse(string text)
    {
        string[] parts = text.Split('x');
        return parts.Length == 3 && parts.All(p => int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value > 0)
            ? new(int.Parse(parts[0], CultureInfo.InvariantCulture), int.Parse(parts[1], CultureInfo.InvariantCulture), int.Parse(parts[2], CultureInfo.InvariantCulture))
            : throw new ArgumentException($"'{text}' is no shape; expected rows x inner dimension x outputs, as in 10000x512x100.");
    }

    public override string ToString() => $"{Rows}x{Inputs}x{Outputs}";
}

/// <summary>Matrices of any shape for timing: their values matter little, so there are few training rows.</summary>
internal static class ShapeData
{
    internal static IReadOnlyList<Shape> Headline { get; } = [new(10_000, 512, 10), new(10_000, 512, 100), new(4096, 512, 512)];

    /// <summary>One dimension varied at a time around 10,000 × 512 × 100.</summary>
    internal static IReadOnlyList<(string Axis, Shape[] Shapes)> Sweeps(bool quick) => quick
        ? [("M", [new(4000, 512, 4), new(4000, 512, 100)]), ("D", [new(4000, 64, 100), new(4000, 512, 100)]), ("N", [new(1, 512, 100), new(100, 512, 100)])]
        :
        [
            ("M", [.. ((int[])[1, 2, 4, 10, 32, 100, 256, 512, 1024]).Select(m => new Shape(10_000, 512, m))]),
            ("D", [.. ((int[])[32, 64, 128, 256, 512, 1024, 2048]).Select(d => new Shape(10_000, d, 100))]),
            ("N", [.. ((int[])[1, 4, 16, 64, 256, 1024, 10_000, 50_000]).Select(n => new Shape(n, 512, 100))]),
        ];

    internal static Problem Generate(Shape shape)
    {
        Random random = new(7);
        const int Causes = 16, TrainingRows = 1500;
        Matrix mixing = Noise.Gaussian(random, Causes, shape.Inputs, 1 / MathF.Sqrt(Causes));
        return new(
            $"generated {shape}", "shapes", Draw(TrainingRows), Draw(shape.Rows), Noise.Gaussian(random, shape.Inputs, shape.Outputs, 1 / MathF.Sqrt(shape.Inputs)));

        Matrix Draw(int rows)
        {
            Matrix values = Gemm.Multiply(Noise.Gaussian(random, rows, Causes), mixing);
            for (int i = 0; i < values.Values.Length; i++)
            {
                values.Values[i] = MathF.Max(0, values.Values[i] - 0.4f + (0.2f * (random.NextSingle() - 0.5f)));
            }

            return values;
        }
    }
}
