namespace Maddness.Planning;

/// <summary>A candidate while the search goes on.</summary>
/// <param name="Options">How it was learned.</param>
/// <param name="Product">The product.</param>
/// <param name="Accuracy">Its errors on the rows that choose.</param>
/// <param name="Speedup">How many times faster than the exact product, by a few runs.</param>
/// <param name="MeetsBudget">Whether it keeps to the budgets.</param>
internal sealed record Trial(TrainingOptions Options, MaddnessMatmul Product, ApproximationReport Accuracy, double Speedup, bool MeetsBudget);
