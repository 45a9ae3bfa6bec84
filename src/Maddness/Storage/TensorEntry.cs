namespace Maddness.Storage;

/// <summary>A tensor as a header describes it: well-formed, but nothing of it believed yet.</summary>
/// <param name="Type">The element type's name.</param>
/// <param name="Shape">The lengths; not negative.</param>
/// <param name="Begin">Its first byte, counted from the end of the header.</param>
/// <param name="End">One past its last byte.</param>
internal sealed record TensorEntry(string Type, IReadOnlyList<long> Shape, long Begin, long End);
