using Maddness.Comparison.Core;

namespace Maddness.Comparison.Data;

/// <summary>
/// Made-up matrices in families of stated structure, the same in every run: 33 of them, from data that are easy to approximate to noise that nothing can.
/// </summary>
internal static class GeneratedData
{
    internal const int TrainingRows = 3000;
    internal const int HeldOutRows = 2000;

    private const int AllRows = TrainingRows + HeldOutRows;

    /// <summary>All of them; in a quick run the first of each family.</summary>
    internal static IEnumerable<Func<Problem>> All(bool quick)
    {
        foreach (IEnumerable<Func<Problem>> family in (IEnumerable<Func<Problem>>[])[LowRank(), Clustered(), Activations(), TimeSeries(), Patches(), Isotropic()])
        {
            foreach (Func<Problem> problem in quick ? family.Take(1) : family)
            {
                yield return problem;
            }
        }
    }

    private static IEnumerable<Func<Problem>> LowRank() =>
        from inputs in (int[])[128, 64, 256]
        from rank in (int[])[4, 16]
        select (Func<Problem>)(() => LowRank(inputs, rank));

    private static IEnumerable<Func<Problem>> Clustered() =>
        from inputs in (int[])[128, 64, 256]
        from clusters in (int[])[16, 100]
        select (Func<Problem>)(() => Clustered(inputs, clusters));

    private static IEnumerable<Func<Problem>> Activations() =>
        from inputs in (int[])[256, 128, 512]
        from causes in (int[])[8, 32]
        select (Func<Problem>)(() => Activations(inputs, causes));

    private static IEnumerable<Func<Problem>> TimeSeries() =>
        from inputs in (int[])[64, 32, 128]
        from filters in (int[])[16, 64]
        select (Func<Problem>)(() => TimeSeries(inputs, filters));

    private static IEnumerable<Func<Problem>> Patches() =>
        from side in (int[])[7, 5, 9, 12, 16]
        select (Func<Problem>)(() => Patches(side));

    private static IEnumerable<Func<Problem>> Isotropic() =>
        from inputs in (int[])[64, 32, 128, 256]
        select (Func<Problem>)(() => Isotropic(inputs));

    /// <summary>A few hidden causes, mixed linearly, with 5 % of noise.</summary>
    private static Problem LowRank(int inputs, int rank)
    {
        Random random = new(1000 + inputs + rank);
        Matrix rows = Gemm.Multiply(Noise.Gaussian(random, AllRows, rank), Noise.Gaussian(random, rank, inputs, 1 / MathF.Sqrt(rank)));
        AddNoise(random, rows, 0.05f);
        return Split($"low rank {rank}, D={inputs}", "low rank", rows, Noise.Gaussian(random, inputs, 8 * rank, 1 / MathF.Sqrt(inputs)));
    }

    /// <summary>Gaussian clouds around centres; B tells the clouds apart.</summary>
    private static Problem Clustered(int inputs, int clusters)
    {
        Random random = new(2000 + inputs + clusters);
        Matrix centres = Noise.Gaussian(random, clusters, inputs);
        Matrix rows = Noise.Gaussian(random, AllRows, inputs, 0.6f);
        int[] labels = new int[AllRows];
        for (int row = 0; row < AllRows; row++)
        {
            int cluster = random.Next(clusters);
            labels[row] = cluster;
            System.Numerics.Tensors.TensorPrimitives.Add(rows.Row(row), centres.Row(cluster), rows.Row(row));
        }

        return Classifier($"{clusters} clusters, D={inputs}", "clustered", rows, labels, clusters);
    }

    /// <summary>The last hidden layer of a small random network with ReLUs; B tells 10 or 50 classes of its inputs apart.</summary>
    private static Problem Activations(int inputs, int causes)
    {
        Random random = new(3000 + inputs + causes);
        int classes = causes == 8 ? 10 : 50;
        Matrix centres = Noise.Gaussian(random, classes * 3, causes, 1.2f);
        Matrix hidden = Noise.Gaussian(random, AllRows, causes, 0.5f);
        int[] labels = new int[AllRows];
        for (int row = 0; row < AllRows; row++)
        {
            int centre = random.Next(classes * 3);
            labels[row] = centre % classes;
            System.Numerics.Tensors.TensorPrimitives.Add(hidden.Row(row), centres.Row(centre), hidden.Row(row));
        }

        Matrix first = Gemm.Multiply(hidden, Noise.Gaussian(random, causes, 64, 1 / MathF.Sqrt(causes)));
        Rectify(first, 0);
        Matrix last = Gemm.Multiply(first, Noise.Gaussian(random, 64, inputs, 1 / MathF.Sqrt(32)));
        AddNoise(random, last, 0.05f);
        Rectify(last, 0.3f);
        return Classifier($"activations of {causes} causes, D={inputs}", "activations", last, labels, classes);
    }

