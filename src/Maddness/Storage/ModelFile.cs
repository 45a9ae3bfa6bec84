using Maddness.Model;
using static System.FormattableString;

namespace Maddness.Storage;

/// <summary>Files of kind <c>model</c>: hash trees and prototypes.</summary>
internal static class ModelFile
{
    /// <exception cref="ModelFormatException">A value is one that no file may hold.</exception>
    internal static ContainerContent Describe(HashTrees trees, Prototypes prototypes)
    {
        StoredTensor columns = TreeTensors.Columns(trees);
        StoredTensor thresholds = TreeTensors.Thresholds(trees);
        TreeShape shape = TreeShape.Of(trees);
        Contents.CheckRange("The number of the prototypes' leaves", prototypes.Leaves, shape.Leaves, shape.Leaves);
        StoredTensor rangeStarts = StoredTensor.Of(RangeStarts(shape), prototypes.RangeStarts);
        StoredTensor values = StoredTensor.Of(Values(shape, prototypes.IsDense), prototypes.Values);
        CheckRangeStarts(prototypes.RangeStarts, shape);
        Contents.CheckFinite(FormatText.PrototypesTensor, prototypes.Values);
        return new(
            FileKind.Model,
            [.. shape.Describe(trees.Fingerprint), new(FormatText.PrototypesKey, prototypes.IsDense ? FormatText.DenseValue : FormatText.LocalValue)],
            [columns, rangeStarts, values, thresholds]);
    }

    /// <exception cref="ModelFormatException">The stream does not hold one valid file of this kind and nothing else.</exception>
    internal static (HashTrees Trees, Prototypes Prototypes) Read(Stream stream)
    {
        using ContainerReader reader = new(stream);
        ContainerHeader header = reader.Header;
        header.ExpectKind(FileKind.Model, [.. TreeShape.Keys, FormatText.PrototypesKey]);
        TreeShape shape = TreeShape.Read(header);
        string fingerprint = header.Fingerprint();
        bool isDense = ReadIsDense(header);

        reader.ExpectTensors(shape.Columns, RangeStarts(shape), Values(shape, isDense), shape.Thresholds);
        int[] columns = reader.ReadNext<int>();
        int[] rangeStarts = reader.ReadNext<int>();
        float[] values = reader.ReadNext<float>();
        float[] thresholds = TreeTensors.ReadThresholds(reader, shape);
        reader.Finish();

        CheckRangeStarts(rangeStarts, shape);
        Contents.CheckFinite(FormatText.PrototypesTensor, values);
        HashTrees trees = TreeTensors.Build(shape, columns, thresholds, fingerprint);
        return (trees, new(isDense, shape.Leaves, rangeStarts, values));
    }

    private static TensorSpec RangeStarts(TreeShape shape) => new(FormatText.RangeStartsTensor, TensorType.Int32, shape.Codebooks + 1);

    /// <summary>Local prototypes are as wide as their codebooks' ranges, which together are all columns: a list, not a matrix.</summary>
    private static TensorSpec Values(TreeShape shape, bool isDense) => isDense
        ? new(FormatText.PrototypesTensor, TensorType.Float32, (long)shape.Codebooks * shape.Leaves, shape.Inputs)
        : new(FormatText.PrototypesTensor, TensorType.Float32, (long)shape.Leaves * shape.Inputs);

    private static bool ReadIsDense(ContainerHeader header)
    {
        string found = header.Text(FormatText.PrototypesKey);
        return found switch
        {
            FormatText.DenseValue => true,
            FormatText.LocalValue => false,
            _ => throw new ModelFormatException(
                $"The metadata's {FormatText.PrototypesKey} is '{FormatText.Excerpt(found)}'; expected {FormatText.DenseValue} or {FormatText.LocalValue}."),
        };
    }

    private static void CheckRangeStarts(ReadOnlySpan<int> starts, TreeShape shape)
    {
        bool isAscending = true;
        for (int i = 1; i < starts.Length; i++)
        {
            isAscending &= starts[i] > starts[i - 1];
        }

        if (!isAscending || starts[0] != 0 || starts[^1] != shape.Inputs)
        {
            throw new ModelFormatException(
                Invariant($"Tensor '{FormatText.RangeStartsTensor}' goes from {starts[0]} to {starts[^1]}{(isAscending ? string.Empty : ", not always ascending")};")
                + $" expected values strictly ascending from 0 to {shape.Inputs}.");
        }
    }
}
