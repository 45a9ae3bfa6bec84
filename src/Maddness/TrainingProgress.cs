namespace Maddness;

/// <summary>How far a training has come. Within one pass of a stage <paramref name="Completed"/> rises by one up to <paramref name="Total"/>, whatever the number of threads.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="Completed">Units of the stage done.</param>
/// <param name="Total">Units of the stage in all, at least 1.</param>
public readonly record struct TrainingProgress(TrainingStage Stage, int Completed, int Total);