    /// <summary>Windows of sums of a few slow waves and a random walk; B is a bank of smoothing, difference and wave filters.</summary>
    private static Problem TimeSeries(int inputs, int filters)
    {
        Random random = new(4000 + inputs + filters);
        Matrix rows = new(AllRows, inputs);
        for (int row = 0; row < AllRows; row++)
        {
            Span<float> values = rows.Row(row);
            double walk = Noise.Gaussian(random);
            (double Height, double Rate, double Phase)[] waves = [.. Enumerable.Range(0, 3).Select(
                _ => ((double)Noise.Gaussian(random), (0.5 + (3.5 * random.NextDouble())) / inputs, random.NextDouble()))];
            for (int t = 0; t < inputs; t++)
            {
                walk += 0.1 * Noise.Gaussian(random);
                values[t] = (float)(walk + waves.Sum(w => w.Height * Math.Sin(2 * Math.PI * ((w.Rate * t) + w.Phase))));
            }
        }

        Matrix b = new(inputs, filters);
        for (int filter = 0; filter < filters; filter++)
        {
            double centre = (filter + 0.5) * inputs / filters, width = inputs / (4.0 + (filter % 4));
            for (int t = 0; t < inputs; t++)
            {
                double distance = (t - centre) / width, bell = Math.Exp(-0.5 * distance * distance) / width;
                b[t, filter] = (float)(filter % 3 == 0 ? bell : filter % 3 == 1 ? bell * distance : bell * Math.Cos(3 * distance));
            }
        }

        return Split($"time series, {filters} filters, D={inputs}", "time series", rows, b);
    }

    /// <summary>Square patches of images with edges on a smooth ground; B is a bank of filters of every direction and scale.</summary>
    private static Problem Patches(int side)
    {
        Random random = new(5000 + side);
        int inputs = side * side;
        Matrix rows = new(AllRows, inputs);
        for (int row = 0; row < AllRows; row++)
        {
            double angle = 2 * Math.PI * random.NextDouble(), place = 0.5 * side * Noise.Gaussian(random), sharpness = 0.3 + random.NextDouble();
            double ground = Noise.Gaussian(random), contrast = Noise.Gaussian(random), slope = 0.3 * Noise.Gaussian(random) / side;
            for (int y = 0; y < side; y++)
            {
                for (int x = 0; x < side; x++)
                {
                    double across = ((x - (side / 2)) * Math.Cos(angle)) + ((y - (side / 2)) * Math.Sin(angle));
                    rows[row, (y * side) + x] = (float)(ground + (slope * (x + y)) + (contrast * Math.Tanh((across - place) * sharpness)) + (0.05 * Noise.Gaussian(random)));
                }
            }
        }

        const int Filters = 64;
        Matrix b = new(inputs, Filters);
        for (int filter = 0; filter < Filters; filter++)
        {
            double angle = Math.PI * (filter % 16) / 16, frequency = (0.5 + (0.75 * (filter / 16))) / side, width = side / 3.0;
            for (int i = 0; i < inputs; i++)
            {
                double x = (i % side) - (side / 2), y = (i / side) - (side / 2);
                double phase = 2 * Math.PI * frequency * ((x * Math.Cos(angle)) + (y * Math.Sin(angle)));
                b[i, filter] = (float)(Math.Exp(-((x * x) + (y * y)) / (2 * width * width)) * Math.Sin(phase + (filter % 2)));
            }
        }

        return Split($"patches {side}x{side}", "image patches", rows, b);
    }

    /// <summary>Independent normal values: nothing to learn; every approximation of this kind must fail.</summary>
    private static Problem Isotropic(int inputs)
    {
        Random random = new(6000 + inputs);
        return Split($"noise, D={inputs}", "isotropic noise", Noise.Gaussian(random, AllRows, inputs), Noise.Gaussian(random, inputs, 64, 1 / MathF.Sqrt(inputs)));
    }

    private static Problem Split(string name, string family, Matrix rows, Matrix b)
    {
        (Matrix train, Matrix test) = Halves(rows);
        return new(name, family, train, test, b);
    }

    /// <summary>B by ridge regression of the classes on the training rows.</summary>
    private static Problem Classifier(string name, string family, Matrix rows, int[] labels, int classes)
    {
        (Matrix train, Matrix test) = Halves(rows);
        float[] means = Gemm.ColumnMeans(train);
        Matrix centred = Gemm.Centre(train, means), targets = new(train.Rows, classes);
        Array.Fill(targets.Values, -1f / classes);
        for (int row = 0; row < train.Rows; row++)
        {
            targets[row, labels[row]] += 1;
        }

        Matrix b = Linear.Solve(Gemm.TransposeMultiply(centred, centred), Gemm.TransposeMultiply(centred, targets), 0.01 * train.Rows);
        float[] bias = [.. Gemm.RowTimes(means, b).Select(v => -v)];
        return new(name, family, train, test, b, bias, labels[TrainingRows..]);
    }

    private static (Matrix Train, Matrix Test) Halves(Matrix rows)
    {
        Matrix test = new(rows.Values[(TrainingRows * rows.Columns)..], HeldOutRows, rows.Columns);
        return (rows.Top(TrainingRows), test);
    }

    private static void AddNoise(Random random, Matrix rows, float scale)
    {
        for (int i = 0; i < rows.Values.Length; i++)
        {
            rows.Values[i] += scale * Noise.Gaussian(random);
        }
    }

    private static void Rectify(Matrix rows, float threshold)
    {
        for (int i = 0; i < rows.Values.Length; i++)
        {
            rows.Values[i] = MathF.Max(0, rows.Values[i] - threshold);
        }
    }
}
