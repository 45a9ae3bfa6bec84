using Maddness.Model;
using Maddness.Tests.Support;

namespace Maddness.Tests.Storage;

/// <summary>Models with random valid contents, made without training.</summary>
internal static class StoredSamples
{
    internal static readonly string[] Kinds = ["model", "matmul", "encoded"];

    internal static readonly int[] AllLevels = [4, 5, 6];

    internal static readonly ElementType[] AllElementTypes = [ElementType.Float32, ElementType.Int16, ElementType.Int8, ElementType.UInt8];

    internal static HashTrees Trees(int inputs, int codebooks, int levels, ElementType type = ElementType.Float32, int seed = 1, Objective objective = Objective.Reconstruction)
    {
        Random random = new(seed);
        int[] columns = [.. Enumerable.Range(0, codebooks * levels).Select(_ => random.Next(inputs))];
        float[] thresholds = new float[codebooks << levels];
        for (int i = 0; i < thresholds.Length; i++)
        {
            thresholds[i] = i % (1 << levels) == 0 ? 0 : Threshold(type, random);
        }

        return new(type, inputs, codebooks, levels, columns, thresholds) { Objective = objective };
    }

    internal static MaddnessModel Model(int inputs = 7, int codebooks = 3, int levels = 4, bool isDense = true, ElementType type = ElementType.Float32)
    {
        Random random = new(2);
        int[] starts = [.. Enumerable.Range(0, codebooks + 1).Select(c => (c * (inputs / codebooks)) + Math.Min(c, inputs % codebooks))];
        float[] values = Floats(random, (isDense ? codebooks : 1) * (1 << levels) * inputs);
        return new(Trees(inputs, codebooks, levels, type), new(isDense, 1 << levels, starts, values));
    }

    internal static MaddnessMatmul Matmul(
        int inputs = 2,
        int codebooks = 3,
        int levels = 4,
        int outputs = 3,
        bool hasBias = true,
        ElementType type = ElementType.Float32,
        Objective objective = Objective.Reconstruction)
    {
        Random random = new(3);
        byte[] entries = new byte[outputs * codebooks << levels];
        random.NextBytes(entries);
        float[] scales = [.. Floats(random, outputs).Select(Math.Abs)];
        scales[0] = 0;
        return new(
            Trees(inputs, codebooks, levels, type, objective: objective),
            new(codebooks, 1 << levels, outputs, entries, scales, Floats(random, outputs), hasBias ? Floats(random, outputs) : null));
    }

    internal static EncodedMatrix Encoded(int rows = 19, int codebooks = 3, int levels = 4)
    {
        Random random = new(4);
        int lines = levels == 4 ? (codebooks + 1) / 2 : codebooks;
        byte[] codes = new byte[(rows + 15) / 16 * lines * 16];
        for (int i = 0; i < codes.Length; i++)
        {
            int row = (i / (lines * 16) * 16) + (i % 16);
            bool isHalf = levels == 4 && codebooks % 2 == 1 && i / 16 % lines == lines - 1;
            codes[i] = row >= rows ? (byte)0 : (byte)random.Next(levels > 4 ? 1 << levels : isHalf ? 16 : 256);
        }

        return new(rows, codebooks, levels, Trees(5, codebooks, levels).Fingerprint, codes);
    }

    internal static object Load(string kind, Stream stream) => kind switch
    {
        "model" => MaddnessModel.Load(stream),
        "matmul" => MaddnessMatmul.Load(stream),
        _ => EncodedMatrix.Load(stream),
    };

    internal static object Load(string kind, byte[] bytes) => Load(kind, new MemoryStream(bytes));

    /// <summary>The bytes of a small valid file of each kind.</summary>
    internal static byte[] File(string kind) => kind switch
    {
        "model" => SavedBytes.Of(Model(inputs: 2, codebooks: 2).Save),
        "matmul" => SavedBytes.Of(Matmul(codebooks: 1, outputs: 1).Save),
        _ => SavedBytes.Of(Encoded().Save),
    };

    private static float Threshold(ElementType type, Random random) => type switch
    {
        ElementType.Int16 => random.Next(short.MinValue, short.MaxValue + 1),
        ElementType.Int8 => random.Next(sbyte.MinValue, sbyte.MaxValue + 1),
        ElementType.UInt8 => random.Next(byte.MaxValue + 1),
        _ => random.Next(4) switch
        {
            0 => float.PositiveInfinity,
            1 => -0f,
            _ => (float)((random.NextDouble() - 0.5) * 1e30),
        },
    };

    private static float[] Floats(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() - 0.5) * 1e3))];
}
