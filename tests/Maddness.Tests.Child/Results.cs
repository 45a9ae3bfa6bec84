using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Maddness.Training;

namespace Maddness.Tests.Child;

/// <summary>Everything the library computes, on small inputs (software fused multiply-adds are slow), as SHA-256 hashes of bytes.</summary>
public static class Results
{
    private const int TrainingRows = 150;

    private const int Inputs = 20;

    /// <summary>Outputs for which it is chosen how to learn; for others that would take minutes without fused multiply-adds.</summary>
    private const int ChosenOutputs = 7;

    /// <summary>Learns from the rows given alone: where some are made a training takes half a minute without fused multiply-adds, and one will do.</summary>
    private static readonly OutputRecipe GivenRowsAlone = OutputRecipe.Default with { MakesRows = false };

    /// <summary>Name and hash of each result, always in the same order.</summary>
    public static IEnumerable<(string Name, string Hash)> Hashes()
    {
        foreach (int leaves in (int[])[16, 32, 64])
        {
            TrainingOptions options = new() { Codebooks = 5, Leaves = leaves, Recipe = GivenRowsAlone };
            foreach ((string name, string hash) in Of("float", Rows(1, TrainingRows), Rows(2, 85), options))
            {
                yield return ($"{name}, {leaves} leaves", hash);
            }
        }

        // Rows enough for joint rounds; with 64 leaves they take a minute in plain code.
        foreach (int leaves in (int[])[16, 32])
        {
            MaddnessMatmul many = MaddnessTrainer.Train(Rows(3, 1000), 1000, Inputs, Uniform(4, Inputs * 2), 2, default, new() { Codebooks = 2, Leaves = leaves, Objective = Objective.Output, MaxCacheLines = 1, Recipe = GivenRowsAlone });
            yield return ($"many rows, {leaves} leaves", Hash(many.Save));
        }

        TrainingOptions two = new() { Codebooks = 4, MaxDegreeOfParallelism = 2, Recipe = GivenRowsAlone };
        TrainingOptions chosen = new() { Codebooks = 3, RidgeStrength = null, MaxTrainingRows = 100, CandidateColumns = 4 };
        IEnumerable<(string Name, string Hash)>[] more =
        [
            Of("local prototypes", Rows(1, TrainingRows), Rows(2, 85), two with { PrototypeLayout = PrototypeLayout.CodebookLocal }),
            Of("chosen ridge, made rows", Rows(1, TrainingRows), Rows(2, 85), chosen),
            Of("short", Integers<short>(1, TrainingRows), Integers<short>(2, 85), two),
            Of("sbyte", Integers<sbyte>(1, TrainingRows), Integers<sbyte>(2, 85), two),
            Of("byte", Integers<byte>(1, TrainingRows), Integers<byte>(2, 85), two),
            Convolutions(),
            ExactProducts(),
        ];
        foreach ((string name, string hash) in more.SelectMany(results => results))
        {
            yield return (name, hash);
        }
    }

    private static IEnumerable<(string Name, string Hash)> Of<T>(string name, T[] training, T[] x, TrainingOptions options)
        where T : unmanaged
    {
        int rows = x.Length / Inputs;
        MaddnessModel model = MaddnessTrainer.Train<T>(training, TrainingRows, Inputs, options);
        yield return ($"{name}: model", Hash(model.Save));
        EncodedMatrix encoded = model.Encode<T>(x, rows);
        yield return ($"{name}: codes", Hash(encoded.Save));
        foreach (int outputs in (int[])[1, 7, 16, 33, 70])
        {
            float[] b = Uniform(outputs, Inputs * outputs), bias = Uniform(99, outputs);
            TrainingOptions how = outputs == ChosenOutputs ? options : options with { Objective = Objective.Reconstruction };
            MaddnessMatmul trained = MaddnessTrainer.Train<T>(training, TrainingRows, Inputs, b, outputs, bias, how);
            yield return ($"{name}: product of {outputs} outputs", Hash(trained.Save));
            MaddnessMatmul bound = model.Bind(b, outputs);
            yield return ($"{name}: bound to {outputs} outputs", Hash(bound.Save));

            foreach (int count in (int[])[1, 5, 16, 63, rows])
            {
                float[] y = new float[count * outputs];
                trained.Multiply<T>(x.AsSpan(0, count * Inputs), count, y);
                yield return ($"{name}: {count} x {outputs}", Hash(y));
            }

            float[] whole = new float[rows * outputs];
            bound.Multiply(encoded, whole, 2);
            yield return ($"{name}: scan of {outputs} outputs", Hash(whole));
            bound.WithSummation(Summation.Averaging).Multiply<T>(x, rows, whole);
            yield return ($"{name}: averages of {outputs} outputs", Hash(whole));
            if (outputs > 1)
            {
                // A read column by column, and Y written so.
                bound.Multiply(new ReadOnlyTensorSpan<T>(x, [rows, Inputs], [1, rows]), new TensorSpan<float>(whole, [rows, outputs], [1, rows]));
                yield return ($"{name}: column-major with {outputs} outputs", Hash(whole));
            }
        }
    }

