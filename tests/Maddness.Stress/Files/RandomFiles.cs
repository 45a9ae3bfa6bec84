using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Maddness.Stress.Files;

/// <summary>Valid files of random contents and shapes, learned by nobody: a reader and a kernel must take any.</summary>
internal static class RandomFiles
{
    internal static readonly string[] ElementTypes = ["float32", "int16", "int8", "uint8"];

    /// <summary>An unbound model.</summary>
    internal static ModelFile Model(Random random)
    {
        int codebooks = random.Next(1, 5), inputs = codebooks + random.Next(6), levels = random.Next(4, 7);
        bool isDense = random.Next(2) == 0;
        string type = random.GetItems(ElementTypes, 1)[0];
        Trees trees = new(random, type, inputs, codebooks, levels);
        int[] starts = [0, .. Enumerable.Range(1, inputs - 1).OrderBy(_ => random.Next()).Take(codebooks - 1).Order(), inputs];
        long[] shape = isDense ? [codebooks << levels, inputs] : [inputs << levels];
        ModelFile file = Start("model", type, inputs, codebooks, levels, trees);
        file.Metadata.Add(("prototypes", isDense ? "dense" : "local"));
        file.Tensors.Add(trees.ColumnsTensor);
        file.Tensors.Add(StoredArray.Of("range_starts", "I32", [codebooks + 1], starts));
        file.Tensors.Add(StoredArray.Of("prototypes", "F32", shape, UniformValues.Of(random, (int)shape.Aggregate((a, b) => a * b), 10)));
        file.Tensors.Add(trees.ThresholdsTensor);
        return file;
    }

    /// <summary>A bound model, small.</summary>
    internal static ModelFile Matmul(Random random) =>
        Matmul(random, random.GetItems(ElementTypes, 1)[0], random.Next(1, 12), random.Next(1, 5), random.Next(4, 7), random.Next(1, 6), random.Next(2) == 0);

    /// <summary>A bound model of a given shape.</summary>
    internal static ModelFile Matmul(Random random, string type, int inputs, int codebooks, int levels, int outputs, bool hasBias)
    {
        Trees trees = new(random, type, inputs, codebooks, levels);
        byte[] tables = new byte[outputs * codebooks << levels];
        random.NextBytes(tables);
        ModelFile file = Start("matmul", type, inputs, codebooks, levels, trees);
        file.Metadata.Add(("outputs", ModelFile.Text(outputs)));
        file.Metadata.Add(("objective", "output"));
        file.Tensors.Add(trees.ColumnsTensor);
        file.Tensors.Add(StoredArray.Of("scales", "F32", [outputs], Array.ConvertAll(UniformValues.Of(random, outputs, 1), Math.Abs)));
        file.Tensors.Add(StoredArray.Of("offsets", "F32", [outputs], UniformValues.Of(random, outputs, 20)));
        if (hasBias)
        {
            file.Tensors.Add(StoredArray.Of("bias", "F32", [outputs], UniformValues.Of(random, outputs, 3)));
        }

        file.Tensors.Add(trees.ThresholdsTensor);
        file.Tensors.Add(new StoredArray("tables", "U8", [outputs, codebooks, 1 << levels], tables));
        return file;
    }

    /// <summary>An encoded matrix.</summary>
    internal static ModelFile Encoded(Random random)
    {
        int rows = random.Next(40), codebooks = random.Next(1, 6), levels = random.Next(4, 7);
        int blocks = (rows + 15) / 16, lines = levels == 4 ? (codebooks + 1) / 2 : codebooks;
        byte[] codes = new byte[blocks * lines * 16];
        for (int i = 0; i < codes.Length; i++)
        {
            bool isPadding = (i / (lines * 16) * 16) + (i % 16) >= rows;
            bool isHalf = levels == 4 && codebooks % 2 == 1 && i / 16 % lines == lines - 1;
            codes[i] = isPadding ? (byte)0 : (byte)random.Next(levels > 4 ? 1 << levels : isHalf ? 16 : 256);
        }

        ModelFile file = new();
        file.Metadata.AddRange(
        [
            ("format", "maddness"), ("version", "1"), ("kind", "encoded"), ("rows", ModelFile.Text(rows)), ("codebooks", ModelFile.Text(codebooks)), ("leaves", ModelFile.Text(1 << levels)),
            ("tree_fingerprint", new Trees(random, "float32", 5, codebooks, levels).Fingerprint),
        ]);
        file.Tensors.Add(new StoredArray("codes", "U8", [blocks, lines, 16], codes));
        return file;
    }

    private static ModelFile Start(string kind, string type, int inputs, int codebooks, int levels, Trees trees)
    {
        ModelFile file = new();
        file.Metadata.AddRange(
        [
            ("format", "maddness"), ("version", "1"), ("kind", kind), ("element_type", type), ("inputs", ModelFile.Text(inputs)), ("codebooks", ModelFile.Text(codebooks)),
            ("leaves", ModelFile.Text(1 << levels)), ("tree_fingerprint", trees.Fingerprint),
        ]);
        return file;
    }

    /// <summary>Hash trees with thresholds on a coarse grid, so that inputs on the same grid tie with them often.</summary>
    private sealed class Trees
    {
        internal Trees(Random random, string type, int inputs, int codebooks, int levels)
        {
            int leaves = 1 << levels;
            int[] columns = [.. Enumerable.Range(0, codebooks * levels).Select(_ => random.Next(inputs))];
            float[] thresholds = [.. Enumerable.Range(0, codebooks * (leaves - 1)).Select(_ => InputValues.Threshold(random, type))];
            ColumnsTensor = StoredArray.Of("columns", "I32", [codebooks, levels], columns);
            long[] shape = [codebooks, leaves - 1];
            ThresholdsTensor = type switch
            {
                "float32" => StoredArray.Of("thresholds", "F32", shape, thresholds),
                "int16" => StoredArray.Of("thresholds", "I16", shape, Array.ConvertAll(thresholds, v => (short)v)),
                "int8" => StoredArray.Of("thresholds", "I8", shape, Array.ConvertAll(thresholds, v => (sbyte)v)),
                _ => StoredArray.Of("thresholds", "U8", shape, Array.ConvertAll(thresholds, v => (byte)v)),
            };

            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            byte[] word = new byte[4];
            foreach (int value in (int[])[Array.IndexOf(ElementTypes, type), inputs, codebooks, levels, .. columns])
            {
                BinaryPrimitives.WriteInt32LittleEndian(word, value);
                hash.AppendData(word);
            }

            for (int i = 0; i < codebooks * leaves; i++)
            {
                BinaryPrimitives.WriteSingleLittleEndian(word, i % leaves == 0 ? 0 : thresholds[(i / leaves * (leaves - 1)) + (i % leaves) - 1]);
                hash.AppendData(word);
            }

            Fingerprint = Convert.ToHexStringLower(hash.GetHashAndReset());
        }

        internal StoredArray ColumnsTensor { get; }

        internal StoredArray ThresholdsTensor { get; }

        internal string Fingerprint { get; }
    }
}
