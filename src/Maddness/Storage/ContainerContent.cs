namespace Maddness.Storage;

/// <summary>What a file will hold, checked: its kind, the metadata that describes the shapes, and the tensors in their order.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Metadata">Keys and values beyond those of every file, in the order they are written in.</param>
/// <param name="Tensors">The tensors, in the order of their bytes.</param>
internal sealed record ContainerContent(FileKind Kind, IReadOnlyList<KeyValuePair<string, string>> Metadata, IReadOnlyList<StoredTensor> Tensors);
