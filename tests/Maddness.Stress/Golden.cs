using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Maddness.Stress.Files;

namespace Maddness.Stress;

/// <summary>
/// Files that were written once and are kept (tests/golden): what every later library must read, and the bits that it must give. Folder <c>v1</c> holds files of version 1 of the format with
/// their results and is never written again; folder <c>training</c> holds what the learner makes of fixed rows and is rewritten when the learner changes on purpose.
/// </summary>
public static class Golden
{
    private const int Rows = 21;
    private const int Inputs = 11;
    private const int Codebooks = 5;
    private const int Outputs = 19;
    private const int TrainingRows = 160;
    private const int TrainingOutputs = 6;

    /// <summary>Trainings where vectors are not in hardware, and each takes seconds.</summary>
    private static readonly string[] SomeTrainings = ["auto", "int8", "model-16", "reconstruction-16", "local", "cache-lines", "classifier"];

    /// <summary>Trainings at other levels than the highest: levels count in training where exact products are made, and those are alike in all.</summary>
    private static readonly string[] TrainingsOfLevels = ["auto", "int8", "reconstruction-16"];

    /// <summary>Compares everything that <c>v1</c> keeps, at every kernel level; a line for each difference.</summary>
    public static IEnumerable<string> CheckFormat(string folder)
    {
        int checkedFiles = 0;
        foreach (KernelLevel level in KernelSelection.Available.Order())
        {
            KernelSelection.Use(level);
            foreach ((string name, Func<byte[]> make) in Results(folder))
            {
                checkedFiles++;
                if (Difference(Path.Combine(folder, name), make) is string difference)
                {
                    yield return $"{KernelSelection.NameOf(level)}: {difference}";
                }
            }

            KernelSelection.Reset();
        }

        if (checkedFiles < 30 * KernelSelection.Available.Count)
        {
            yield return $"only {checkedFiles} files were checked";
        }
    }

    /// <summary>
    /// Trains again and compares with what <c>training</c> keeps; a line for each difference. All trainings at the highest kernel level, or some where vectors are not in hardware; a few at each other level.
    /// </summary>
    public static IEnumerable<string> CheckTraining(string folder)
    {
        int checkedFiles = 0;
        foreach (KernelLevel level in KernelSelection.Available.Order())
        {
            KernelSelection.Use(level);
            string[]? some = level != KernelSelection.Best ? TrainingsOfLevels : Vector128.IsHardwareAccelerated ? null : SomeTrainings;
            foreach ((string name, Func<byte[]> make) in Trainings(folder).Where(training => some is null || some.Contains(Path.GetFileNameWithoutExtension(training.Name))))
            {
                checkedFiles++;
                if (Difference(Path.Combine(folder, name), make) is string difference)
                {
                    yield return $"{KernelSelection.NameOf(level)}: {difference}";
                }
            }

            KernelSelection.Reset();
        }

        if (checkedFiles < SomeTrainings.Length + (TrainingsOfLevels.Length * (KernelSelection.Available.Count - 1)))
        {
            yield return $"only {checkedFiles} trainings were checked";
        }
    }

    /// <summary>Writes <c>training</c> anew.</summary>
    public static void WriteTraining(string folder)
    {
        Directory.CreateDirectory(folder);
        if (!File.Exists(Path.Combine(folder, "rows.bin")))
        {
            File.WriteAllBytes(Path.Combine(folder, "rows.bin"), MakeTrainingRows());
        }

        foreach ((string name, Func<byte[]> make) in Trainings(folder))
        {
            File.WriteAllBytes(Path.Combine(folder, name), make());
        }
    }

    /// <summary>Writes the files of the format, once and for all.</summary>
    /// <exception cref="IOException">The folder is there already.</exception>
    public static void WriteFormat(string folder)
    {
        if (Directory.Exists(folder))
        {
            throw new IOException($"'{folder}' exists; golden files of a version are written once.");
        }

        Directory.CreateDirectory(folder);
        Random random = new(20_260_101);
        File.WriteAllBytes(Path.Combine(folder, "rows-float32.bin"), Bytes(InputValues.Of<float>(random, Rows * Inputs)));
        File.WriteAllBytes(Path.Combine(folder, "rows-int16.bin"), Bytes(InputValues.Of<short>(random, Rows * Inputs)));
        File.WriteAllBytes(Path.Combine(folder, "rows-int8.bin"), Bytes(InputValues.Of<sbyte>(random, Rows * Inputs)));
        File.WriteAllBytes(Path.Combine(folder, "rows-uint8.bin"), Bytes(InputValues.Of<byte>(random, Rows * Inputs)));
        File.WriteAllBytes(Path.Combine(folder, "weights.bin"), Bytes(UniformValues.Of(random, Inputs * Outputs)));
        File.WriteAllBytes(Path.Combine(folder, "bias.bin"), Bytes(UniformValues.Of(random, Outputs)));
        foreach (string type in RandomFiles.ElementTypes)
        {
            foreach (int levels in (int[])[4, 5, 6])
            {
                File.WriteAllBytes(
                    Path.Combine(folder, $"matmul-{type}-{1 << levels}.safetensors"), RandomFiles.Matmul(random, type, Inputs, Codebooks, levels, Outputs, levels != 5).Build());
            }
        }

        for (int i = 0; i < 4; i++)
        {
            File.WriteAllBytes(Path.Combine(folder, $"model-{i}.safetensors"), RandomFiles.Model(random).Build());
        }

        foreach ((string name, Func<byte[]> make) in Results(folder))
        {
            File.WriteAllBytes(Path.Combine(folder, name), make());
        }
    }

