namespace Maddness.Cli.Formats;

/// <summary>Where a bias stands, and what it is multiplied by.</summary>
/// <param name="Address">The file, and the tensor where the file has several.</param>
/// <param name="Factor">The factor of the node that was named for its product, which may share the tensor with others; null where the tensor itself was named, whose users must then agree.</param>
/// <param name="IsBroadcast">Whether a single value is added to every output, as Gemm does.</param>
internal sealed record BiasAddress(string Address, float? Factor = null, bool IsBroadcast = false);
