using Maddness.Model;

namespace Maddness.Storage;

/// <summary>Files of kind <c>matmul</c>: hash trees and the lookup tables of one B.</summary>
internal static class MatmulFile
{
    /// <exception cref="ModelFormatException">A value is one that no file may hold.</exception>
    internal static ContainerContent Describe(HashTrees trees, LookupTables tables)
    {
        StoredTensor columns = TreeTensors.Columns(trees);
        StoredTensor thresholds = TreeTensors.Thresholds(trees);
        TreeShape shape = TreeShape.Of(trees);
        Contents.CheckRange("The number of the tables' leaves", tables.Leaves, shape.Leaves, shape.Leaves);
        Contents.CheckRange("The number of the tables' codebooks", tables.Codebooks, shape.Codebooks, shape.Codebooks);
        Contents.CheckRange("The number of outputs", tables.Outputs, 1, int.MaxValue);
        List<StoredTensor> tensors =
        [
            columns,
            StoredTensor.Of(PerOutput(FormatText.ScalesTensor, tables.Outputs), tables.Scales),
            StoredTensor.Of(PerOutput(FormatText.OffsetsTensor, tables.Outputs), tables.Offsets),
        ];
        if (tables.Bias is not null)
        {
            tensors.Add(StoredTensor.Of(PerOutput(FormatText.BiasTensor, tables.Outputs), tables.Bias));
        }

        tensors.Add(thresholds);
        tensors.Add(StoredTensor.Of(Tables(shape, tables.Outputs), tables.Entries));
        CheckValues(tables.Scales, tables.Offsets, tables.Bias);
        KeyValuePair<string, string>[] metadata =
        [
            .. shape.Describe(trees.Fingerprint),
            new(FormatText.OutputsKey, TreeShape.Text(tables.Outputs)),
            new(FormatText.ObjectiveKey, trees.Objective == Objective.Output ? FormatText.OutputValue : FormatText.ReconstructionValue),
        ];
        return new(FileKind.Matmul, metadata, tensors);
    }

    /// <exception cref="ModelFormatException">The stream does not hold one valid file of this kind and nothing else.</exception>
    internal static (HashTrees Trees, LookupTables Tables) Read(Stream stream)
    {
        using ContainerReader reader = new(stream);
        ContainerHeader header = reader.Header;
        header.ExpectKind(FileKind.Matmul, [.. TreeShape.Keys, FormatText.OutputsKey, FormatText.ObjectiveKey]);
        TreeShape shape = TreeShape.Read(header);
        string fingerprint = header.Fingerprint();
        int outputs = header.Integer(FormatText.OutputsKey, 1, int.MaxValue);
        Objective objective = ReadObjective(header);
        bool hasBias = header.HasTensor(FormatText.BiasTensor);
        CheckTableSize(shape, outputs);

        List<TensorSpec> specs = [shape.Columns, PerOutput(FormatText.ScalesTensor, outputs), PerOutput(FormatText.OffsetsTensor, outputs)];
        if (hasBias)
        {
            specs.Add(PerOutput(FormatText.BiasTensor, outputs));
        }

        reader.ExpectTensors([.. specs, shape.Thresholds, Tables(shape, outputs)]);
        int[] columns = reader.ReadNext<int>();
        float[] scales = reader.ReadNext<float>();
        float[] offsets = reader.ReadNext<float>();
        float[]? bias = hasBias ? reader.ReadNext<float>() : null;
        float[] thresholds = TreeTensors.ReadThresholds(reader, shape);
        byte[] entries = reader.ReadNext<byte>();
        reader.Finish();

        CheckValues(scales, offsets, bias);
        HashTrees trees = TreeTensors.Build(shape, columns, thresholds, fingerprint, objective);
        return (trees, new(shape.Codebooks, shape.Leaves, outputs, entries, scales, offsets, bias));
    }

    private static Objective ReadObjective(ContainerHeader header) => header.Text(FormatText.ObjectiveKey) switch
    {
        FormatText.OutputValue => Objective.Output,
        FormatText.ReconstructionValue => Objective.Reconstruction,
        string other => throw new ModelFormatException(
            $"The metadata's {FormatText.ObjectiveKey} is '{FormatText.Excerpt(other)}'; expected {FormatText.OutputValue} or {FormatText.ReconstructionValue}."),
    };

    private static TensorSpec PerOutput(string name, int outputs) => new(name, TensorType.Float32, outputs);

    private static TensorSpec Tables(TreeShape shape, int outputs) => new(FormatText.TablesTensor, TensorType.UInt8, outputs, shape.Codebooks, shape.Leaves);

    /// <summary>Refuses what could be loaded but not be multiplied by.</summary>
    /// <exception cref="ModelFormatException">The tables would take more bytes than an array holds.</exception>
    internal static void CheckTableSize(TreeShape shape, int outputs)
    {
        long bytes = ModelLimits.TableBytes(shape.Codebooks, shape.Leaves, outputs);
        if (bytes > Array.MaxLength)
        {
            throw new ModelFormatException(
                $"The tables of {outputs} outputs, {shape.Codebooks} codebooks and {shape.Leaves} leaves take {bytes} bytes; expected at most {Array.MaxLength}.");
        }
    }

    private static void CheckValues(float[] scales, float[] offsets, float[]? bias)
    {
        Contents.CheckFinite(FormatText.ScalesTensor, scales, minimum: 0);
        Contents.CheckFinite(FormatText.OffsetsTensor, offsets);
        Contents.CheckFinite(FormatText.BiasTensor, bias);
    }
}
