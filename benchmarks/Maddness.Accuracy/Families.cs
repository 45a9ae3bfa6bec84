using Maddness.Comparison.Core;
using Maddness.Comparison.Data;

namespace Maddness.Accuracy;

/// <summary>A product to approximate: rows to learn from, others to judge by.</summary>
internal sealed record Family(string Name, float[] Train, float[] Test, float[] B, int Outputs, float[] Bias, int[] Labels)
{
    internal int Inputs => B.Length / Outputs;

    internal int Rows => Train.Length / Inputs;

    internal double Top1(MaddnessMatmul matmul)
    {
        int rows = Test.Length / Inputs;
        float[] y = new float[rows * Outputs];
        matmul.Multiply(Test, rows, y);
        int right = 0;
        for (int n = 0; n < rows; n++)
        {
            int best = 0;
            for (int m = 1; m < Outputs; m++)
            {
                best = y[(n * Outputs) + m] > y[(n * Outputs) + best] ? m : best;
            }

            right += best == Labels[n] ? 1 : 0;
        }

        return right / (double)rows;
    }

    /// <summary>The part of the test rows whose best output, of those computed exactly, is the best of all.</summary>
    internal double Reranked(MaddnessMatmul matmul, int candidates)
    {
        int rows = Test.Length / Inputs;
        int[] found = new int[rows];
        new TopKReranker(matmul, B).Find(Test, rows, 1, found, new float[rows], candidates);
        float[] y = new float[rows * Outputs];
        ExactMatmul.Multiply(Test, rows, Inputs, B, Outputs, y);
        int same = 0;
        for (int n = 0; n < rows; n++)
        {
            int best = 0;
            for (int m = 1; m < Outputs; m++)
            {
                best = Exact(n, m) > Exact(n, best) ? m : best;
            }

            same += found[n] == best ? 1 : 0;
        }

        return same / (double)rows;

        float Exact(int n, int m) => y[(n * Outputs) + m] + (Bias.Length > 0 ? Bias[m] : 0);
    }
}

/// <summary>Kinds of data that approximate products meet; all generated but cifar10, which is read where it is there.</summary>
internal static class Families
{
    internal static IEnumerable<Family> All()
    {
        if (SharedFolder() is string folder)
        {
            Matrix b = Read("cifar10/W.npy"), train = Read("cifar10/X_train.npy"), test = Read("cifar10/X_test.npy"), bias = Read("cifar10/b.npy"), sobel = Read("filters/sobel_W.npy");
            yield return new("cifar10", train.Values, test.Values, b.Values, b.Columns, bias.Values, NpyFile.ReadIntegers(Path.Combine(folder, "cifar10/labels_test.npy")));
            yield return Fold(train, b, bias.Values, NpyFile.ReadIntegers(Path.Combine(folder, "cifar10/labels_train.npy")));
            yield return Similarity("similar100", train.Values, test.Values, train.Columns, 100);
            yield return new("sobel", Read("filters/sobel_X_train.npy").Values, Read("filters/sobel_X_test.npy").Values, sobel.Values, sobel.Columns, [], []);

            Matrix Read(string name) => NpyFile.ReadMatrix(Path.Combine(folder, name));
        }

        yield return Network("relu10", 4000, 256, 10, 1);
        yield return Network("relu100", 6000, 256, 100, 2);
        yield return LowRank("lowrank", 3000, 128, 20, 8);
        yield return Clusters("clusters", 3000, 64, 10, 40);
        yield return Convolution("im2col", 8000, 16, 64);
        yield return Convolution("im2col576", 10000, 64, 128);
        yield return Patches("filter25", 6000, 5, 4, 1);
        yield return Patches("filter75", 6000, 5, 4, 3);
        yield return Series("series36", 36, 275, 3);
        yield return Series("series67", 67, 24, 2);
        yield return Series("series130", 130, 470, 5);
        yield return Series("series200", 200, 1460, 8);
        yield return Noise("noise", 3000, 64, 8);
    }

