namespace Maddness.Cli.Formats;

/// <summary>A tensor that an ONNX model multiplies by, or adds.</summary>
/// <param name="File">The file with its numbers: the model's, or one beside it.</param>
/// <param name="Tensor">Where they are; the weights of a convolution as a matrix.</param>
/// <param name="IsTransposed">Whether its columns are the rows of B.</param>
internal sealed record OnnxTensor(InputFile File, Tensor Tensor, bool IsTransposed);