    private static IEnumerable<(string Name, string Hash)> Convolutions()
    {
        ConvolutionShape shape = new(6, 25, 2, 3, 3) { PaddingTop = 1, PaddingRight = 2 };
        float[] weights = Uniform(5, shape.Inputs * 9), y = new float[2 * shape.Rows * 9];
        MaddnessConvolution ofFloats = MaddnessConvolution.Train<float>(Rows(6, 30), 2, shape, weights, 9, default, new() { Codebooks = 5, Objective = Objective.Reconstruction });
        ofFloats.Multiply(Rows(7, 30), 2, y);
        yield return ("convolution of float", Hash(y));
        MaddnessConvolution ofBytes = MaddnessConvolution.Train<byte>(Integers<byte>(6, 30), 2, shape, weights, 9, default, new() { Codebooks = 4, Objective = Objective.Reconstruction });
        ofBytes.Multiply<byte>(Integers<byte>(7, 30), 2, y, 2);
        yield return ("convolution of byte", Hash(y));
    }

    private static IEnumerable<(string Name, string Hash)> ExactProducts()
    {
        foreach ((int rows, int inner, int outputs) in ((int, int, int)[])[(1, 1, 1), (1, 33, 40), (13, 40, 1), (7, 300, 9), (25, 17, 33), (14, 20, 66)])
        {
            float[] a = Uniform(1, rows * inner), b = Uniform(2, inner * outputs), bias = Uniform(3, outputs), y = new float[rows * outputs];
            ExactMatmul.Multiply(a, rows, inner, b, outputs, y, bias);
            yield return ($"exact {rows} x {inner} x {outputs}, once", Hash(y));
            new ExactMatmul(b, inner, outputs).Multiply(a, rows, y, 2);
            yield return ($"exact {rows} x {inner} x {outputs}, bound", Hash(y));
        }
    }

    private static string Hash(Action<Stream> save)
    {
        using MemoryStream stream = new();
        save(stream);
        return Convert.ToHexStringLower(SHA256.HashData(stream.ToArray()));
    }

    private static string Hash(float[] values) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(values.AsSpan())));

    private static float[] Rows(int seed, int rows)
    {
        // Sums of three uniform directions, so that columns depend on one another, with exact zeros as after a ReLU.
        float[] weights = Uniform(seed, rows * 3), directions = Uniform(50, 3 * Inputs), values = new float[rows * Inputs];
        for (int i = 0; i < values.Length; i++)
        {
            float sum = 0;
            for (int j = 0; j < 3; j++)
            {
                sum += weights[(i / Inputs * 3) + j] * directions[(j * Inputs) + (i % Inputs)];
            }

            values[i] = sum < -0.2f ? 0 : sum;
        }

        return values;
    }

    private static T[] Integers<T>(int seed, int rows)
        where T : unmanaged => Array.ConvertAll(Rows(seed, rows), v =>
        typeof(T) == typeof(short) ? (T)(object)(short)(v * 5000) : typeof(T) == typeof(sbyte) ? (T)(object)(sbyte)(v * 40) : (T)(object)(byte)(128 + (v * 40)));

    private static float[] Uniform(int seed, int count)
    {
        Random random = new(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (2 * random.NextSingle()) - 1;
        }

        return values;
    }
}