    internal static string? SharedFolder()
    {
        for (DirectoryInfo? folder = new(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }

    /// <summary>A fifth of the training rows as the test: what choices are made by.</summary>
    private static Family Fold(Matrix rows, Matrix b, float[] bias, int[] labels)
    {
        T[] Part<T>(T[] values, int width, bool isTest) => [.. values.Where((_, i) => (i / width % 5 == 0) == isTest)];
        return new("cifar10-fold", Part(rows.Values, rows.Columns, false), Part(rows.Values, rows.Columns, true), b.Values, b.Columns, bias, Part(labels, 1, true));
    }

    /// <summary>Inner products with some of the rows, which are not learned from.</summary>
    private static Family Similarity(string name, float[] train, float[] test, int inputs, int queries)
    {
        float[] b = new float[inputs * queries];
        for (int i = 0; i < b.Length; i++)
        {
            b[i] = train[(i % queries * inputs) + (i / queries)];
        }

        return new(name, train[(queries * inputs)..], test, b, queries, [], []);
    }

    /// <summary>Activations of a random two-layer ReLU network on inputs around class centres.</summary>
    private static Family Network(string name, int rows, int inputs, int outputs, int seed)
    {
        const int Causes = 24;
        const int Hidden = 96;
        Normal random = new(seed);
        float[] centres = random.Values(12 * Causes, 1.2);
        float[] first = random.Values(Causes * Hidden, 1 / Math.Sqrt(Causes));
        float[] second = random.Values(Hidden * inputs, 1.4 / Math.Sqrt(Hidden));
        float[] b = random.Values(inputs * outputs, 1 / Math.Sqrt(inputs));
        float[] Draw(int count)
        {
            float[] x = random.Values(count * Causes, 0.7);
            for (int n = 0; n < count; n++)
            {
                int centre = random.Below(12);
                for (int j = 0; j < Causes; j++)
                {
                    x[(n * Causes) + j] += centres[(centre * Causes) + j];
                }
            }

            return Relu(Product(Relu(Product(x, first, Causes), 0), second, Hidden), 0.4f);
        }

        return new(name, Draw(rows), Draw(4000), b, outputs, [], []);
    }

    private static Family LowRank(string name, int rows, int inputs, int rank, int outputs)
    {
        Normal random = new(5);
        float[] mixing = random.Values(rank * inputs, 1);
        float[] Draw(int count)
        {
            float[] x = Product(random.Values(count * rank, 1), mixing, rank);
            float[] noise = random.Values(x.Length, 0.3);
            return [.. x.Zip(noise, (v, e) => v + e)];
        }

        return new(name, Draw(rows), Draw(3000), random.Values(inputs * outputs, 1), outputs, [], []);
    }

    private static Family Clusters(string name, int rows, int inputs, int outputs, int clusters)
    {
        Normal random = new(6);
        float[] centres = random.Values(clusters * inputs, 1);
        float[] Draw(int count)
        {
            float[] x = random.Values(count * inputs, 0.3);
            for (int n = 0; n < count; n++)
            {
                int centre = random.Below(clusters);
                for (int j = 0; j < inputs; j++)
                {
                    x[(n * inputs) + j] += centres[(centre * inputs) + j];
                }
            }

            return x;
        }

        return new(name, Draw(rows), Draw(3000), random.Values(inputs * outputs, 1), outputs, [], []);
    }

    /// <summary>3 × 3 windows over maps of ReLU activations that vary smoothly in space; filters of nearly full rank.</summary>
    private static Family Convolution(string name, int rows, int channels, int outputs)
    {
        Normal random = new(7);
        float[] mixing = random.Values(12 * channels, 0.5);
        float[] Draw(int count)
        {
            const int Side = 12;
            List<float> windows = [];
            while (windows.Count < count * 9 * channels)
            {
                float[] map = Relu(Product(SmoothMap(random, Side, 12), mixing, 12), 0.1f);
                for (int y = 0; y + 3 <= Side; y += 2)
                {
                    for (int x = 0; x + 3 <= Side; x += 2)
                    {
                        for (int i = 0; i < 9; i++)
                        {
                            windows.AddRange(map.AsSpan((((y + (i / 3)) * Side) + x + (i % 3)) * channels, channels));
                        }
                    }
                }
            }

            return [.. windows.Take(count * 9 * channels)];
        }

        return new(name, Draw(rows), Draw(4000), random.Values(9 * channels * outputs, 0.1), outputs, [], []);
    }

    /// <summary>Square patches of smooth images with edges, one or three colours; smoothing and edge filters.</summary>
    private static Family Patches(string name, int rows, int side, int outputs, int colours)
    {
        Normal random = new(8);
        int inputs = side * side * colours;
        float[] Draw(int count)
        {
            float[] x = new float[count * inputs];
            for (int n = 0; n < count; n++)
            {
                double angle = random.Next() * 3, edge = random.Next() * 2, sharp = 0.3 + Math.Abs(random.Next()), height = random.Next() * 60, level = 128 + (random.Next() * 50);
                for (int i = 0; i < inputs; i++)
                {
                    int p = i / colours;
                    double t = ((p % side) - (side / 2)) * Math.Cos(angle) + (((p / side) - (side / 2)) * Math.Sin(angle));
                    double tint = 1 + (0.1 * (i % colours));
                    x[(n * inputs) + i] = (float)Math.Clamp(Math.Round((level + (height * Math.Tanh((t - edge) / sharp))) * tint + (random.Next() * 4)), 0, 255);
                }
            }

            return x;
        }

        float[] b = new float[inputs * outputs];
        for (int i = 0; i < inputs; i++)
        {
            int p = i / colours;
            double dx = (p % side) - (side / 2), dy = (p / side) - (side / 2);
            double[] filters = [Math.Exp(-((dx * dx) + (dy * dy)) / 4), Math.Exp(-((dx * dx) + (dy * dy)) / 1.5), dx, dy];
            for (int m = 0; m < outputs; m++)
            {
                b[(i * outputs) + m] = (float)(filters[m] / 8);
            }
        }

        return new(name, Draw(rows), Draw(5000), b, outputs, [], []);
    }

    /// <summary>Smooth series around the shapes of a few classes; outputs are their likenesses to shapes.</summary>
    private static Family Series(string name, int rows, int length, int classes)
    {
        Normal random = new(length);
        float[] Shape(double amount)
        {
            float[] s = new float[length];
            for (int h = 1; h <= 6; h++)
            {
                double a = random.Next() * amount / h, phase = random.Next() * 3;
                for (int t = 0; t < length; t++)
                {
                    s[t] += (float)(a * Math.Sin((6.2831853 * h * t / length) + phase));
                }
            }

            return s;
        }

        float[][] shapes = [.. Enumerable.Range(0, classes).Select(_ => Shape(1))];
        float[] Draw(int count)
        {
            List<float> x = [];
            for (int n = 0; n < count; n++)
            {
                float[] own = shapes[random.Below(classes)], extra = Shape(0.4);
                double gain = 1 + (0.2 * random.Next());
                for (int t = 0; t < length; t++)
                {
                    x.Add((float)((gain * own[t]) + extra[t] + (0.05 * random.Next())));
                }
            }

            return [.. x];
        }

        float[] train = Draw(rows);
        const int Outputs = 12;
        float[] b = new float[length * Outputs];
        for (int m = 0; m < Outputs; m++)
        {
            float[] shape = Shape(1);
            for (int t = 0; t < length; t++)
            {
                b[(t * Outputs) + m] = shape[t];
            }
        }

        return new(name, train, Draw(1000), b, Outputs, [], []);
    }

    private static Family Noise(string name, int rows, int inputs, int outputs)
    {
        Normal random = new(9);
        return new(name, random.Values(rows * inputs, 1), random.Values(2000 * inputs, 1), random.Values(inputs * outputs, 1), outputs, [], []);
    }

    private static float[] SmoothMap(Normal random, int side, int channels)
    {
        float[] map = new float[side * side * channels];
        for (int c = 0; c < channels; c++)
        {
            for (int w = 0; w < 4; w++)
            {
                double fx = random.Next() * 0.7, fy = random.Next() * 0.7, phase = random.Next() * 3, a = random.Next();
                for (int p = 0; p < side * side; p++)
                {
                    map[(p * channels) + c] += (float)(a * Math.Sin((fx * (p % side)) + (fy * (p / side)) + phase));
                }
            }
        }

        return map;
    }

    private static float[] Product(float[] x, float[] w, int inner)
    {
        float[] y = new float[x.Length / inner * (w.Length / inner)];
        ExactMatmul.Multiply(x, x.Length / inner, inner, w, w.Length / inner, y);
        return y;
    }

    private static float[] Relu(float[] x, float threshold) => [.. x.Select(v => Math.Max(0, v - threshold))];
}

/// <summary>Normal numbers from a seed.</summary>
internal sealed class Normal(int seed)
{
    private readonly Random _random = new(seed);

    internal int Below(int bound) => _random.Next(bound);

    internal double Next() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    internal float[] Values(int count, double scale)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (float)(Next() * scale);
        }

        return values;
    }
}