    private static string? Difference(string path, Func<byte[]> make)
    {
        byte[] actual;
        try
        {
            actual = make();
        }
        catch (Exception e)
        {
            return $"{Path.GetFileName(path)}: {e.Message}";
        }

        if (!File.Exists(path))
        {
            return $"{Path.GetFileName(path)} is missing";
        }

        byte[] expected = File.ReadAllBytes(path);
        int common = actual.AsSpan().CommonPrefixLength(expected);
        return common == expected.Length && common == actual.Length
            ? null
            : $"{Path.GetFileName(path)} differs from byte {common} on: {actual.Length} bytes, expected {expected.Length}";
    }

    /// <summary>Each file that follows from others, and how.</summary>
    private static IEnumerable<(string Name, Func<byte[]> Make)> Results(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder, "matmul-*.safetensors").Order(StringComparer.Ordinal))
        {
            string stem = Path.GetFileNameWithoutExtension(file);
            string shape = stem[7..], rows = Path.Combine(folder, $"rows-{shape.Split('-')[0]}.bin");
            yield return ($"{stem}.safetensors", () => SavedBytes.Of(MaddnessMatmul.Load(file).Save));
            yield return ($"outputs-{shape}.bin", () => OutputsOf(MaddnessMatmul.Load(file), File.ReadAllBytes(rows)));
            yield return ($"codes-{shape}.safetensors", () => SavedBytes.Of(Encode(MaddnessMatmul.Load(file), File.ReadAllBytes(rows)).Save));
            yield return ($"scan-{shape}.bin", () => Scan(MaddnessMatmul.Load(file), EncodedMatrix.Load(Path.Combine(folder, $"codes-{shape}.safetensors"))));
        }

        float[] b = Floats(Path.Combine(folder, "weights.bin")), bias = Floats(Path.Combine(folder, "bias.bin"));
        foreach (string file in Directory.EnumerateFiles(folder, "model-?.safetensors").Order(StringComparer.Ordinal))
        {
            string stem = Path.GetFileNameWithoutExtension(file);
            yield return ($"{stem}.safetensors", () => SavedBytes.Of(MaddnessModel.Load(file).Save));
            yield return ($"bound-{stem[6..]}.safetensors", () => Bind(MaddnessModel.Load(file), b, bias));
        }

        yield return ("exact.bin", () => Exact(Floats(Path.Combine(folder, "rows-float32.bin")), b, bias));
    }

    private static byte[] Scan(MaddnessMatmul product, EncodedMatrix codes)
    {
        float[] y = new float[Rows * Outputs];
        product.Multiply(codes, y);
        return Bytes(y);
    }

    private static byte[] Bind(MaddnessModel model, float[] b, float[] bias) => SavedBytes.Of(model.Bind(b.AsSpan(0, model.Inputs * 3), 3, bias.AsSpan(0, 3)).Save);

    private static byte[] Exact(float[] rows, float[] b, float[] bias)
    {
        float[] a = Array.ConvertAll(rows, v => float.IsFinite(v) ? v : 1), y = new float[Rows * Outputs];
        ExactMatmul.Multiply(a, Rows, Inputs, b, Outputs, y, bias);
        return Bytes(y);
    }

    /// <summary>Outputs, averaged outputs, and the three largest of each row.</summary>
    private static byte[] OutputsOf(MaddnessMatmul product, byte[] rows) => product.ElementType switch
    {
        ElementType.Float32 => OutputsOf<float>(product, rows),
        ElementType.Int16 => OutputsOf<short>(product, rows),
        ElementType.Int8 => OutputsOf<sbyte>(product, rows),
        _ => OutputsOf<byte>(product, rows),
    };

    private static byte[] OutputsOf<T>(MaddnessMatmul product, byte[] rows)
        where T : unmanaged
    {
        ReadOnlySpan<T> a = MemoryMarshal.Cast<byte, T>(rows);
        float[] y = new float[Rows * Outputs], averages = new float[Rows * Outputs], values = new float[Rows * 3];
        int[] indices = new int[Rows * 3];
        product.Multiply(a, Rows, y);
        product.WithSummation(Summation.Averaging).Multiply(a, Rows, averages);
        product.TopK(a, Rows, 3, indices, values);
        return [.. Bytes(y), .. Bytes(averages), .. Bytes(indices), .. Bytes(values)];
    }

    private static EncodedMatrix Encode(MaddnessMatmul product, byte[] rows) => product.ElementType switch
    {
        ElementType.Float32 => product.Encode(MemoryMarshal.Cast<byte, float>(rows), Rows),
        ElementType.Int16 => product.Encode(MemoryMarshal.Cast<byte, short>(rows), Rows),
        ElementType.Int8 => product.Encode(MemoryMarshal.Cast<byte, sbyte>(rows), Rows),
        _ => product.Encode<byte>(rows, Rows),
    };

    /// <summary>Each training that is kept, and how it goes.</summary>
    private static IEnumerable<(string Name, Func<byte[]> Make)> Trainings(string folder)
    {
        float[] all = Floats(Path.Combine(folder, "rows.bin"));
        float[] a = all[..(TrainingRows * 12)], b = all[(TrainingRows * 12)..(12 * (TrainingRows + TrainingOutputs))], bias = b[..TrainingOutputs];
        TrainingOptions start = new() { Codebooks = 3 };
        foreach (int leaves in (int[])[16, 32, 64])
        {
            yield return ($"output-{leaves}.safetensors", () => Product(start with { Leaves = leaves, Objective = Objective.Output }));
            yield return ($"reconstruction-{leaves}.safetensors", () => Product(start with { Leaves = leaves, Objective = Objective.Reconstruction }));
            yield return ($"model-{leaves}.safetensors", () => SavedBytes.Of(MaddnessTrainer.Train(a, TrainingRows, 12, start with { Leaves = leaves }).Save));
        }

        yield return ("auto.safetensors", () => Product(start with { RidgeStrength = null, MaxDegreeOfParallelism = 2 }));
        yield return ("classifier.safetensors", () => Product(start with { Classifier = true }));
        yield return ("cache-lines.safetensors", () => Product(start with { Objective = Objective.Output, MaxCacheLines = 1 }));
        yield return ("sampled.safetensors", () => Product(start with { MaxTrainingRows = 100, Seed = 7 }));
        yield return ("four-codebooks.safetensors", () => Product(start with { Codebooks = 4 }));
        yield return ("local.safetensors", () => SavedBytes.Of(MaddnessTrainer.Train(a, TrainingRows, 12, start with { PrototypeLayout = PrototypeLayout.CodebookLocal }).Save));
        yield return ("int16.safetensors", () => Integers(v => (short)(v * 5000)));
        yield return ("int8.safetensors", () => Integers(v => (sbyte)(v * 40)));
        yield return ("uint8.safetensors", () => Integers(v => (byte)(128 + (v * 40))));

        // Rows enough for joint rounds: the same, stretched a little more each time.
        float[] many = [.. Enumerable.Range(0, 7).SelectMany(i => a.Select(v => v * (1 + (i / 64f))))];
        yield return ("many-rows.safetensors", () => Many(start with { Objective = Objective.Output }));
        yield return ("classifier-many-rows.safetensors", () => Many(start with { Objective = Objective.Output, Classifier = true }));

        byte[] Many(TrainingOptions options) => SavedBytes.Of(MaddnessTrainer.Train(many, 7 * TrainingRows, 12, b, TrainingOutputs, bias, options).Save);

        byte[] Product(TrainingOptions options) => SavedBytes.Of(MaddnessTrainer.Train(a, TrainingRows, 12, b, TrainingOutputs, bias, options).Save);

        byte[] Integers<T>(Converter<float, T> convert)
            where T : unmanaged => SavedBytes.Of(MaddnessTrainer.Train<T>(Array.ConvertAll(a, convert), TrainingRows, 12, b, TrainingOutputs, default, start).Save);
    }

    /// <summary>Sums of three directions with exact zeros, as after a ReLU, then the weights.</summary>
    private static byte[] MakeTrainingRows()
    {
        Random random = new(20_260_102);
        float[] weights = UniformValues.Of(random, TrainingRows * 3), directions = UniformValues.Of(random, 3 * 12), rows = new float[TrainingRows * 12];
        for (int i = 0; i < rows.Length; i++)
        {
            float sum = 0;
            for (int j = 0; j < 3; j++)
            {
                sum += weights[(i / 12 * 3) + j] * directions[(j * 12) + (i % 12)];
            }

            rows[i] = sum < -0.2f ? 0 : sum;
        }

        return [.. Bytes(rows), .. Bytes(UniformValues.Of(random, 12 * TrainingOutputs))];
    }

    private static float[] Floats(string path) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(path)).ToArray();

    private static byte[] Bytes<T>(T[] values)
        where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
