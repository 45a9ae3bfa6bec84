namespace Maddness.Cli.Formats;

/// <summary>What an ONNX model holds under a name.</summary>
/// <param name="Tensor">The tensor in the file.</param>
/// <param name="Step">The Transpose, Identity or Cast that makes of it what has the name; null where the tensor itself does.</param>
internal readonly record struct OnnxSource(FilePlace Tensor, OnnxNode? Step);
