using System.Numerics;
using Maddness.Model;
using static System.FormattableString;

namespace Maddness.Storage;

/// <summary>
/// Hash trees as two tensors. In memory a codebook has K thresholds as float32, the first unused; in a file it has the K − 1 that exist, in the type of the
/// inputs.
/// </summary>
internal static class TreeTensors
{
    /// <summary>The columns as a tensor, once the trees' shape and columns have been checked.</summary>
    internal static StoredTensor Columns(HashTrees trees)
    {
        CheckShape(trees);
        CheckColumns(trees.Columns, TreeShape.Of(trees));
        return StoredTensor.Of(TreeShape.Of(trees).Columns, trees.Columns);
    }

    /// <summary>The thresholds as a tensor, once they have been checked.</summary>
    internal static StoredTensor Thresholds(HashTrees trees)
    {
        CheckThresholds(trees);
        TensorSpec spec = TreeShape.Of(trees).Thresholds;
        return trees.ElementType switch
        {
            ElementType.Int16 => StoredTensor.Of(spec, Pack<short>(trees)),
            ElementType.Int8 => StoredTensor.Of(spec, Pack<sbyte>(trees)),
            ElementType.UInt8 => StoredTensor.Of(spec, Pack<byte>(trees)),
            _ => StoredTensor.Of(spec, Pack<float>(trees)),
        };
    }

    /// <summary>The next tensor of the reader: thresholds as in memory.</summary>
    internal static float[] ReadThresholds(ContainerReader reader, TreeShape shape) => shape.ElementType switch
    {
        ElementType.Int16 => Unpack(reader.ReadNext<short>(), shape),
        ElementType.Int8 => Unpack(reader.ReadNext<sbyte>(), shape),
        ElementType.UInt8 => Unpack(reader.ReadNext<byte>(), shape),
        _ => Unpack(reader.ReadNext<float>(), shape),
    };

    /// <summary>The trees of columns and thresholds just read, checked, and compared with the fingerprint that the metadata promise.</summary>
    internal static HashTrees Build(TreeShape shape, int[] columns, float[] thresholds, string fingerprint, Objective objective = Objective.Reconstruction)
    {
        CheckColumns(columns, shape);
        HashTrees trees = new(shape.ElementType, shape.Inputs, shape.Codebooks, shape.Levels, columns, thresholds) { Objective = objective };
        CheckThresholds(trees);
        return trees.Fingerprint == fingerprint
            ? trees
            : throw new ModelFormatException($"The fingerprint of the file's trees is {trees.Fingerprint}; expected {fingerprint}, as its metadata say.");
    }

    private static void CheckShape(HashTrees trees)
    {
        Contents.CheckRange("The number of inputs", trees.Inputs, 1, int.MaxValue);
        Contents.CheckRange("The number of codebooks", trees.Codebooks, 1, ModelLimits.MaxCodebooks);
        Contents.CheckRange("The number of levels", trees.Levels, ModelLimits.MinLevels, ModelLimits.MaxLevels);
        Contents.CheckRange("The number of thresholds", trees.Thresholds.Length, trees.Codebooks << trees.Levels, trees.Codebooks << trees.Levels);
    }

    private static void CheckColumns(ReadOnlySpan<int> columns, TreeShape shape)
    {
        for (int i = 0; i < columns.Length; i++)
        {
            if ((uint)columns[i] >= (uint)shape.Inputs)
            {
                throw new ModelFormatException(
                    Invariant($"Element {i} of tensor '{FormatText.ColumnsTensor}' is {columns[i]}; expected a column from 0 to {shape.Inputs - 1}."));
            }
        }
    }

    /// <summary>
    /// A threshold of +∞ is a node that does not split. No training gives −∞ or NaN. The unused entries count in the fingerprint, so they are 0.
    /// </summary>
    private static void CheckThresholds(HashTrees trees)
    {
        for (int i = 0; i < trees.Thresholds.Length; i++)
        {
            float value = trees.Thresholds[i];
            bool isUnused = i % trees.Leaves == 0;
            if (float.IsNaN(value) || float.IsNegativeInfinity(value) || (isUnused && BitConverter.SingleToUInt32Bits(value) != 0))
            {
                throw new ModelFormatException(
                    Invariant($"The threshold of node {i % trees.Leaves} of codebook {i / trees.Leaves} is {value};")
                    + $" expected {(isUnused ? "0, for there is no such node" : "a number or +infinity")}.");
            }
        }
    }

    private static T[] Pack<T>(HashTrees trees)
        where T : unmanaged, INumber<T>
    {
        T[] packed = new T[trees.Codebooks * (trees.Leaves - 1)];
        int next = 0;
        for (int i = 0; i < trees.Thresholds.Length; i++)
        {
            if (i % trees.Leaves == 0)
            {
                continue;
            }

            float value = trees.Thresholds[i];
            packed[next] = T.CreateSaturating(value);

            // The bits must come back, a negative zero's too: the fingerprint is made of them.
            if (BitConverter.SingleToUInt32Bits(float.CreateTruncating(packed[next])) != BitConverter.SingleToUInt32Bits(value))
            {
                throw new ModelFormatException(
                    Invariant($"The threshold of node {i % trees.Leaves} of codebook {i / trees.Leaves} is {value}; expected a value of type {typeof(T).Name}."));
            }

            next++;
        }

        return packed;
    }

    private static float[] Unpack<T>(T[] packed, TreeShape shape)
        where T : unmanaged, INumber<T>
    {
        float[] thresholds = new float[shape.Codebooks * shape.Leaves];
        int next = 0;
        for (int i = 0; i < thresholds.Length; i++)
        {
            if (i % shape.Leaves != 0)
            {
                thresholds[i] = float.CreateTruncating(packed[next++]);
            }
        }

        return thresholds;
    }
}
