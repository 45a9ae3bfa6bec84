namespace Maddness.Storage;

/// <summary>A tensor to be written.</summary>
internal sealed class StoredTensor
{
    private readonly Action<ByteSink> _write;

    private StoredTensor(TensorSpec spec, Action<ByteSink> write)
    {
        Spec = spec;
        _write = write;
    }

    internal TensorSpec Spec { get; }

    /// <summary>A tensor whose elements are an array's; the array is not copied.</summary>
    internal static StoredTensor Of<T>(TensorSpec spec, T[] values)
        where T : unmanaged => Of<T>(spec, values.AsMemory());

    /// <inheritdoc cref="Of{T}(TensorSpec, T[])"/>
    internal static StoredTensor Of<T>(TensorSpec spec, ReadOnlyMemory<T> values)
        where T : unmanaged
    {
        if (values.Length != spec.Elements)
        {
            throw new ModelFormatException($"Tensor '{spec.Name}' has {values.Length} elements; expected {spec.Elements} for the shape {spec.ShapeText}.");
        }

        return new(spec, sink => LittleEndian.Write(values.Span, sink));
    }

    /// <summary>Hands over the bytes in order; as often as asked.</summary>
    internal void WriteTo(ByteSink sink) => _write(sink);
}
