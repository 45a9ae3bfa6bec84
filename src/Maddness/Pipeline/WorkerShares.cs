namespace Maddness.Pipeline;

/// <summary>How threads share a product.</summary>
/// <param name="OfRows">Parts of the rows.</param>
/// <param name="OfOutputs">Parts of the outputs, where there are fewer rows than all threads need: each part of the rows is encoded so many times.</param>
internal readonly record struct WorkerShares(int OfRows, int OfOutputs);
