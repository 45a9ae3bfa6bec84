namespace Maddness.Pipeline;

/// <summary>How threads share a product.</summary>
/// <param name="OfRows">Parts of the rows.</param>
/// <param name="OfOutputs">Parts of the outputs, where there are fewer rows than all threads need, or more outputs than caches hold: each part of the rows is encoded so many times.</param>
/// <param name="AreInTurn">Whether each thread takes all parts of the outputs of its rows, one after the other.</param>
internal readonly record struct WorkerShares(int OfRows, int OfOutputs, bool AreInTurn = false);
