namespace Maddness.Cli.Formats;

/// <summary>What a node of an ONNX model adds to its product.</summary>
/// <param name="Name">The tensor.</param>
/// <param name="Factor">What the node multiplies it by.</param>
/// <param name="IsBroadcast">Whether it adds a single value to every output: Gemm does, Conv does not.</param>
internal sealed record OnnxBias(string Name, float Factor, bool IsBroadcast);
