namespace Maddness.Storage;

/// <summary>Name, type and shape of a tensor, as they follow from a file's metadata.</summary>
internal sealed class TensorSpec
{
    private readonly long[] _shape;

    internal TensorSpec(string name, TensorType type, params long[] shape)
    {
        Name = name;
        Type = type;
        _shape = shape;
        Elements = 1;
        foreach (long length in shape)
        {
            Elements = checked(Elements * length);
        }

        // Metadata that multiplies to more than any array can hold must not reach an allocation or an int.
        if (Elements > Array.MaxLength)
        {
            throw new ModelFormatException($"Tensor '{name}' would have {Elements} elements; expected at most {Array.MaxLength}.");
        }
    }

    internal string Name { get; }

    internal TensorType Type { get; }

    internal ReadOnlySpan<long> Shape => _shape;

    /// <summary>At most <see cref="Array.MaxLength"/>.</summary>
    internal long Elements { get; }

    internal long Bytes => Elements * Type.Size();

    /// <summary>The shape as JSON writes it.</summary>
    internal string ShapeText => ShapeToText(_shape);

    internal static string ShapeToText(IEnumerable<long> shape) => $"[{string.Join(',', shape)}]";
}
