using System.Globalization;
using System.Numerics;
using Maddness.Model;

namespace Maddness.Storage;

/// <summary>The sizes that hash trees have in the metadata.</summary>
/// <param name="ElementType">The type of the inputs.</param>
/// <param name="Inputs">D.</param>
/// <param name="Codebooks">C.</param>
/// <param name="Levels">T.</param>
internal readonly record struct TreeShape(ElementType ElementType, int Inputs, int Codebooks, int Levels)
{
    /// <summary>The keys of the metadata that make a shape, and the fingerprint of the trees.</summary>
    internal static readonly string[] Keys =
        [FormatText.ElementTypeKey, FormatText.InputsKey, FormatText.CodebooksKey, FormatText.LeavesKey, FormatText.FingerprintKey];

    internal int Leaves => 1 << Levels;

    internal TensorSpec Columns => new(FormatText.ColumnsTensor, TensorType.Int32, Codebooks, Levels);

    internal TensorSpec Thresholds => new(FormatText.ThresholdsTensor, ThresholdType, Codebooks, Leaves - 1);

    private TensorType ThresholdType => ElementType switch
    {
        ElementType.Float32 => TensorType.Float32,
        ElementType.Int16 => TensorType.Int16,
        ElementType.Int8 => TensorType.Int8,
        ElementType.UInt8 => TensorType.UInt8,
        _ => throw new ModelFormatException($"The element type is {ElementType}; expected float32, int16, int8 or uint8."),
    };

    internal static TreeShape Of(HashTrees trees) => new(trees.ElementType, trees.Inputs, trees.Codebooks, trees.Levels);

    internal static TreeShape Read(ContainerHeader header) => new(
        ReadElementType(header),
        header.Integer(FormatText.InputsKey, 1, ModelLimits.MaxInputs),
        ReadCodebooks(header),
        ReadLevels(header));

    internal static int ReadCodebooks(ContainerHeader header) => header.Integer(FormatText.CodebooksKey, 1, ModelLimits.MaxCodebooks);

    internal static int ReadLevels(ContainerHeader header)
    {
        int leaves = header.Integer(FormatText.LeavesKey, 1 << ModelLimits.MinLevels, 1 << ModelLimits.MaxLevels);
        return BitOperations.IsPow2(leaves)
            ? BitOperations.Log2((uint)leaves)
            : throw new ModelFormatException($"The metadata's {FormatText.LeavesKey} is '{leaves}'; expected a power of two.");
    }

    /// <summary>The metadata of a shape and a fingerprint, under <see cref="Keys"/> and in their order.</summary>
    internal KeyValuePair<string, string>[] Describe(string fingerprint) =>
    [
        new(FormatText.ElementTypeKey, NameOf(ElementType)),
        new(FormatText.InputsKey, Text(Inputs)),
        new(FormatText.CodebooksKey, Text(Codebooks)),
        new(FormatText.LeavesKey, Text(Leaves)),
        new(FormatText.FingerprintKey, fingerprint),
    ];

    internal static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string NameOf(ElementType type) => type switch
    {
        ElementType.Float32 => "float32",
        ElementType.Int16 => "int16",
        ElementType.Int8 => "int8",
        ElementType.UInt8 => "uint8",
        _ => throw new ModelFormatException($"The element type is {type}; expected float32, int16, int8 or uint8."),
    };

    private static ElementType ReadElementType(ContainerHeader header)
    {
        string found = header.Text(FormatText.ElementTypeKey);
        foreach (ElementType type in (ReadOnlySpan<ElementType>)[ElementType.Float32, ElementType.Int16, ElementType.Int8, ElementType.UInt8])
        {
            if (NameOf(type) == found)
            {
                return type;
            }
        }

        throw new ModelFormatException($"The metadata's {FormatText.ElementTypeKey} is '{FormatText.Excerpt(found)}'; expected float32, int16, int8 or uint8.");
    }
}
